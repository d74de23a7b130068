"""The keys of texts that are looked up together: made text by text, kept in a temporary file, and read key by key."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.candidates import distinct, keys
from clean.dedupe.spilled import Buckets, Parted, parted
from clean.dedupe.words import Numbers, Rows

BUCKETS = 256  # of the keys, by their last bits
KEY = np.dtype([("key", "<u8"), ("row", "<u4")])
LEFT_OUT = np.uint32(0xFFFFFFFF)  # the row of a text that is not looked up


class Keyed(NamedTuple):
    """The keys of some texts with the numbers of these, each once, in order of buckets; and how many each text has."""

    keys: Parted
    counts: NDArray[np.int32]


def keyed(salt: np.uint64, words: Rows) -> Keyed:
    """The keys of texts with these words; `salt` keeps collections apart."""
    found = keys(words)
    records = np.empty(len(found.values), KEY)
    records["key"], records["row"] = found.values ^ salt, found.texts
    records = distinct(records)
    counts = np.bincount(records["row"], minlength=len(words.lengths)).astype(np.int32)
    return Keyed(parted(records, records["key"] & np.uint64(BUCKETS - 1), BUCKETS), counts)


class SpilledKeys:
    """The keys of texts, which are numbered in the order in which they are added, until `rank` numbers them anew."""

    def __init__(self, beside: Path | None) -> None:
        self._buckets = Buckets(beside, BUCKETS, KEY)
        self._counts = [np.empty(0, np.int32)]
        self._size = 0

    def add(self, some: Keyed) -> None:
        """Add texts. Raises OSError if the disk is full."""
        records = some.keys.records.copy()
        records["row"] += self._size
        self._buckets.write(Parted(records, some.keys.ends))
        self._counts.append(some.counts)
        self._size += len(some.counts)

    def rank(self, places: Numbers) -> None:
        """Number the texts with these numbers anew, in this order, and leave out all others."""
        self.counts = np.concatenate(self._counts)[places]
        self._rows = np.full(self._size, LEFT_OUT)
        self._rows[places] = np.arange(len(places))

    def parts(self, most: int, buckets: Sequence[int] = range(BUCKETS)) -> Iterator[NDArray[Any]]:
        """The keys with their rows, in parts of so many, or one bucket; those that are equal stand in the same part."""
        part: list[NDArray[Any]] = []
        for bucket in buckets:
            part.append(self._bucket(bucket))
            if sum(map(len, part)) >= most:
                yield np.concatenate(part)
                part = []
        if part:
            yield np.concatenate(part)

    def _bucket(self, bucket: int) -> NDArray[Any]:
        found = self._buckets.read(bucket)
        found["row"] = self._rows[found["row"]]
        looked_up: NDArray[Any] = found[found["row"] != LEFT_OUT]
        return looked_up

    def close(self) -> None:
        """Delete the file."""
        self._buckets.close()
