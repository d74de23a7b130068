"""The lines of all sources, one after the other in a file of their own: the state tells where those of each stand."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO

from clean.disk import sync_folder
from clean.errors import OutputError
from clean.runs.refusals import ANEW, lines_in


class Lines:
    """A file of bytes that only grows. What is read must have been synced.

    `size` is up to where it counts, in bytes: what stands behind that was written by a run that died before it said so,
    and is cut off, unless the file is only read. A database that keeps such bytes in its rows holds thousands of these
    in memory, however large they are. Raises OutputError if the file is shorter.
    """

    def __init__(self, path: Path, size: int, read_only: bool = False) -> None:
        self.path, self.size = path, size
        there = path.stat().st_size if path.is_file() else 0
        if there < size:
            what = f"{path} holds {there:,} bytes" if path.is_file() else f"there is no file {path}"
            raise OutputError(f"{what}, and {size:,} belong to it; {ANEW}")
        self._writer: IO[bytes] | None = None
        if not read_only:
            is_new = not path.exists()
            self._writer = path.open("ab")
            if is_new:
                sync_folder(path.parent)  # before the state tells of lines in it
            self._writer.truncate(size)
        self._reader = path.open("rb") if path.exists() else None
        self._lock = Lock()
        self._synced = size

    def add(self, content: bytes) -> int:
        """Write bytes behind all others; where they stand. Raises OSError if the disk is full."""
        assert self._writer is not None
        place = self.size
        self._writer.write(content)
        self.size += len(content)
        return place

    def sync(self) -> None:
        """Make sure that all that was added is on the disk."""
        if self._writer is not None and self._synced < self.size:
            self._writer.flush()
            os.fsync(self._writer.fileno())
            self._synced = self.size

    def read(self, place: int, size: int) -> bytes:
        """So many bytes from a place on."""
        if not size or self._reader is None:
            return b""
        with self._lock:
            self._reader.seek(place)
            return self._reader.read(size)

    def close(self) -> None:
        """Let go of the file; what was not synced is lost."""
        if self._reader is not None:
            self._reader.close()
        if self._writer is not None:
            with suppress(OSError):  # as on a full disk, which was told when it was met
                self._writer.close()


def read_at(path: Path, places: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """The lines at some places of such a file, so many bytes each; another process may read so what is synced."""
    with path.open("rb") as file:
        for place, size in places:
            file.seek(place)
            yield lines_in(file.read(size), path)
