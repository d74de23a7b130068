"""What new texts repeat, of each other and of earlier ones, found part by part, so that memory hardly grows."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.candidates import LEADERS, Keys, distinct, is_first, meetings, share_enough
from clean.dedupe.clusters import NONE, likeness, stars
from clean.dedupe.earlier import Earlier, Met
from clean.dedupe.keyed import SpilledKeys
from clean.dedupe.spilled import Buckets, Parted
from clean.dedupe.verification import Alike, Bags, contained, near
from clean.dedupe.wordfile import Placed
from clean.dedupe.words import Hashes, Numbers, Rows

WORDS_ALONE = 1 << 17  # of all texts, up to which nobody else is asked to compare them
KEYS_AT_ONCE = 1 << 13  # that are sorted in one go; each may make 16 pairs
KEYS_LOOKED_UP = 1 << 17  # in the index in one go: each time it is read through
PAIRS_AT_ONCE = 1 << 17  # that are counted in one go
JUDGED_AT_ONCE = 1 << 20  # words of pairs that are compared in one go; each pair counts for some more
PAIR = 128  # words
OLD = 1 << 32  # is added to the number of an earlier text, so that it is told from the row of a new one
BITS = np.uint64(33)  # of a pair, for the text that a new one meets; those above are the new one's row

Given = TypeVar("Given")
Made = TypeVar("Made")


class Each(Protocol):
    """What does some work on each of many things, in this process or others, and gives in order what was made."""

    def __call__(self, work: Callable[[Given], Made], given: Iterable[Given], /) -> Iterator[Made]: ...


class Found(NamedTuple):
    """What was found of those new texts that are near to others: their rows, and then as in `Clusters`.

    `twin` and `within` are rows of new texts, or numbers of earlier ones, to which `OLD` is added.
    """

    rows: Numbers
    twin: Numbers
    similarity: NDArray[np.float64]
    adds: NDArray[np.bool_]
    within: Numbers
    share: NDArray[np.float64]
    anchors: NDArray[np.bool_]


class Search:
    """A search among different new texts, which are numbered by rank, and in an index of earlier ones.

    The results are those of `clusters.join`, to the bit. Candidates are found by sorting keys bucket by bucket, and
    pairs owner by owner, as in the external sort of a relational join (Graefe 1993, doi:10.1145/152610.152611). In
    memory stand 40 bytes for each text, 16 for each pair that shares enough keys, and 24 for each near-identical one.

    `words` and `keys` are those of all texts, in order of rank; `each` goes through what there is much of; temporary
    files go to a folder.
    """

    def __init__(self, words: Placed, keys: SpilledKeys, earlier: Earlier, each: Each, folder: Path | None) -> None:
        self.words, self.keys, self.earlier, self.folder = words, keys, earlier, folder
        self.each: Each = each if words.lengths.sum() > WORDS_ALONE else one_by_one
        self.lengths = words.lengths.astype(np.int32)
        self.hits = self.hit_lengths = NOTHING  # the numbers of the earlier texts that share a key, and their lengths

    def found(self, among: bool) -> Found:
        """What the new texts repeat, of earlier ones, and of each other if they are looked at together."""
        with self.spilled_pairs(among) as pairs:
            candidates = list(self.candidates(pairs))
        met = self.earlier.met(codes_of(candidates, OLD) - OLD)
        parts = list(self.each(judged, (self.compared(both, met) for both in candidates)))
        return self.gathered(*(joined([part[at] for part in parts]) for at in range(2)))

    def spilled_pairs(self, among: bool) -> Buckets:
        """Pairs of texts that have a key in common, once for each such key, in buckets by the lower-ranked one."""
        most = LEADERS * np.cumsum(self.keys.counts, dtype=np.int64)
        buckets = Buckets(self.folder, 1 + int(most[-1] if len(most) else 0) // PAIRS_AT_ONCE, np.uint64)
        firsts = np.searchsorted(most // PAIRS_AT_ONCE, np.arange(buckets.count + 1))  # of the texts of each bucket
        ends = firsts.astype(np.uint64) << BITS
        for met in chain(self.met_among_new() if among else (), self.met_earlier()):
            buckets.write(Parted(met, np.searchsorted(met, ends)))
        self.hits, self.hit_lengths = self.earlier.lengths(self.hits)
        return buckets

    def met_among_new(self) -> Iterator[Hashes]:
        """The pairs of new texts, in parts that are in order."""
        parts = chain.from_iterable(map(cut_up, self.keys.parts(KEYS_AT_ONCE)))
        return map(partial(met_under, len(self.lengths)), parts)

    def met_earlier(self) -> Iterator[Hashes]:
        """The pairs of a new and an earlier text, in parts that are in order; notes these earlier ones."""
        for found in self.keys.parts(KEYS_LOOKED_UP) if not self.earlier.is_empty else ():
            for mine, theirs in self.earlier.hits(found):
                self.hits = united(self.hits, theirs)
                yield np.sort(pair_numbers(mine, theirs + OLD))

    def candidates(self, pairs: Buckets) -> Iterator[Numbers]:
        """The pairs of texts that share enough keys, some at a time, two in each row."""
        for owner, other, shared in map(sorted_counts, map(pairs.read, range(pairs.count))):
            lengths = self.lengths_of(other)
            is_there = lengths > 0
            enough = is_there & share_enough(shared, self.lengths[owner].astype(np.int64), lengths)
            owner, other, words = owner[enough], other[enough], self.lengths[owner[enough]] + lengths[enough]
            for start, stop in parts_of(owner, words):
                yield np.stack([owner[start:stop], other[start:stop]], 1)

    def lengths_of(self, texts: Numbers) -> Numbers:
        """How many words new and earlier texts have; none if they are gone."""
        is_old = texts >= OLD
        lengths = np.zeros(len(texts), np.int64)
        lengths[~is_old] = self.lengths[texts[~is_old]]
        wanted = texts[is_old] - OLD
        at = np.minimum(np.searchsorted(self.hits, wanted), max(len(self.hits) - 1, 0))
        lengths[is_old] = np.where(self.hits[at] == wanted, self.hit_lengths[at], 0) if len(self.hits) else 0
        return lengths

    def compared(self, both: Numbers, met: Met) -> "Compared":
        """Pairs of texts with all their words."""
        codes, at = np.unique(both, return_inverse=True)
        new, old = codes[codes < OLD], codes[codes >= OLD] - OLD
        words = self.words.take(new)
        return Compared(codes, words.followed_by(met.words_of(old)) if len(old) else words, at.reshape(both.shape))

    def gathered(self, alike: Alike, inside: Alike) -> Found:
        """The clusters of the texts that are near to others, or stand in them."""
        codes = np.unique(np.concatenate([alike.pairs.ravel(), inside.pairs.ravel()]))
        rows, old = codes[codes < OLD], codes[codes >= OLD] - OLD
        met = self.earlier.met(old)
        old = united(old, met.twins_of(old))
        codes = np.concatenate([rows, old + OLD])
        kept = np.searchsorted(codes, met.twins_of(old) + OLD)
        alike, inside = (one._replace(pairs=np.searchsorted(codes, one.pairs)) for one in (alike, inside))
        found = stars(alike, inside, len(rows), kept)
        twin = codes[found.twin[: len(rows)]]
        similarity, adds = self.likeness(np.stack([rows, twin], 1), met)
        within = found.within[: len(rows)]
        within = np.where(within == NONE, NONE, codes[within]) if len(codes) else within
        return Found(rows, twin, similarity, adds, within, found.share[: len(rows)], found.anchors[: len(rows)])

    def likeness(self, both: Numbers, met: Met) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """How alike each text is to its twin, and whether there is a number or name in it that its twin has not."""
        similarity, adds = np.ones(len(both)), np.zeros(len(both), bool)
        repeats = np.flatnonzero(both[:, 0] != both[:, 1])
        cuts = parts_of(repeats, 2 * self.lengths[repeats].astype(np.int64))
        given = (self.compared(both[repeats[start:stop]], met) for start, stop in cuts)
        parts = list(self.each(likeness_of, given))
        similarity[repeats] = np.concatenate([np.empty(0), *(part[0] for part in parts)])
        adds[repeats] = np.concatenate([np.empty(0, bool), *(part[1] for part in parts)])
        return similarity, adds

    def new_keys(self, anchors: NDArray[np.bool_]) -> Iterator[tuple[Hashes, Numbers]]:
        """(keys, rows) by which later texts find those that are anchors; of all texts with a key the first few."""
        parts = (found[anchors[found["row"]]] for found in self.keys.parts(KEYS_LOOKED_UP))
        for found in map(distinct, parts):
            values = found["key"]
            places = np.arange(len(values))
            before = places - np.maximum.accumulate(np.where(is_first(values), places, 0))
            found = found[before + self.earlier.taken(values) < LEADERS]
            yield found["key"], found["row"].astype(np.int64)


NOTHING = np.empty(0, np.int64)


def one_by_one(work: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """What the work makes of each thing that is given, in this process."""
    return map(work, given)


def pair_numbers(owner: Numbers, other: Numbers) -> Hashes:
    """Pairs of texts, each as one number: that of the text to which the pair belongs above, and the other one below."""
    return owner.astype(np.uint64) << BITS | other.astype(np.uint64)


class Compared(NamedTuple):
    """Texts to be compared: what stands for each outside, their words, and pairs of them, two in each row."""

    codes: Numbers
    words: Rows
    both: Numbers


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


def met_under(count: int, found: NDArray[Any]) -> Hashes:
    """The pairs of so many texts that meet under some keys, as `pair_numbers` has them, once for each key, in order."""
    met = meetings(Keys(found["key"], found["row"].astype(np.int64)), count)
    met += met >> 32 << 32  # which moves the owner up by the one bit more that `pair_numbers` gives the other text
    met.sort()
    return met.view(np.uint64)


def sorted_counts(packed: Hashes) -> tuple[Numbers, Numbers, Numbers]:
    """(owners, others, how often they stand there) of pairs, in order."""
    packed = np.sort(packed)
    first = np.flatnonzero(is_first(packed))
    shared = np.diff(np.append(first, len(packed)))
    packed = packed[first]
    return (
        (packed >> BITS).astype(np.int64),
        (packed & ((np.uint64(1) << BITS) - np.uint64(1))).astype(np.int64),
        shared,
    )


def judged(given: Compared) -> tuple[Alike, Alike]:
    """Those of the pairs of texts that are near-identical, and those of which a new text stands in the other."""
    bags = Bags(given.words)
    alike, inside = near(bags, given.both), contained(bags, given.both)
    alike, inside = (one._replace(pairs=given.codes[one.pairs]) for one in (alike, inside))
    is_new = inside.pairs[:, 0] < OLD
    return alike, Alike(inside.pairs[is_new], inside.share[is_new])


def likeness_of(given: Compared) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How alike the texts of each pair are, and whether the first adds anything."""
    return likeness(Bags(given.words), given.both)


def codes_of(parts: Iterable[Numbers], least: int) -> Numbers:
    """The different numbers in all parts, in order, from a least one on."""
    found = NOTHING
    for part in parts:
        found = united(found, part[part >= least])
    return found


def united(one: Numbers, other: Numbers) -> Numbers:
    """The numbers that stand in either, in order; some times as fast as `np.union1d`, which hashes them."""
    found = np.sort(np.concatenate([one, other]))
    return found[is_first(found)]


def joined(parts: list[Alike]) -> Alike:
    """Parts as one."""
    pairs = np.concatenate([np.empty((0, 2), np.int64), *(part.pairs for part in parts)])
    return Alike(pairs, np.concatenate([np.empty(0), *(part.share for part in parts)]))


def parts_of(owner: Numbers, words: Numbers) -> Iterator[tuple[int, int]]:
    """Parts of pairs that have so many words, to be compared in one go.

    The pairs of one owner stay together, since they are weighed together.
    """
    ends, start = np.cumsum(words + PAIR), 0
    while start < len(owner):
        most = JUDGED_AT_ONCE + (ends[start - 1] if start else 0)
        last = max(start, int(np.searchsorted(ends, most, side="right")) - 1)
        stop = int(np.searchsorted(owner, owner[last], side="right"))
        yield start, stop
        start = stop
