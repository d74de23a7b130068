"""What does not fit into memory: records by bucket, in temporary files."""

from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.words import Numbers

MOST_SHORT = 1 << 16  # buckets whose numbers have 16 bits
PREFIX = ".{}."  # begins the name of a temporary file beside a file of this name
SUFFIX = ".part"  # and ends it


class Spilled:
    """A temporary file, gone when it is closed.

    Beside another file it has a name; one that is pickled then, and loaded in another process, reads the same file. If
    the process dies it stays, until `sweep`. Without such a file nobody else can read it, and it never stays.
    """

    def __init__(self, beside: Path | None) -> None:
        self._file: Any = TemporaryFile() if beside is None else named(beside)  # noqa: SIM115
        self.path = None if beside is None else Path(self._file.name)

    def __getstate__(self) -> dict[str, Any]:
        self._file.flush()
        return {**self.__dict__, "_file": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _file=state["path"].open("rb"))

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Delete the file."""
        with suppress(OSError):  # as on a full disk, which was told when it was met
            self._file.close()
        if self.path is not None:
            with suppress(OSError):
                self.path.unlink()


def named(beside: Path) -> Any:
    """A new file with a name by which `sweep` knows it."""
    prefix = PREFIX.format(beside.name)
    return NamedTemporaryFile(prefix=prefix, suffix=SUFFIX, dir=beside.parent, delete=False)


def sweep(beside: Path) -> None:
    """Delete the temporary files beside a file that a process has left which died. None may be in use."""
    with suppress(OSError):  # as where the folder cannot be listed
        for path in beside.parent.iterdir():
            if path.name.startswith(PREFIX.format(beside.name)) and path.name.endswith(SUFFIX):
                path.unlink(missing_ok=True)


class Parted(NamedTuple):
    """Records in order of their buckets, and where each bucket begins among them."""

    records: NDArray[Any]
    ends: Numbers


class Buckets(Spilled):
    """Records of a fixed size, in so many buckets; each bucket is read at once, and so should fit into memory."""

    def __init__(self, beside: Path | None, count: int, kind: Any) -> None:
        super().__init__(beside)
        self.count = count
        self._kind = np.dtype(kind)
        self._ends: list[Numbers] = []  # of the buckets in each part of the file, in records
        self._end = 0

    def write(self, parted: Parted) -> None:
        """Add records that are in order of their buckets. Raises OSError if the disk is full."""
        self._ends.append(self._end + parted.ends)
        self._file.seek(self._end * self._kind.itemsize)
        self._file.write(parted.records.data)
        self._end += len(parted.records)

    def sizes(self) -> Numbers:
        """How many records each bucket has."""
        return sum((np.diff(ends) for ends in self._ends), np.zeros(self.count, np.int64))

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


def parted(records: NDArray[Any], buckets: NDArray[Any], count: int) -> Parted:
    """Records in order of their buckets, of which there are so many."""
    if count > 1:
        buckets = buckets.astype(np.uint16 if count <= MOST_SHORT else np.uint32)
        order = np.argsort(buckets, kind="stable")  # a radix sort, if the numbers are short
        records, buckets = records[order], buckets[order]
    return Parted(records, np.searchsorted(buckets, np.arange(count + 1)))
