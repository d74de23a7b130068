"""How much of a text stands in another one, and in how many places it differs."""

from typing import NamedTuple

import numpy as np

from clean.dedupe.candidates import SHINGLE, shingles
from clean.dedupe.words import WEIGHT, Hashes, Numbers, Rows, Words, bare, mixed

PAIRS_AT_ONCE = 512  # more would not stay in the processor's cache


class Standing(NamedTuple):
    """For pairs of texts: how many words of the first stand in the second, and what weighs that differs."""

    common: Numbers
    weight: Numbers


def standing(words: Rows, both: Numbers) -> Standing:
    """Compare pairs of texts place by place, in time linear in their words but for a sort.

    Words stand in both texts if they are in runs of three that both have, wherever these are, or among what is left of
    both. So sentences may change places. What then is left of a text falls into places, each of which weighs as its
    heaviest word does; of the two texts, that counts which has less of it.
    """
    starts = range(0, len(both), PAIRS_AT_ONCE)
    parts = [compared(words.take(both[at : at + PAIRS_AT_ONCE].ravel())) for at in starts]
    common, weights = (np.concatenate([np.empty((0, 2), np.int64), *(part[i] for part in parts)]) for i in range(2))
    return Standing(common[:, 0], weights.min(1))


def compared(words: Rows) -> tuple[Numbers, Numbers]:
    """Common words, and weights of the others, of each of the texts, of which every two are a pair."""
    rows, count = shingles(words), len(words.lengths)
    owner = np.repeat(np.arange(count), rows.lengths)
    hits = in_both(rows.values, owner)
    at = hits + (words.ends[:-1] - rows.ends[:-1])[owner[hits]]
    is_common = np.zeros(len(words.values), bool)
    for place in range(SHINGLE):
        is_common[at + place] = True
    rest = np.flatnonzero(~is_common)
    owner = np.searchsorted(words.ends, rest, side="right") - 1
    is_common[rest[in_both(bare(words.values[rest]), owner)]] = True
    other = rest[~is_common[rest]]
    owner = np.searchsorted(words.ends, other, side="right") - 1
    common = words.lengths - np.bincount(owner, minlength=count)
    weights = weights_of(words.values[other] & WEIGHT, other, owner, count)
    return common.reshape(-1, 2), weights.reshape(-1, 2)


def weights_of(weights: Words, places: Numbers, owner: Numbers, count: int) -> Numbers:
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
