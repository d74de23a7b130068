"""One run at a time in a directory: a lock that goes with its holder, however that ends."""

import os
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from clean.errors import OutputError
from clean.runs.names import LOCK, OWNER


class Lock:
    """The lock of a directory. The system lets go of it when the process ends, so that none is ever left behind."""

    def __init__(self, folder: Path, wait: bool = False) -> None:
        self.folder, self.wait = folder, wait

    def acquire(self) -> None:
        """Take the lock. Raises OutputError if another process has it, and this one was not told to wait."""
        from filelock import FileLock, Timeout

        self.lock = FileLock(self.folder / LOCK)
        try:
            self.lock.acquire(timeout=-1 if self.wait else 0)
            about = {"process": os.getpid(), "host": socket.gethostname(), "command": sys.argv[:20]}
            (self.folder / OWNER).write_bytes(orjson.dumps(about))
        except Timeout:
            raise OutputError(f"{self.folder} is in use by {owner(self.folder)}; wait for it with --wait") from None
        except OSError as error:
            what = (error.strerror or str(error)).lower()
            raise OutputError(f"{self.folder} cannot be written: {what}") from error

    def release(self) -> None:
        """Let go of the lock."""
        with suppress(OSError):
            (self.folder / OWNER).unlink()
        self.lock.release()


def user(folder: Path) -> str:
    """Who uses a directory now, in words; nothing if nobody does."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / LOCK).acquire(timeout=0):
            return ""
    except Timeout:
        return owner(folder)
    except OSError:
        return ""


def owner(folder: Path) -> str:
    """Who has the lock, in words."""
    about: Mapping[str, Any] = {}
    with suppress(OSError, ValueError):
        about = orjson.loads((folder / OWNER).read_bytes())
    who = f"another run (process {about.get('process', 'unknown')} on {about.get('host', 'this machine')})"
    return who if not about.get("command") else f"{who}: {' '.join(map(str, about['command']))}"
