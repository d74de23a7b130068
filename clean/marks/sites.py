"""What a site prints on many of its pages: blocks that too many different documents share to be any one's story."""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import NamedTuple

from clean.marks.shapes import UNSPACED, could_be_title, is_closed
from clean.model import Block, Mark
from clean.rulebook import fold

LEAST_DOCUMENTS = 5  # different ones; in fewer, a subhead or a stock sentence comes again by chance
SOME = 0.2  # share of a site's documents from which a short line at the edge of the page's furniture is the site's
MOST = 2 / 3  # share from which it is so in the midst of a story ("What we know" stands in many), and for prose
STORY = 3  # long paragraphs in a row that repeat are a story that stands in many files, as agencies' stories do
ABOVE_STORY = 4  # blocks above such a story that may be its headline, byline, clock and dateline
UNIT = 16  # bytes of UTF-8 that weigh one; bytes, since of writing without spaces fewer characters say as much
LEAST_SENTENCE = 48  # bytes; shorter ones are stock sentences, and no sign of a story
LEAST_PROSE = 160  # bytes from which a block is prose even if it closes no sentence
LONG = 6  # units from which prose counts as a paragraph of a story
HEAVIEST = 255  # units; all that the last byte of a key can tell
MOST_COUNTED = 4  # words; in a line of no more, one number is as good as another: "3 comments", and not "Pier: 3 dead"
NUMBER = re.compile(r"\d+")
LEAST_HEADLINE = 4  # words, or pairs of characters where writing has no spaces; bylines and dates have fewer
WORD = re.compile(r"\b[^\W\d_]+")
LETTER = re.compile(r"[^\W\d_]")


class Repeats(NamedTuple):
    """Which blocks of a site stand in several of its documents: how many are different, and by key in how many."""

    documents: int
    counts: Mapping[int, int]

    def share(self, key: int) -> float:
        """The share of the site's documents that hold a block, from 0 to 1; 0 if they are few."""
        return self.counts.get(key, 0) / self.documents if self.documents else 0.0


def key_of(text: str) -> int:
    """64 bits for a block: 56 of a hash of the folded text, and eight that tell how much prose it is.

    Case, spacing and outer punctuation do not matter, nor which number stands in a line of a few words. 0 for a block
    without a letter, such as a figure in a table. The hash is BLAKE2 (RFC 7693), which is the same in every process.

    >>> key_of("3 comments") == key_of("12  Comments:")
    True
    >>> key_of("Pier fire: 3 people dead") == key_of("Pier fire: 4 people dead")
    False
    """
    folded = fold(text)
    if LETTER.search(folded) is None:
        return 0
    if folded.count(" ") < MOST_COUNTED and len(folded) < LEAST_SENTENCE:
        folded = NUMBER.sub("0", folded)
    encoded = folded.encode("utf-8", "surrogatepass")
    size = len(encoded)
    prose = size >= LEAST_PROSE or (size >= LEAST_SENTENCE and is_closed(text))
    return int.from_bytes(blake2b(encoded, digest_size=7).digest()) << 8 | (min(size // UNIT, HEAVIEST) if prose else 0)


def prose_of(key: int) -> int:
    """How much prose a block is, in units of 16 bytes; 0 for headlines, buttons, stock phrases."""
    return key & HEAVIEST


def find(blocks: Sequence[Block], repeats: Repeats) -> Iterator[Mark]:
    """Mark what repeats on the site, except for stories that repeat as a whole, and the only headline.

    >>> often = Repeats(10, {key_of("Join the lamp lighters"): 9})
    >>> texts = ("Frost in May", "Join the lamp lighters")
    >>> [mark.block for mark in find([Block(0, 0, text, 1) for text in texts], often)]
    [1]
    """
    keys = [key_of(block.text) for block in blocks]
    shares = [share if (share := repeats.share(key)) >= SOME else 0.0 for key in keys]
    if not any(shares):
        return
    stays = {*stories(keys, shares), *headline(blocks, keys, shares)}
    for number, block in enumerate(blocks):
        if number not in stays and shares[number] >= wanted(number, keys, shares):
            why = f"It stands in {repeats.counts[keys[number]]} of {repeats.documents} different documents of the site."
            yield Mark(number, 0, len(block.text), "repeat.site", "repeats.site", why, "high")


def wanted(number: int, keys: Sequence[int], shares: Sequence[float]) -> float:
    """The share of documents that must hold a block: more for prose, and for a line amid the document's own text."""
    inside = 0 < number < len(keys) - 1 and not shares[number - 1] and not shares[number + 1]
    return MOST if inside or prose_of(keys[number]) else SOME


def stories(keys: Sequence[int], shares: Sequence[float]) -> Iterator[int]:
    """The blocks of stories that repeat as a whole, and those above that may open them."""
    long = [number for number, key in enumerate(keys) if prose_of(key) >= LONG]
    for repeated, run in groupby(long, key=lambda number: shares[number] > 0):
        numbers = list(run)
        if repeated and len(numbers) >= STORY:
            yield from range(max(0, numbers[0] - ABOVE_STORY), numbers[-1] + 1)


def headline(blocks: Sequence[Block], keys: Sequence[int], shares: Sequence[float]) -> Iterator[int]:
    """The longest of the lines above the text that could be the headline, if none of them is the document's own."""
    own_prose = (number for number, key in enumerate(keys) if prose_of(key) and not shares[number])
    above = range(next(own_prose, 0))
    lines = [number for number in above if could_be_title(blocks[number].text)]
    if lines and all(shares[number] or is_small(blocks[number].text) for number in lines):
        yield max(lines, key=lambda number: (shares[number] > 0, len(blocks[number].text), number))


def is_small(text: str) -> bool:
    """Whether a line is more likely a byline or a date than a headline.

    >>> is_small("12 May 2024"), is_small("Frost takes the early pears"), is_small("青森の古い灯台が再び点灯")
    (True, False, False)
    """
    return len(WORD.findall(text)) < LEAST_HEADLINE and len(UNSPACED.findall(text)) < 2 * LEAST_HEADLINE
