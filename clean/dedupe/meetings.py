"""Which texts meet under a key, and which keys are kept for later texts: found in some buckets of the keys."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.candidates import LEADERS, Keys, distinct, is_first, meetings
from clean.dedupe.comparison import OLD, pair_numbers
from clean.dedupe.keyed import SpilledKeys
from clean.dedupe.spilled import Buckets, Parted
from clean.dedupe.words import Hashes, Numbers

KEYS_AT_ONCE = 1 << 13  # that are sorted in one go; each may make 16 pairs


class Share(NamedTuple):
    """The keys of new texts, the same keys of earlier ones, and the ranges of their buckets that are looked at."""

    new: SpilledKeys
    earlier: Buckets
    ranges: Sequence[range]

    def parts(self) -> Iterator[tuple[NDArray[Any], "EarlierKeys"]]:
        """The keys of new texts, some at a time, and the same of earlier ones; equal keys stay together."""
        for buckets in self.ranges:
            earlier = EarlierKeys(np.concatenate([self.earlier.read(bucket) for bucket in buckets]))
            for some in cut_up(self.new.read(buckets)):
                yield some, earlier


class EarlierKeys:
    """Keys of earlier texts; each key has at most 16."""

    def __init__(self, records: NDArray[Any]) -> None:
        order = np.argsort(records["key"], kind="stable")
        self.keys, self.texts = records["key"][order], records["text"][order]

    def counts(self, keys: Hashes) -> tuple[Numbers, Numbers]:
        """Where the texts of each key begin, and how many they are."""
        first = np.searchsorted(self.keys, keys)
        return first, np.searchsorted(self.keys, keys, side="right") - first


class Meeting(NamedTuple):
    """A share of the keys whose pairs are asked for: also such of new texts, or only with earlier ones.

    Pairs go to buckets that begin with `ends`, in a temporary file beside another.
    """

    share: Share
    among: bool
    ends: Hashes
    beside: Path | None


def pairs_met(given: Meeting) -> Buckets:
    """The pairs of texts that have a key in common, once for each such key, in a file; the lower-ranked one owns it."""
    found = Buckets(given.beside, len(given.ends) - 1, np.uint64)
    try:
        for keys, earlier in given.share.parts():
            if given.among:
                write(found, met_new(keys, len(given.share.new.counts)), given.ends)
            write(found, met_earlier(keys, earlier), given.ends)
    except BaseException:
        found.close()
        raise
    return found


def write(buckets: Buckets, pairs: Hashes, ends: Hashes) -> None:
    """Write pairs, which are in order, to buckets that begin with these."""
    buckets.write(Parted(pairs, np.searchsorted(pairs, ends)))


def met_new(keys: NDArray[Any], count: int) -> Hashes:
    """The pairs of so many new texts that meet under these keys, in order."""
    found = meetings(Keys(keys["key"], keys["row"].astype(np.int64)), count)
    found += found >> 32 << 32  # which moves the owner up by the one bit more that `pair_numbers` gives the other text
    found.sort()
    return found.view(np.uint64)


def met_earlier(keys: NDArray[Any], earlier: EarlierKeys) -> Hashes:
    """The pairs of a new and an earlier text that meet under these keys, in order."""
    first, counts = earlier.counts(keys["key"])
    at = np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)
    found = pair_numbers(np.repeat(keys["row"], counts), earlier.texts[at] + OLD)
    found.sort()
    return found


class Anchored(NamedTuple):
    """A share of the keys of new texts, of which those are asked for by which later texts find the anchors."""

    share: Share
    anchors: NDArray[np.bool_]


def keys_kept(given: Anchored) -> tuple[Hashes, Numbers]:
    """(keys, rows) of those that are anchors; of all texts with a key, the first few."""
    found = [keep(keys[given.anchors[keys["row"]]], earlier) for keys, earlier in given.share.parts()]
    return np.concatenate([one["key"] for one in found]), np.concatenate([one["row"].astype(np.int64) for one in found])


def keep(keys: NDArray[Any], earlier: EarlierKeys) -> NDArray[Any]:
    """The first few of the texts with each key that are not taken by earlier ones."""
    keys = distinct(keys)
    places = np.arange(len(keys))
    before = places - np.maximum.accumulate(np.where(is_first(keys["key"]), places, 0))
    _, taken = earlier.counts(keys["key"])
    kept: NDArray[Any] = keys[before + taken < LEADERS]
    return kept


def cut_up(part: NDArray[Any]) -> list[NDArray[Any]]:
    """A part of the keys in smaller ones, where it is much larger than it should be; equal keys stay together.

    So large are buckets of keys that very many texts have, as those of a line that stands in each.
    """
    if len(part) <= 2 * KEYS_AT_ONCE:
        return [part]
    part = part[np.argsort(part["key"], kind="stable")]
    begins = np.flatnonzero(is_first(part["key"]))
    cuts = np.unique(begins[np.searchsorted(begins, np.arange(KEYS_AT_ONCE, begins[-1], KEYS_AT_ONCE))])
    return np.split(part, cuts)
