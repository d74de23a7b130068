"""The keys of texts that are looked up together: made text by text, kept in a temporary file, and read key by key."""

from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.candidates import distinct, keys
from clean.dedupe.spilled import Buckets, Parted, parted
from clean.dedupe.words import Numbers, Rows

BUCKETS = 256  # of the keys, by their last bits
KEY = np.dtype([("key", "<u8"), ("row", "<u4")])
EARLIER_KEY = np.dtype([("key", "<u8"), ("text", "<i8")])
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
    return Keyed(by_key(records), counts)


def by_key(records: NDArray[Any]) -> Parted:
    """Keys of texts in order of their buckets."""
    return parted(records, records["key"] & np.uint64(BUCKETS - 1), BUCKETS)


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

    def ranges(self, most: int) -> list[range]:
        """All buckets in order, so many at a time as have so many keys, or one."""
        before = np.concatenate([[0], np.cumsum(self._buckets.sizes())])[:-1]
        cuts = np.flatnonzero(np.diff(before // most, prepend=-1)).tolist()
        return [range(start, stop) for start, stop in pairwise([*cuts, BUCKETS])]

    def read(self, buckets: range) -> NDArray[Any]:
        """The keys in some buckets, with their rows."""
        found = np.concatenate([self._buckets.read(bucket) for bucket in buckets])
        found["row"] = self._rows[found["row"]]
        looked_up: NDArray[Any] = found[found["row"] != LEFT_OUT]
        return looked_up

    def close(self) -> None:
        """Delete the file."""
        self._buckets.close()
