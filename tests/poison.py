"""Documents that do to the process that cleans them what broken libraries do, for real; and what it has loaded."""

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clean.clock import Clock
from clean.model import Result, Source
from clean.pipeline import Cleaner
from clean.runs import preloaded


def loop() -> None:
    """Count in C, where no Python code is reached, for hours."""
    sum(range(10**13))


def segfault() -> None:
    """Read from address 0."""
    ctypes.string_at(0)


def eat() -> None:
    """Take memory until there is none."""
    held = []
    while True:
        held.append(bytearray(64 << 20))


def abort() -> None:
    """End as a C library does that finds itself broken."""
    os.abort()


def kill() -> None:
    """Be killed, as by the system when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)


def leave() -> None:
    """End the program."""
    sys.exit(3)


def vanish() -> None:
    """End the process, as if all were well."""
    os._exit(0)


def raise_error() -> None:
    """Raise an error that nobody expects."""
    raise ZeroDivisionError("on purpose")


DEEDS: Mapping[str, Callable[[], None]] = {
    deed.__name__: deed for deed in (loop, segfault, eat, abort, kill, leave, vanish, raise_error)
}


class Poisoned(Cleaner):
    """A cleaner that does what the last line of a document tells it to, as `POISON segfault`."""

    def clean_batch(self, sources: Sequence[Source]) -> list[Result]:
        for source in sources:
            last = source.text.rstrip().rpartition("\n")[2]
            if last.startswith("POISON "):
                DEEDS[last.removeprefix("POISON ")]()
        return super().clean_batch(sources)


def what_is_loaded(*_: Any) -> list[dict[str, int]]:
    """The process, and how many objects it has loaded for good."""
    return [{"process": os.getpid(), "objects": gc.get_freeze_count()}]


def what_is_shared(cleaner: Cleaner | Clock, *_: Any) -> list[dict[str, Any]]:
    """The process, the one that it was forked from, and whether that one has loaded the rules that are used here."""
    loaded = preloaded.CLEANER
    shared = isinstance(cleaner, Cleaner) and loaded is not None and cleaner._rules is loaded._rules
    return [{"process": os.getpid(), "parent": os.getppid(), "loaded": loaded is not None, "shared": shared}]
