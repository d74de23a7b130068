"""What workers need, loaded once in the process that they are forked from, and shared by all of them.

Python's fork server imports this module where `preload` has asked for that, and so loads all before it forks anything.
"""

import gc
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clean.pipeline import Cleaner

FOLDERS = "CLEAN_PRELOADED_RULES"  # a variable of the environment, in which this process tells the fork server of rules


def preload(rules: Sequence[Path], now: bool = False) -> None:
    """Have the workers that this process starts forked from one that has loaded these folders of rules.

    That one begins to load now, or with the first of them, and stays until `let_go`. Where the fork server runs already
    nothing changes, nor where there is none, or where libraries of the system do not work in what is forked once they
    are loaded.
    """
    if sys.platform == "linux":
        from multiprocessing.forkserver import ensure_running

        os.environ[FOLDERS] = os.pathsep.join(map(str, rules))
        get_context("forkserver").set_forkserver_preload([__name__])
        if now:
            with suppress(OSError):  # as where no process can be started now
                ensure_running()


def let_go(processes: Iterable[int]) -> None:
    """End such processes, so that they hold their memory no longer. Nothing may run that was forked from them.

    What is started from now on is forked from one that has loaded no rules, which begins to load all else.
    """
    os.environ.pop(FOLDERS, None)
    for process in processes:
        from multiprocessing.forkserver import ensure_running  # which not every system has

        with suppress(OSError):  # where it is gone already, or no other can be started now
            os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # fails if its number is another's now
            os.kill(process, signal.SIGKILL)
            os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)  # and leave it to Python to find that it is gone
            ensure_running()


def origin() -> int | None:
    """The process with all that is loaded which this one was forked from, if it was."""
    return None if CLEANER is None else os.getppid()


def load() -> "Cleaner | None":
    """A cleaner that has loaded all that it needs; none in a process that is not asked to load it."""
    folders = os.environ.pop(FOLDERS, None)
    if folders is None:
        return None
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts the run ends this process with it
    with suppress(Exception):  # which is told in the run itself, or in a worker
        from clean.pipeline import Cleaner, Options

        cleaner = warmed(Cleaner(Options(rules=tuple(map(Path, filter(None, folders.split(os.pathsep)))))))
        gc.freeze()  # what is not looked through for unreachable cycles is not written to, and stays shared
        return cleaner
    return None


def warmed(cleaner: "Cleaner") -> "Cleaner":
    """The cleaner, once it has loaded all that it needs."""
    cleaner.clean("Night ferry for the islands\n\nThe harbour council voted on Friday to run a night ferry.")
    return cleaner


CLEANER = load()
