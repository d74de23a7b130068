"""What new texts repeat, of each other and of earlier ones, found part by part, so that memory hardly grows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.candidates import LEADERS, Keys, distinct, is_first, meetings
from clean.dedupe.clusters import NONE, stars
from clean.dedupe.comparison import (
    BITS,
    OLD,
    TEXT,
    Bucket,
    Files,
    Likely,
    joined,
    judged,
    likeness_of,
    pair_numbers,
    parts_of,
)
from clean.dedupe.earlier import Earlier, Met
from clean.dedupe.keyed import BUCKETS, SpilledKeys
from clean.dedupe.spilled import Buckets, Parted
from clean.dedupe.verification import Alike
from clean.dedupe.wordfile import Placed
from clean.dedupe.words import Hashes, Numbers

WORDS_ALONE = 1 << 17  # of all texts, up to which nobody else is asked to compare them
KEYS_AT_ONCE = 1 << 13  # that are sorted in one go; each may make 16 pairs
SHARES = 8  # of the buckets of keys, that others look through meanwhile
KEYS_LOOKED_UP = 1 << 17  # in the index in one go: each time it is read through
PAIRS_AT_ONCE = 1 << 17  # that are counted in one go

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
    pairs owner by owner, as in the external sort of a relational join (Graefe 1993, doi:10.1145/152610.152611). All
    that is needed to compare texts stands in temporary files, and beside them words in theirs: so whoever compares them
    is told but the number of a bucket. In memory stand 20 bytes for each text, 32 for each earlier one that shares a
    key with it, and 24 for each near-identical pair.

    `words` and `keys` are those of all texts, in order of rank; `each` goes through what there is much of, if the words
    stand in a file that others can read. Temporary files stand beside another file.
    """

    def __init__(self, words: Placed, keys: SpilledKeys, earlier: Earlier, each: Each, beside: Path | None) -> None:
        self.words, self.keys, self.earlier, self.beside = words, keys, earlier, beside
        is_much = words.file.path is not None and words.lengths.sum() > WORDS_ALONE
        self.each: Each = each if is_much else one_by_one

    def found(self, among: bool) -> Found:
        """What the new texts repeat, of earlier ones, and of each other if they are looked at together."""
        with ExitStack() as stack:
            pairs, hits = self.spilled_pairs(among, stack)
            met = self.earlier.met(hits)
            files = stack.enter_context(self.files(met))
            parts = list(self.each(judged, (Bucket(pairs, number, files) for number in range(pairs[0].count))))
            alike, inside = (joined(part[at] for part in parts) for at in range(2))
            return self.gathered(alike, inside, met, files)

    def spilled_pairs(self, among: bool, stack: ExitStack) -> tuple[Sequence[Buckets], Numbers]:
        """Pairs of texts that have a key in common, once for each such key, in buckets by the lower-ranked one.

        And the numbers of the earlier texts among them.
        """
        most = LEADERS * np.cumsum(self.keys.counts, dtype=np.int64)
        count = 1 + int(most[-1] if len(most) else 0) // PAIRS_AT_ONCE
        firsts = np.searchsorted(most // PAIRS_AT_ONCE, np.arange(count + 1))  # of the texts of each bucket
        ends = firsts.astype(np.uint64) << BITS
        shares = np.array_split(np.arange(BUCKETS), SHARES) if among else ()
        new = begun(self.each(met_among_new, (Share(self.keys, share, ends, self.beside) for share in shares)))
        earlier, hits = stack.enter_context(Buckets(self.beside, count, np.uint64)), NOTHING
        for mine, theirs in self.met_earlier():
            write(earlier, np.sort(pair_numbers(mine, theirs + OLD)), ends)
            hits = united(hits, theirs)
        return [earlier, *map(stack.enter_context, new)], hits

    def met_earlier(self) -> Iterator[tuple[Numbers, Numbers]]:
        """The new and the earlier texts that have a key in common, once for each such key."""
        for found in self.keys.parts(KEYS_LOOKED_UP) if not self.earlier.is_empty else ():
            yield from self.earlier.hits(found)

    @contextmanager
    def files(self, met: Met) -> Iterator[Files]:
        """What is needed to compare the new texts, and earlier ones that were met."""
        count = len(self.words.lengths)
        table = np.empty(count + len(met.numbers), TEXT)
        table["code"] = np.concatenate([np.arange(count), met.numbers + OLD])
        table["words"] = np.concatenate([self.words.places, met.words.places])
        table["length"] = np.concatenate([self.words.lengths, met.words.lengths])
        with Buckets(self.beside, 1, TEXT) as file:
            file.write(Parted(table, np.array([0, len(table)])))
            yield Files(file, self.words.file, met.words.file)

    def gathered(self, alike: Alike, inside: Alike, met: Met, files: Files) -> Found:
        """The clusters of the texts that are near to others, or stand in them."""
        codes = np.unique(np.concatenate([alike.pairs.ravel(), inside.pairs.ravel()]))
        rows, old = codes[codes < OLD], codes[codes >= OLD] - OLD
        old = united(old, met.twins_of(old))
        codes = np.concatenate([rows, old + OLD])
        kept = np.searchsorted(codes, met.twins_of(old) + OLD)
        alike, inside = (one._replace(pairs=np.searchsorted(codes, one.pairs)) for one in (alike, inside))
        found = stars(alike, inside, len(rows), kept)
        twin = codes[found.twin[: len(rows)]]
        similarity, adds = self.likeness(np.stack([rows, twin], 1), files)
        within = found.within[: len(rows)]
        within = np.where(within == NONE, NONE, codes[within]) if len(codes) else within
        return Found(rows, twin, similarity, adds, within, found.share[: len(rows)], found.anchors[: len(rows)])

    def likeness(self, both: Numbers, files: Files) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """How alike each text is to its twin, and whether there is a number or name in it that its twin has not."""
        similarity, adds = np.ones(len(both)), np.zeros(len(both), bool)
        repeats = np.flatnonzero(both[:, 0] != both[:, 1])
        cuts = parts_of(repeats, 2 * self.words.lengths[both[repeats, 0]])
        parts = list(self.each(likeness_of, (Likely(both[repeats[start:stop]], files) for start, stop in cuts)))
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


def begun(given: Iterator[Given]) -> Iterator[Given]:
    """The same things, of which the first is there; whoever makes the others in other processes has begun with them."""
    first = list(islice(given, 1))
    return chain(first, given)


class Share(NamedTuple):
    """Keys of new texts in some buckets, whose pairs are to be found, and from which number on each bucket of these."""

    keys: SpilledKeys
    buckets: NDArray[np.int64]
    ends: Hashes
    beside: Path | None


def met_among_new(share: Share) -> Buckets:
    """The pairs of new texts that meet under some of their keys, in a file of their own."""
    found = Buckets(share.beside, len(share.ends) - 1, np.uint64)
    try:
        for part in share.keys.parts(KEYS_AT_ONCE, share.buckets.tolist()):
            for some in cut_up(part):
                write(found, met_under(len(share.keys.counts), some), share.ends)
    except BaseException:
        found.close()
        raise
    return found


def write(buckets: Buckets, met: Hashes, ends: Hashes) -> None:
    """Write pairs, which are in order, to buckets that begin with these."""
    buckets.write(Parted(met, np.searchsorted(met, ends)))


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


def united(one: Numbers, other: Numbers) -> Numbers:
    """The numbers that stand in either, in order; some times as fast as `np.union1d`, which hashes them."""
    found = np.sort(np.concatenate([one, other]))
    return found[is_first(found)]
