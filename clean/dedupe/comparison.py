"""Which texts are alike of those that have keys in common: pairs, counted and compared bucket by bucket."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.candidates import is_first, share_enough
from clean.dedupe.clusters import likeness
from clean.dedupe.spilled import Buckets
from clean.dedupe.verification import Alike, Bags, contained, near
from clean.dedupe.wordfile import WordFile
from clean.dedupe.words import Hashes, Numbers, Rows

OLD = 1 << 32  # is added to the number of an earlier text, so that it is told from the row of a new one
BITS = np.uint64(33)  # of a pair, for the text that a new one meets; those above are the new one's row
TEXT = np.dtype([("code", "<i8"), ("words", "<i8"), ("length", "<i4")])  # what stands for it, and its words
JUDGED_AT_ONCE = 1 << 20  # words of pairs that are compared in one go; each pair counts for some more
PAIR = 128  # words


class Files(NamedTuple):
    """What stands in files of the texts that are compared.

    A table of all texts, in order of what stands for them: of new ones their rows, of earlier ones numbers from `OLD`
    on; and the words of new ones, and of earlier ones.
    """

    table: Buckets
    new: WordFile
    old: WordFile


class Bucket(NamedTuple):
    """Pairs of a new and another text, once for each key that they have in common, in this bucket of some files."""

    pairs: Sequence[Buckets]
    number: int
    files: Files


class Likely(NamedTuple):
    """Pairs of texts that are alike, two in each row, of which it is asked how much."""

    pairs: Numbers
    files: Files


class Texts:
    """Texts that are compared."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.table = files.table.read(0)
        self.codes = np.ascontiguousarray(self.table["code"])

    def lengths(self, codes: Numbers) -> Numbers:
        """How many words these have; none if there is no such text."""
        if not len(self.codes):
            return np.zeros(len(codes), np.int64)
        at = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[at] == codes, self.table["length"][at], 0).astype(np.int64)

    def bags(self, codes: Numbers) -> Bags:
        """The words of some texts, in the order given: new ones first."""
        some = self.table[np.searchsorted(self.codes, codes)]
        new = int(np.searchsorted(codes, OLD))
        return Bags(words(self.files.new, some[:new]).followed_by(words(self.files.old, some[new:])))


def words(file: WordFile, texts: NDArray[Any]) -> Rows:
    """The words of texts that stand in a file."""
    return file.take(texts["words"].copy(), texts["length"].astype(np.int64))


def pair_numbers(owner: Numbers, other: Numbers) -> Hashes:
    """Pairs of texts, each as one number: that of the text to which the pair belongs above, and the other one below."""
    return owner.astype(np.uint64) << BITS | other.astype(np.uint64)


def judged(bucket: Bucket) -> tuple[Alike, Alike]:
    """Those of the pairs that are near-identical, and those of which the new text stands in the other."""
    texts = Texts(bucket.files)
    packed = np.concatenate([file.read(bucket.number) for file in bucket.pairs])
    parts = [compared(texts, both) for both in candidates(packed, texts)]
    return joined(part[0] for part in parts), joined(part[1] for part in parts)


def candidates(packed: Hashes, texts: Texts) -> Iterator[Numbers]:
    """Those of the pairs that share enough keys, some at a time, two in each row."""
    owner, other, shared = sorted_counts(packed)
    mine, theirs = texts.lengths(owner), texts.lengths(other)
    enough = (theirs > 0) & share_enough(shared, mine, theirs)
    owner, other, words = owner[enough], other[enough], mine[enough] + theirs[enough]
    for start, stop in parts_of(owner, words):
        yield np.stack([owner[start:stop], other[start:stop]], 1)


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


def compared(texts: Texts, both: Numbers) -> tuple[Alike, Alike]:
    """What is `judged` of pairs, two in each row."""
    codes, at = coded(both)
    bags = texts.bags(codes)
    alike, inside = (one._replace(pairs=codes[one.pairs]) for one in (near(bags, at), contained(bags, at)))
    is_new = inside.pairs[:, 0] < OLD
    return alike, Alike(inside.pairs[is_new], inside.share[is_new])


def likeness_of(given: Likely) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How alike the texts of each pair are, and whether the first adds anything."""
    codes, at = coded(given.pairs)
    return likeness(Texts(given.files).bags(codes), at)


def coded(both: Numbers) -> tuple[Numbers, Numbers]:
    """The texts of pairs, and the pairs by the numbers of these."""
    codes, at = np.unique(both, return_inverse=True)
    return codes, at.reshape(both.shape)


def joined(parts: Iterable[Alike]) -> Alike:
    """Parts as one."""
    some = list(parts)
    pairs = np.concatenate([np.empty((0, 2), np.int64), *(part.pairs for part in some)])
    return Alike(pairs, np.concatenate([np.empty(0), *(part.share for part in some)]))


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
