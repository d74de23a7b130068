"""How alike two texts are: which words stand in runs that both have, and what weighs that differs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.candidates import SHINGLE
from clean.dedupe.words import WEIGHT, Hashes, Numbers, Rows, bare, mixed

PAIRS_AT_ONCE = 512  # more would not stay in the processor's cache
NEAR = 0.8  # share of the longer text's words that near-identical texts have in common
MOST_WEIGHT = 2  # of what differs in near-identical texts: one number or name, or two words of writing without capitals
WORDS_A_FACT = 50  # in longer texts one more may differ for so many words
FEWEST_WORDS = 8  # shorter texts are stock sentences ("He did not elaborate.") and alike by chance
CONTAINED = 0.8  # share of the shorter text's words that a text which contains it has in common with it


class Alike(NamedTuple):
    """For each pair of texts, left and right: how many words they have in common, and what their other words weigh."""

    common: Numbers
    weights: Numbers


def compare(words: Rows, shingles: Rows, left: Numbers, right: Numbers) -> Alike:
    """Compare texts pair by pair, in time linear in their words.

    Two texts have in common the words that stand in runs of three words which both have, wherever these stand; and
    of the others, those that are among the others of both. So sentences may change places. What is left of a text
    falls into places; each weighs as its heaviest word does.
    """
    parts = [
        compared(words, shingles, np.stack([left[at : at + PAIRS_AT_ONCE], right[at : at + PAIRS_AT_ONCE]], 1).ravel())
        for at in range(0, len(left), PAIRS_AT_ONCE)
    ]
    none = np.empty((0, 2), np.int64)
    return Alike(*(np.concatenate([none, *column]) for column in ([part[i] for part in parts] for i in range(2))))


def compared(words: Rows, shingles: Rows, texts: Numbers) -> tuple[Numbers, Numbers]:
    """Common words, and weights of the others, of each of the texts, of which every two are a pair."""
    words, shingles = words.take(texts), shingles.take(texts)
    owner = np.repeat(np.arange(len(texts)), shingles.lengths)
    hits = in_both(shingles.values, owner)
    at = hits + (words.ends[:-1] - shingles.ends[:-1])[owner[hits]]
    is_common = np.zeros(len(words.values), bool)
    for place in range(SHINGLE):
        is_common[at + place] = True
    rest = np.flatnonzero(~is_common)
    owner = np.searchsorted(words.ends, rest, side="right") - 1
    is_common[rest[in_both(bare(words.values[rest]), owner)]] = True
    other = rest[~is_common[rest]]
    owner = np.searchsorted(words.ends, other, side="right") - 1
    common = words.lengths - np.bincount(owner, minlength=len(texts))
    weights = weights_of(words.values[other] & WEIGHT, other, owner, len(texts))
    return common.reshape(-1, 2), weights.reshape(-1, 2)


def weights_of(weights: Hashes, places: Numbers, owner: Numbers, count: int) -> Numbers:
    """What the words at some places weigh for each text, where neighbours weigh as one."""
    starts = np.flatnonzero(np.diff(places, prepend=-2) != 1) if len(places) else places
    starts = np.union1d(starts, np.flatnonzero(np.diff(owner, prepend=-1)))
    if not len(starts):
        return np.zeros(count, np.int64)
    heaviest = np.maximum.reduceat(weights.astype(np.int64), starts)
    return np.bincount(owner[starts], heaviest, minlength=count).astype(np.int64)


def in_both(values: Hashes, owner: Numbers) -> Numbers:
    """The places of values that stand in both texts of a pair: texts 2n and 2n + 1.

    One sort, of numbers that hold pair and hash above, and side and place below.
    """
    if not len(values):
        return np.empty(0, np.int64)
    bits = np.uint64(len(values).bit_length())
    side = (owner & 1).astype(np.uint64) << bits
    hashed = mixed(values + (owner >> 1).astype(np.uint64)) >> (bits + np.uint64(1)) << (bits + np.uint64(1))
    packed = np.sort(hashed | side | np.arange(len(values), dtype=np.uint64))
    met = np.flatnonzero((packed[1:] ^ packed[:-1]) >> bits == 1)
    places = packed & ((np.uint64(1) << bits) - np.uint64(1))
    return np.concatenate([places[met], places[met + 1]]).astype(np.int64)


class Verdicts(NamedTuple):
    """For each pair: the share of the longer text's words that are common; whether near-identical; which is within."""

    similarity: NDArray[np.float64]
    is_near: NDArray[np.bool_]
    left_within: NDArray[np.bool_]
    right_within: NDArray[np.bool_]


def judge(lengths: Numbers, alike: Alike) -> Verdicts:
    """Judge pairs; `lengths` has the words of left and right in each row.

    Texts are near-identical if at least four fifths of the longer one's words are common, and where the others stand,
    numbers or names differ in one place only, or in one more for every 50 words. A text is within another that is
    longer by a quarter or more, if four fifths of its words are common and the others weigh as little.
    """
    longer = np.maximum(lengths.max(1), 1)
    similarity = alike.common.min(1) / longer
    allowed = MOST_WEIGHT * (1 + lengths // WORDS_A_FACT)
    is_near = (similarity >= NEAR) & (alike.weights.min(1) <= allowed.max(1)) & (lengths.min(1) >= FEWEST_WORDS)
    within = (alike.common >= CONTAINED * lengths) & (alike.weights.min(1)[:, None] <= allowed)
    within &= (lengths < NEAR * longer[:, None]) & (lengths >= FEWEST_WORDS)
    return Verdicts(similarity, is_near, within[:, 0], within[:, 1])
