"""What does not fit into memory, in temporary files: numbers by bucket, and rows of word hashes."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.words import Numbers, Rows

MOST_SHORT = 1 << 16  # buckets whose numbers have 16 bits


class Spilled:
    """A temporary file, in a folder or where the system has them; gone when it is closed, or the process dies."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._file: Any = TemporaryFile(dir=folder)  # noqa: SIM115

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Delete the file."""
        self._file.close()


class Parted(NamedTuple):
    """Records in order of their buckets, and where each bucket begins among them."""

    records: NDArray[Any]
    ends: Numbers


class Buckets(Spilled):
    """Records of a fixed size, in so many buckets; each bucket is read at once, and so should fit into memory."""

    def __init__(self, folder: Path | None, count: int, kind: Any) -> None:
        super().__init__(folder)
        self.count = count
        self._kind = np.dtype(kind)
        self._ends: list[Numbers] = []  # of the buckets in each part of the file, in records
        self._end = 0

    def add(self, records: NDArray[Any], buckets: NDArray[Any]) -> None:
        """Add records, each to the bucket that is told for it. Raises OSError if the disk is full."""
        self.write(self.parted(records, buckets))

    def parted(self, records: NDArray[Any], buckets: NDArray[Any]) -> Parted:
        """Records in order of their buckets, to be written; may be done in another thread."""
        if self.count > 1:
            buckets = buckets.astype(np.uint16 if self.count <= MOST_SHORT else np.uint32)
            order = np.argsort(buckets, kind="stable")  # a radix sort, if the numbers are short
            records, buckets = records[order], buckets[order]
        return Parted(records.astype(self._kind, copy=False), np.searchsorted(buckets, np.arange(self.count + 1)))

    def write(self, parted: Parted) -> None:
        """Add records that are in order of their buckets. Raises OSError if the disk is full."""
        self._ends.append(self._end + parted.ends)
        self._file.seek(self._end * self._kind.itemsize)
        self._file.write(parted.records.data)
        self._end += len(parted.records)

    def read(self, bucket: int) -> NDArray[Any]:
        """The records of a bucket."""
        pieces = [(int(ends[bucket]), int(ends[bucket + 1])) for ends in self._ends]
        found = np.empty(sum(stop - start for start, stop in pieces), self._kind)
        at = 0
        for start, stop in pieces:
            if start < stop:
                self._file.seek(start * self._kind.itemsize)
                self._file.readinto(found[at : at + stop - start].view(np.uint8))
                at += stop - start
        return found


class Words(Spilled):
    """Rows of word hashes that are added once, and then read in any order. Memory: eight bytes a row."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__(folder)
        self._ends: list[Numbers] = [np.zeros(1, np.int64)]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.ends()) - 1

    def add(self, words: Rows) -> None:
        """Add rows. Raises OSError if the disk is full."""
        self._file.seek(0, 2)
        self._file.write(words.values.astype("<u4").tobytes())
        self._ends.append(words.ends[1:] + self._ends[-1][-1])

    def ends(self) -> Numbers:
        """Where each row ends in the file, in words, behind a zero."""
        if len(self._ends) > 1:
            self._ends = [np.concatenate(self._ends)]
        return self._ends[0]

    def take(self, rows: Numbers) -> Rows:
        """Some rows, in the order given."""
        ends = self.ends()
        self._file.flush()
        if not ends[-1]:
            return Rows(np.empty(0, np.uint32), np.zeros(len(rows) + 1, np.int64))
        everything = np.memmap(self._file, "<u4", "r")  # let go at once, so that it does not count as memory
        found = Rows(everything, ends).take(rows)
        return found._replace(values=np.array(found.values))

    def parts(self, most: int) -> Iterator[tuple[int, Rows]]:
        """(number of the first row, rows), in order, each part of so many words or one row."""
        ends = self.ends()
        starts = np.unique(np.searchsorted(ends, np.arange(0, ends[-1], most))).tolist()
        for start, stop in pairwise([*starts, len(ends) - 1] if starts else ()):
            yield start, self.take(np.arange(start, stop))
