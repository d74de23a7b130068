"""Fingerprints: 64 bits that hardly change when a text hardly changes."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import md5
from itertools import chain
from typing import Any

WORD = re.compile(r"\w+")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
PUNCTUATION = "".join(
    filter(lambda character: not character.isalnum(), map(chr, [*range(0x100), *range(0x2000, 0x2070)]))
)
BATCH_CHARACTERS = 100_000  # that are counted in one go: more would not stay in the processor's cache
MOST_IN_LANE = 255  # words that a counter of one byte can count
MOST_REMEMBERED = 1 << 15  # words whose hash is kept; more are no faster, and each worker holds them


class Hashes(dict[str, bytes]):
    """The last 64 bits of a word's MD5, remembered, since few words make most of a text."""

    def __missing__(self, word: str) -> bytes:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        value = self[word] = md5(word.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()[-8:]
        return value


HASHES = Hashes()


def fingerprints(groups: Sequence[Sequence[str]]) -> list[tuple[list[str], str]]:
    """For each group of texts the fingerprint of each, and of all of them taken as one; 16 hexadecimal digits each.

    Simhash (Charikar 2002, doi:10.1145/509907.509965; Manku et al. 2007, doi:10.1145/1242572.1242592) of 64 bits over
    lower-case words without the punctuation around them, each as often as it occurs, with MD5 for a hash: bit for bit
    what `simhash.Simhash(features(text))` gives, at a fraction of its time, since many texts are counted in one go. A
    text without a word has 0.
    """
    found: list[tuple[list[str], str]] = []
    batch: list[Sequence[str]] = []
    size = 0
    for group in groups:
        batch.append(group)
        size += sum(map(len, group))
        if size >= BATCH_CHARACTERS:
            found += counted_together(batch)
            batch, size = [], 0
    return found + counted_together(batch)


def counted_together(groups: Sequence[Sequence[str]]) -> list[tuple[list[str], str]]:
    """The fingerprints of some groups, counted in one go."""
    import numpy as np

    rows = [features(text) for group in groups for text in group]
    hashes = b"".join(map(HASHES.__getitem__, chain.from_iterable(rows)))
    lanes = lane_table()[np.frombuffer(hashes, dtype=np.uint8)]
    ends = np.cumsum([0, *map(len, rows)])
    running = np.zeros((ends[-1] + 1, 8), dtype=np.uint64)
    np.cumsum(lanes.reshape(-1, 8), axis=0, out=running[1:])  # may wrap round: differences still hold
    cuts = np.unique(np.concatenate([ends, np.arange(0, ends[-1], MOST_IN_LANE)]))
    counted = np.diff(running[cuts], axis=0).view(np.uint8).reshape(-1, 64).astype(np.int64)
    totals = np.zeros((len(cuts), 64), dtype=np.int64)
    np.cumsum(counted, axis=0, out=totals[1:])
    at = totals[np.searchsorted(cuts, ends)]
    bounds = np.cumsum([0, *map(len, groups)])
    each = digits(np.diff(at, axis=0), np.diff(ends))
    whole = digits(np.diff(at[bounds], axis=0), np.diff(ends[bounds]))
    return [(each[first:last], one) for first, last, one in zip(bounds, bounds[1:], whole, strict=False)]


def digits(sums: Any, counts: Any) -> list[str]:
    """Hexadecimal fingerprints from how often each bit was set in so many words."""
    import numpy as np

    packed = np.packbits(2 * sums > counts[:, None], axis=1).tobytes().hex()
    return [packed[place : place + 16] for place in range(0, len(packed), 16)]


@cache
def lane_table() -> Any:
    """For each byte, eight bytes in one word, each 1 where the byte has a bit: eight counters that add at once."""
    import numpy as np

    return np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).view(np.uint64).ravel()


def features(text: str) -> list[str]:
    """The words of a text in lower case; of writing without spaces, pairs of characters.

    >>> features("Pears: a FROST"), features("梨に霜が降る")
    (['pears', 'a', 'frost'], ['梨に', 'に霜', '霜が', 'が降', '降る'])
    """
    words = [bare for word in text.lower().split() if (bare := word.strip(PUNCTUATION))]
    if text.isascii() or not UNSPACED.search(text):
        return words
    return [feature for word in words for run in WORD.findall(word) for feature in pairs(run)]


def pairs(word: str) -> Iterator[str]:
    """A word, or the pairs of characters of a run of writing without spaces."""
    if len(word) < 2 or not UNSPACED.search(word):
        yield word
        return
    for place in range(len(word) - 1):
        yield word[place : place + 2]
