"""What new texts repeat, of each other and of earlier ones, found part by part, so that memory hardly grows."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.candidates import LEADERS, is_first
from clean.dedupe.clusters import NONE, stars
from clean.dedupe.comparison import BITS, OLD, TEXT, Bucket, Files, Likely, joined, judged, likeness_of, parts_of
from clean.dedupe.earlier import Earlier, Met
from clean.dedupe.keyed import BUCKETS, EARLIER_KEY, SpilledKeys, by_key
from clean.dedupe.meetings import KEYS_AT_ONCE, Anchored, Meeting, Share, keys_kept, pairs_met
from clean.dedupe.spilled import Buckets, Parted
from clean.dedupe.verification import Alike
from clean.dedupe.wordfile import Placed
from clean.dedupe.words import Hashes, Numbers

WORDS_ALONE = 1 << 17  # of all texts, up to which nobody else is asked to look through them
SHARES = 16  # of the keys, that are looked through side by side
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
        self.earlier_keys = Buckets(beside, BUCKETS, EARLIER_KEY)

    def __enter__(self) -> "Search":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.earlier_keys.close()

    def found(self, among: bool) -> Found:
        """What the new texts repeat, of earlier ones, and of each other if they are looked at together."""
        with ExitStack() as stack:
            hits = self.note_earlier_keys()
            earlier = self.earlier.met(hits)
            files = stack.enter_context(self.files(earlier))
            pairs = list(map(stack.enter_context, self.spilled_pairs(among)))
            parts = list(self.each(judged, (Bucket(pairs, number, files) for number in range(pairs[0].count))))
            alike, inside = (joined(part[at] for part in parts) for at in range(2))
            return self.gathered(alike, inside, earlier, files)

    def note_earlier_keys(self) -> Numbers:
        """Write down which earlier texts have a key of a new one, by these keys; their numbers."""
        hits = np.empty(0, np.int64)
        for buckets in self.keys.ranges(KEYS_LOOKED_UP) if not self.earlier.is_empty else ():
            for keys, texts in self.earlier.with_keys(np.unique(self.keys.read(buckets)["key"])):
                records = np.empty(len(keys), EARLIER_KEY)
                records["key"], records["text"] = keys, texts
                self.earlier_keys.write(by_key(records))
                hits = united(hits, texts)
        return hits

    def shares(self) -> Iterator[Share]:
        """The keys of new and of earlier texts in parts, which others look through."""
        ranges = self.keys.ranges(KEYS_AT_ONCE)
        size = -(-len(ranges) // SHARES)
        return (Share(self.keys, self.earlier_keys, ranges[at : at + size]) for at in range(0, len(ranges), size))

    def spilled_pairs(self, among: bool) -> Iterator[Buckets]:
        """Pairs of texts that have a key in common, once for each such key, in buckets by the lower-ranked one."""
        most = LEADERS * np.cumsum(self.keys.counts, dtype=np.int64)
        count = 1 + int(most[-1] if len(most) else 0) // PAIRS_AT_ONCE
        firsts = np.searchsorted(most // PAIRS_AT_ONCE, np.arange(count + 1))  # of the texts of each bucket
        ends = firsts.astype(np.uint64) << BITS
        return self.each(pairs_met, (Meeting(share, among, ends, self.beside) for share in self.shares()))

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
        return self.each(keys_kept, (Anchored(share, anchors) for share in self.shares()))


def one_by_one(work: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """What the work makes of each thing that is given, in this process."""
    return map(work, given)


def united(one: Numbers, other: Numbers) -> Numbers:
    """The numbers that stand in either, in order; some times as fast as `np.union1d`, which hashes them."""
    found = np.sort(np.concatenate([one, other]))
    return found[is_first(found)]
