"""The words of the texts of an index, as hashes, in a file beside it that only grows; the index tells where."""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

import numpy as np

from clean.dedupe.words import Numbers, Rows, some_at_once
from clean.disk import sync_folder
from clean.errors import IndexFileError

WIDTH = 4  # bytes of a hash
LONG = 128  # words that rows have on the average, from which they are read one by one
WINDOW = 1 << 22  # words of the file that are looked into at a time: what is looked into counts as memory


class WordFile:
    """Rows of word hashes, one after the other. Without a path the file is a temporary one.

    `size` is up to where it counts, in words: what stands behind that was written by a process that died before it said
    so, and is cut off. A database that keeps such rows in its tables holds thousands of them in memory, however large
    they are. One with a path that is pickled, and loaded in another process, reads the same file. Raises IndexFileError
    if the file is shorter, or cannot be opened.
    """

    def __init__(self, path: Path | None = None, size: int = 0) -> None:
        self.path, self.size = path, size
        there = path.stat().st_size if path is not None and path.exists() else 0
        if there < size * WIDTH:
            what = f"{path} holds {there:,} bytes, and {size * WIDTH:,} belong to it; put back copies of it and of the"
            raise IndexFileError(f"{what} index beside it from the same moment, or delete the index to begin a new one")
        self._file: IO[bytes] = opened(path)
        self._file.truncate(size * WIDTH)

    def __getstate__(self) -> tuple[Path | None, int]:
        self._file.flush()
        return self.path, self.size

    def __setstate__(self, state: tuple[Path, int]) -> None:
        self.path, self.size = state
        self._file = self.path.open("rb")

    def add(self, words: Rows) -> Numbers:
        """Write rows behind all others; where each begins, in words. Raises OSError if the disk is full."""
        places = self.size + words.ends[:-1]
        self._file.seek(self.size * WIDTH)
        self._file.write(words.values.astype("<u4", copy=False).data)
        self.size += len(words.values)
        return places

    def sync(self) -> None:
        """Make sure that all that was added is on the disk. Raises OSError if that is full."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def take(self, places: Numbers, lengths: Numbers) -> Rows:
        """The rows that begin at some places, each of so many words, in the order given."""
        ends = np.concatenate([[0], np.cumsum(lengths)])
        found = Rows(np.empty(ends[-1], np.uint32), ends)
        self._file.flush()
        order = np.argsort(places, kind="stable")
        order = order[lengths[order] > 0]
        windows = np.flatnonzero(np.diff(places[order] // WINDOW, prepend=-1))
        for start, stop in pairwise([*windows.tolist(), len(order)]):
            self._fill(found, places, order[start:stop])
        return found

    def _fill(self, found: Rows, places: Numbers, rows: Numbers) -> None:
        """Read some rows, which stand near to each other in the file."""
        lengths = found.lengths[rows]
        first, last = int(places[rows[0]]), int((places[rows] + lengths).max())
        here = np.memmap(self._file, "<u4", "r", first * WIDTH, (last - first,))  # let go at once
        source, target, ends = places[rows] - first, found.ends[rows], np.concatenate([[0], np.cumsum(lengths)])
        for start, stop in some_at_once(ends):
            some = slice(start, stop)
            if ends[stop] - ends[start] > LONG * (stop - start):
                for at, to, length in zip(source[some], target[some], lengths[some], strict=True):
                    found.values[to : to + length] = here[at : at + length]
            else:
                each = np.arange(ends[start], ends[stop])
                at, to = (np.repeat(one[some] - ends[start:stop], lengths[some]) for one in (source, target))
                found.values[each + to] = here[each + at]

    def close(self) -> None:
        """Let go of the file; a temporary one is gone then."""
        self._file.close()


class Placed(NamedTuple):
    """Where the words of some texts stand in a file, and how many each has."""

    file: WordFile
    places: Numbers
    lengths: Numbers

    def take(self, rows: Numbers) -> Rows:
        """The words of some of the texts, in the order given."""
        return self.file.take(self.places[rows], self.lengths[rows])

    def parts(self, most: int) -> Iterator[Rows]:
        """The words of some texts at a time, in order: so many words, or one text."""
        ends = np.concatenate([[0], np.cumsum(self.lengths)])
        cuts = np.searchsorted(ends, np.arange(0, ends[-1], most))
        for start, stop in pairwise(np.unique([0, *cuts, len(self.places)]).tolist()):
            yield self.file.take(self.places[start:stop], self.lengths[start:stop])


def opened(path: Path | None) -> IO[bytes]:
    """The file, which is made if it is not there. Raises IndexFileError if it cannot be."""
    if path is None:
        return TemporaryFile()
    try:
        if path.exists():
            return path.open("r+b")
        made = path.open("w+b")
    except OSError as error:
        raise IndexFileError(f"{path} cannot be opened: {(error.strerror or str(error)).lower()}") from error
    sync_folder(path.parent)  # before the index tells of words in it
    return made
