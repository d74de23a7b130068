"""How alike two texts are: how many words they have in common, and what weighs that differs."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cpdist

from clean.dedupe.candidates import is_first
from clean.dedupe.containment import standing
from clean.dedupe.words import DOUBTFUL, FACT, WEIGHT, Hashes, Numbers, Rows, bare, mixed

NEAR = 0.8  # share of the longer text's words that near-identical texts have in common
CONTAINED = 0.8  # share of the shorter text's words that stand in the text which contains it
MOST_WEIGHT = 2  # of what differs: one number or name, or two words of writing without capitals
WORDS_A_FACT = 50  # in longer texts one more may differ for so many words
FEWEST_WORDS = 8  # shorter texts are stock sentences ("He did not elaborate.") and alike by chance
FIRST_CODE, CODES = 0x10000, 1 << 20  # code points that words are written as to be compared: all above the surrogates
CODE_BITS = np.uint64(21)
MOST_STEPS = 1 << 24  # words of one text times words of another, up to which they are compared by subsequence

Strings = NDArray[np.object_]


class Alike(NamedTuple):
    """Pairs of texts, two in each row, and what share of one the other one holds."""

    pairs: Numbers
    share: NDArray[np.float64]


class Bags:
    """Texts as bags of words, to be compared pair by pair.

    Each word is written as one character, and those of a text in order of their codes: then the longest common
    subsequence of two bags is what they have in common, and that is found 64 words at a time (Hyyrö 2004, "Bit-parallel
    LCS-length computation revisited").
    """

    def __init__(self, words: Rows) -> None:
        self.words = words
        self.lengths = words.lengths
        (self._all, _), *weighty = written(words)
        self._weighty = [(weight, *bags) for weight, bags in zip((FACT, DOUBTFUL), weighty, strict=True)]

    def common(self, both: Numbers) -> Numbers:
        """How many words the texts of each pair have in common."""
        return in_common(self._all, self.lengths, both)

    def similarity(self, both: Numbers) -> NDArray[np.float64]:
        """The share, from 0 to 1, of the longer text's words that the texts of each pair have in common."""
        found: NDArray[np.float64] = self.common(both) / np.maximum(self.lengths[both].max(1), 1)
        return found

    def weights(self, both: Numbers) -> Numbers:
        """What weighs that each text of a pair has and the other has not.

        A number or a name weighs 2, and a word of writing without capitals, where it may be a name, 1.
        """
        found = np.zeros(both.shape, np.int64)
        for weight, bags, counts in self._weighty:
            found += weight * (counts[both] - in_common(bags, counts, both)[:, None])
        return found


def written(words: Rows) -> Iterator[tuple[Strings, Numbers]]:
    """The words of each text as characters, in order of their codes, and how many they are.

    First all words, then those that are numbers and names, and then those of writing without capitals.
    """
    found: tuple[list[str], ...] = ([], [], [])
    for part in words.parts():
        codes = mixed(bare(part.values)) % np.uint64(CODES) + np.uint64(FIRST_CODE)
        packed = np.repeat(np.arange(len(part.lengths), dtype=np.uint64) << CODE_BITS, part.lengths) | codes
        weights = part.values & WEIGHT
        for bags, chosen in zip(found, (packed, packed[weights == FACT], packed[weights == DOUBTFUL]), strict=True):
            bags += in_order(chosen, len(part.lengths))
    for bags in found:
        yield np.array(bags, object), np.fromiter(map(len, bags), np.int64, len(bags))


def in_order(packed: Hashes, count: int) -> list[str]:
    """The characters of each of so many texts, in order; packed are numbers of texts above, and codes below."""
    packed = np.sort(packed)
    codes = packed & ((np.uint64(1) << CODE_BITS) - np.uint64(1))
    text = codes.astype("<u4").tobytes().decode("utf-32-le")
    ends = np.searchsorted(packed, np.arange(count + 1, dtype=np.uint64) << CODE_BITS).tolist()
    return [text[start:end] for start, end in pairwise(ends)]


def in_common(bags: Strings, counts: Numbers, both: Numbers) -> Numbers:
    """How many characters the bags of each pair have in common; `counts` tells how many each has.

    Takes the product of two lengths, 64 at a time; of very long bags, which are few, their sum.
    """
    found = np.zeros(len(both), np.int64)
    steps = counts[both].prod(1)
    some, long = np.flatnonzero((steps > 0) & (steps <= MOST_STEPS)), np.flatnonzero(steps > MOST_STEPS)
    if len(some):
        left, right = both[some].T
        found[some] = cpdist(bags[left], bags[right], scorer=LCSseq.similarity, dtype=np.int64)
    for pair in long.tolist():
        left, right = (Counter(bags[number]) for number in both[pair])
        found[pair] = (left & right).total()
    return found


def near(bags: Bags, both: Numbers) -> Alike:
    """Those of the pairs whose texts are near-identical, and the share of the longer one's words that are common.

    Near-identical are texts if that share is four fifths, and at most one number or name differs, or one more for
    every 50 words.
    """
    lengths = bags.lengths[both]
    shorter, longer = lengths.min(1), lengths.max(1)
    may_be = (shorter >= FEWEST_WORDS) & (shorter >= NEAR * longer)
    both, longer = both[may_be], longer[may_be]
    common = bags.common(both)
    alike = common >= NEAR * longer
    both, longer, common = both[alike], longer[alike], common[alike]
    few = bags.weights(both).min(1) <= allowed(longer)
    return Alike(both[few], (common / longer)[few])


def contained(bags: Bags, both: Numbers) -> Alike:
    """For each text the pair of it and the text that contains it, if there is one, and the share that stands there.

    A text is within another that is longer by a quarter or more, if four fifths of its words are common, and numbers or
    names in the rest of it stand in one place, or in one more for every 50 words.
    """
    lengths = bags.lengths[both]
    shorter, longer = lengths.min(1), lengths.max(1)
    may_be = (shorter >= FEWEST_WORDS) & (shorter < NEAR * longer)
    both, shorter = both[may_be], shorter[may_be]
    both = np.where((bags.lengths[both[:, 0]] < bags.lengths[both[:, 1]])[:, None], both, both[:, ::-1])
    common = bags.common(both)
    inside = common >= CONTAINED * shorter
    within = likeliest(both[inside], common[inside])
    told, lengths = standing(bags.words, within), bags.lengths[within[:, 0]]
    stands = (told.common >= CONTAINED * lengths) & (told.weight <= allowed(lengths))
    return Alike(within[stands], (told.common / lengths)[stands])


def likeliest(within: Numbers, common: Numbers) -> Numbers:
    """Of the pairs of an inner and an outer text, for each inner one the pair with most in common."""
    order = np.lexsort((within[:, 1], -common, within[:, 0]))
    return within[order[is_first(within[order, 0])]]


def allowed(lengths: Numbers) -> Numbers:
    """What may differ in texts of so many words."""
    return MOST_WEIGHT * (1 + lengths // WORDS_A_FACT)
