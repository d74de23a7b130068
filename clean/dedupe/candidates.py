"""Which texts may be alike: keys that texts which share a run of words have in common, and pairs under one key."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.dedupe.words import WORDS_AT_ONCE, Hashes, Numbers, Rows, bare, mixed, some_at_once

SHINGLE = 3  # words
# Shingles up to which a text is looked at in windows of so many shingles: the longer, the wider, so that no text has
# many keys. A text shares a key with any other that has a run of as many shingles in common with it.
WINDOWS = ((16, 1), (32, 4), (128, 8), (512, 16), (1 << 62, 32))
LEAST_SHARED = 0.25  # of the keys that two texts would share; pairs that share fewer are not compared
LEADERS = 16  # the best-ranked texts under a key, with which its others are compared: a stock phrase makes no square


class Keys(NamedTuple):
    """Keys, and the number of the text that each belongs to."""

    values: Hashes
    texts: Numbers


def shingles(words: Rows) -> Rows:
    """A hash for each run of three words of each row."""
    lengths = np.maximum(words.lengths - (SHINGLE - 1), 0)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    first = np.arange(ends[-1]) + np.repeat(words.ends[:-1] - ends[:-1], lengths)
    values = bare(words.values)
    together = values[first] + np.uint64(3) * values[first + 1] + np.uint64(5) * values[first + 2]
    return Rows(mixed(together), ends)


def keys(words: Rows) -> Keys:
    """The smallest shingle of each window of each row of words.

    Winnowing (Schleimer, Wilkerson & Aiken 2003, doi:10.1145/872757.872770): wider windows choose among what narrower
    ones chose, so that a short text shares keys with a long one that contains it.
    """
    values, texts, count = [np.empty(0, np.uint64)], [np.empty(0, np.int64)], 0
    for part in words.parts():
        found = smallest(shingles(part))
        values.append(found.values)
        texts.append(found.texts + count)
        count += len(part.lengths)
    return Keys(np.concatenate(values), np.concatenate(texts))


def smallest(rows: Rows) -> Keys:
    """The smallest value of each window of each row."""
    lengths = rows.lengths
    texts = np.repeat(np.arange(len(lengths)), lengths)
    left = np.repeat(rows.ends[1:], lengths) - np.arange(len(texts))  # shingles from here to the row's end
    widths = windows(lengths)
    wanted = np.repeat(widths, lengths)
    least = rows.values.copy()
    values, owners = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    size = 1
    for window in np.unique(widths).tolist():
        while size < window:
            np.minimum(least[:-size], least[size:], out=least[:-size])
            size *= 2
        here = np.flatnonzero((wanted == window) & (left >= window))
        found, of = least[here], texts[here]
        new = is_first(found) | is_first(of)
        values.append(found[new])
        owners.append(of[new])
    return Keys(np.concatenate(values), np.concatenate(owners))


def pairs(found: Keys, lengths: Numbers) -> Numbers:
    """The texts that share enough keys, two in each row; texts are numbered by rank, and have so many words.

    Under one key a text meets the best-ranked only, so that a key of m texts makes at most 16 m pairs, and no m * m.
    Time is that of sorting the keys.
    """
    both = meetings(found, len(lengths))
    both.sort()
    first = np.flatnonzero(is_first(both))
    shared, both = np.diff(np.append(first, len(both))), both[first]
    kept = [np.empty((0, 2), np.int64)]
    for start in range(0, len(both), WORDS_AT_ONCE):
        some = slice(start, start + WORDS_AT_ONCE)
        left, right = both[some] >> 32, both[some] & 0xFFFFFFFF
        enough = share_enough(shared[some], lengths[left], lengths[right])
        kept.append(np.stack([left[enough], right[enough]], 1))
    return np.concatenate(kept)


def meetings(found: Keys, count: int) -> Numbers:
    """The pairs of so many texts that meet under a key, one for each key: a text above, a better-ranked one below."""
    bits = np.uint64(max(1, count.bit_length()))
    packed = found.values << bits | found.texts.astype(np.uint64)
    packed.sort()
    return met(packed[is_first(packed)], bits)


def met(packed: Hashes, bits: np.uint64) -> Numbers:
    """The pairs of texts that meet under a key, one for each key: a text above, and a better-ranked one below.

    Packed are keys above, and in so many bits below the numbers of the texts; sorted.
    """
    texts, places = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64), np.arange(len(packed))
    leader = np.maximum.accumulate(np.where(is_first(packed >> bits), places, 0))
    before = np.minimum(places - leader, LEADERS)
    ends = np.concatenate([[0], np.cumsum(before)])
    found = np.empty(ends[-1], np.int64)
    for start, stop in some_at_once(ends):
        counts = before[start:stop]
        other = np.arange(ends[start], ends[stop]) + np.repeat(leader[start:stop] - ends[start:stop], counts)
        found[ends[start] : ends[stop]] = np.repeat(texts[start:stop], counts) << 32 | texts[other]
    return found


def share_enough(shared: Numbers, one: Numbers, other: Numbers) -> NDArray[np.bool_]:
    """Whether texts of so many words share a quarter of the keys that they would if one stood in the other."""
    shorter, longer = (np.maximum(of(one, other) - SHINGLE + 1, 0) for of in (np.minimum, np.maximum))
    expected: NDArray[np.float64] = shorter * shares_of_keys().take(longer, mode="clip")
    return shared >= LEAST_SHARED * expected


@cache
def shares_of_keys() -> NDArray[np.float64]:
    """By the number of shingles of a text, and more of them as in the last: how many of these are keys."""
    widths = windows(np.arange(WINDOWS[-2][0] + 2))
    return np.where(widths == 1, 1, 2 / (widths + 1))  # winnowing keeps 2 of w + 1 shingles


def distinct(records: NDArray[Any]) -> NDArray[Any]:
    """Records of a `key` and a `row` in order, each once; several times as fast as a sort of whole records."""
    records = records[np.lexsort((records["row"], records["key"]))]
    return records[is_first(records["key"]) | is_first(records["row"])]


def is_first(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a value is not the one before it."""
    first = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first


def windows(lengths: Numbers) -> Numbers:
    """The width of the windows in which texts of so many shingles are looked at."""
    return np.array([width for _, width in WINDOWS])[np.searchsorted([most for most, _ in WINDOWS], lengths)]
