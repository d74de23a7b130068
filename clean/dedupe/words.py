"""Texts to rows of word hashes: what is left when case, accents, spacing, punctuation and mojibake are put aside."""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from html import unescape
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from ftfy import fix_encoding
from numpy.typing import NDArray

from clean.dedupe.fingerprints import UNSPACED
from clean.repair import gate

Hashes = NDArray[np.uint64]
Words = NDArray[np.uint32]
Numbers = NDArray[np.int64]

END = "\0"  # behind each text of a batch
BATCH_CHARACTERS = 1 << 18  # that are looked at in one go: more would not stay in the processor's cache
WORDS_AT_ONCE = 1 << 16  # for the same reason
BETWEEN, ENDS, NOTHING = 0, 1, 2  # in the table of letters: parts words, parts texts, is as if it were not there
# What it weighs if a word stands for another, in the two lowest bits of its hash: a number or name says something else,
# and in writing without capitals any word may be a name.
PLAIN, DOUBTFUL, FACT = 0, 1, 2
WEIGHT = np.uint32(3)
HASH_BITS = 32  # of a word
LETTER_BITS = 24  # of an entry of the table; the weight stands above
APOSTROPHES = frozenset("'’‘ʼ`´′ـ")  # and the stroke that only widens Arabic words
LOST = (ord("?"), 0xFFFD)  # between two letters these stand for an apostrophe that was lost
LAST_ASCII, FIRST_LEAD = 0x7F, 0xC0  # in UTF-8 a letter that is not ASCII begins with a byte from the latter on
READ_AS = (
    "latin-1",
    "sloppy-windows-1252",
)  # what garbled UTF-8 was most often read as, in the order in which ftfy tries
HYPHEN, LAST_SPACE = ord("-"), ord(" ")
LONGEST_BREAK = 2  # characters of white space behind the hyphen of a word that a line break had parted
POINTS = 1 << 16  # code points in the table; of those above, ideographs are letters
FIRST_IDEOGRAPH = 0x20000
BASE = 0x9E3779B97F4A7C15  # of the polynomial; odd, so that it has an inverse modulo 2**64


class Rows(NamedTuple):
    """Rows of words or of other hashes, one after the other: row `i` is `values[ends[i]:ends[i + 1]]`."""

    values: NDArray[Any]
    ends: Numbers

    @property
    def lengths(self) -> Numbers:
        """How many values each row has."""
        return np.diff(self.ends)

    def take(self, rows: Numbers) -> "Rows":
        """Some of the rows, in the order given."""
        lengths = self.lengths[rows]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        values, shift = np.empty(ends[-1], self.values.dtype), self.ends[rows] - ends[:-1]
        for start, stop in some_at_once(ends):
            at = np.arange(ends[start], ends[stop]) + np.repeat(shift[start:stop], lengths[start:stop])
            values[ends[start] : ends[stop]] = self.values[at]
        return Rows(values, ends)

    def parts(self) -> Iterator["Rows"]:
        """The rows, some at a time, so that what is made of them stays in the processor's cache."""
        for start, stop in some_at_once(self.ends):
            yield Rows(self.values[self.ends[start] : self.ends[stop]], self.ends[start : stop + 1] - self.ends[start])

    def followed_by(self, others: "Rows") -> "Rows":
        """These rows, and behind them others."""
        if not len(others.lengths):
            return self
        return Rows(
            np.concatenate([self.values, others.values]),
            np.concatenate([self.ends, others.ends[1:] + len(self.values)]),
        )


def some_at_once(ends: Numbers) -> Iterator[tuple[int, int]]:
    """The first and the last row, exclusive, of pieces of some words each; `ends` are those of all rows."""
    cuts = np.searchsorted(ends, np.arange(0, max(1, ends[-1]), WORDS_AT_ONCE))
    yield from pairwise(np.unique(np.append(cuts, len(ends) - 1)).tolist())


def words_of(texts: Iterable[str]) -> Rows:
    """A hash for each word of each text; in writing without spaces, for each character.

    Hashed are letters and digits, lower case, without accents, by polynomials over prefix sums (Karp & Rabin 1987,
    doi:10.1147/rd.312.0249), so that time is linear in characters and no word is ever a Python object. The two lowest
    bits are no part of the hash: they tell what the word weighs, and `bare` masks them.
    """
    rows = [hashed(joined(batch)) for batch in batches(texts)]
    lengths = np.concatenate([np.zeros(1, np.int64), *(row.lengths for row in rows)])
    return Rows(np.concatenate([np.empty(0, np.uint32), *(row.values for row in rows)]), np.cumsum(lengths))


def batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts, some at a time."""
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def joined(texts: list[str]) -> str:
    """A batch as one text: entities resolved, mojibake mended."""
    texts = [unescape(text) if "&" in text else text for text in texts]
    batch = END.join([*texts, ""])
    if batch.count(END) != len(texts):
        texts = [text.replace(END, " ") for text in texts]
        batch = END.join([*texts, ""])
    if not batch.isascii():
        garbled = {number: mended(texts[number]) for number in suspects(batch) if is_garbled(texts[number])}
        if garbled:
            batch = END.join([*(garbled.get(number, text) for number, text in enumerate(texts)), ""])
    return batch.replace("ß", "ss")


def suspects(batch: str) -> list[int]:
    """The texts of a batch that may be garbled: mojibake makes two letters or more out of each that is not ASCII."""
    data = np.frombuffer(batch.encode("utf-8", "surrogatepass"), np.uint8)
    follows = data >= FIRST_LEAD  # a letter that is not ASCII, and another such letter
    follows[1:] &= data[:-1] > LAST_ASCII
    starts = np.append(0, np.flatnonzero(data == 0)[:-1] + 1)
    found: list[int] = np.flatnonzero(np.logical_or.reduceat(follows, starts)).tolist()
    return found


def is_garbled(text: str) -> bool:
    """Whether ftfy might mend the encoding of the text."""
    try:
        return gate().search(text) is not None
    except UnicodeEncodeError:  # a lone surrogate
        return True


def mended(text: str) -> str:
    """A garbled text as it was; the commonest ways to garble a text are undone here, and others by ftfy."""
    for encoding in READ_AS:
        try:
            found = text.encode(encoding).decode()
        except UnicodeError:
            continue
        if found != text:
            return mended(found) if is_garbled(found) else found
    return fix_encoding(text)


def hashed(batch: str) -> Rows:
    """The word hashes of a batch."""
    letters, weights = letters_of(batch)
    is_letter = letters > NOTHING
    is_edge = np.empty(len(letters), bool)  # whether a word, or what lies between words, begins here
    is_edge[:1] = True
    np.not_equal(is_letter[1:], is_letter[:-1], out=is_edge[1:])
    alone = is_unspaced(letters)
    is_edge[1:] |= alone[1:] | alone[:-1]
    edges = np.flatnonzero(is_edge)
    words = np.flatnonzero(is_letter[edges])
    start, stop = edges[words], edges[words + 1]  # there is always a next edge, since a batch ends with an end mark
    powers, inverses = short_powers_of(1 << len(letters).bit_length())
    sums = np.zeros(len(letters) + 1, np.uint32)
    np.cumsum(letters * powers[: len(letters)], out=sums[1:])
    values = mixed(((sums[stop] - sums[start]) * inverses[start]).astype(np.uint64)) >> np.uint64(HASH_BITS)
    values = values.astype(np.uint32) & ~WEIGHT | heaviest(weights, is_edge, start)
    return Rows(values, np.concatenate([[0], np.searchsorted(start, np.flatnonzero(letters == ENDS))]))


def heaviest(weights: NDArray[np.uint8], is_edge: NDArray[np.bool_], start: Numbers) -> NDArray[np.uint8]:
    """The weight of the heaviest letter of each word: the first one, but for words such as `iPhone`."""
    found = weights[start]
    rises = np.flatnonzero((weights[1:] > weights[:-1]) & ~is_edge[1:]) + 1
    np.maximum.at(found, np.searchsorted(start, rises) - 1, weights[rises])
    return found


def bare(words: Words) -> Hashes:
    """Word hashes without what the words weigh."""
    return (words & ~WEIGHT).astype(np.uint64)


def letters_of(batch: str) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """The characters of a batch, letters and digits folded, and marks of what lies between; and what each weighs."""
    points = np.frombuffer(batch.encode("utf-32-le", "surrogatepass"), np.uint32)
    entries = table().take(points, mode="clip")
    for lost in LOST:
        places = np.flatnonzero(points[1:-1] == lost) + 1
        entries[places[(entries[places - 1] > NOTHING) & (entries[places + 1] > NOTHING)]] = NOTHING
    places = np.flatnonzero(points == HYPHEN)
    for space in range(1, LONGEST_BREAK + 1):
        places = places[places < len(points) - space - 1]
        after = points[places + space]
        places = places[(after <= LAST_SPACE) & (after != 0)]
        broken = places[(entries[places - 1] > NOTHING) & (entries[places + space + 1] > NOTHING)]
        for place in range(space + 1):
            entries[broken + place] = NOTHING
    if not batch.isascii():
        far = np.flatnonzero(points >= POINTS)
        entries[far] = np.where(points[far] >= FIRST_IDEOGRAPH, points[far], BETWEEN)
    entries = entries[entries != NOTHING]
    return entries & np.uint32((1 << LETTER_BITS) - 1), (entries >> np.uint32(LETTER_BITS)).astype(np.uint8)


def is_unspaced(letters: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Where a letter is a word by itself, since its writing has no spaces."""
    found = np.zeros(len(letters), bool)
    high = np.flatnonzero(letters >= 0xE00)  # nothing below is
    found[high] = (letters[high] >= FIRST_IDEOGRAPH) | unspaced_points()[np.minimum(letters[high], POINTS - 1)]
    return found


@cache
def unspaced_points() -> NDArray[np.bool_]:
    """For each code point of the table, whether it belongs to writing without spaces."""
    return np.array([UNSPACED.match(chr(point)) is not None for point in range(POINTS)])


@cache
def table() -> NDArray[np.uint32]:
    """For each code point what it is compared as, and above that what it weighs, if it is a letter."""
    letters = [(one, folded(one)) for one in map(chr, range(POINTS))]
    return np.array(
        [letter | weight(one) << LETTER_BITS if letter > NOTHING else letter for one, letter in letters], np.uint32
    )


def weight(character: str) -> int:
    """What a word with this character weighs, if it stands for another."""
    if character.isdigit() or character.isupper():
        return FACT
    return DOUBTFUL if character.isalpha() and not character.islower() else PLAIN


def folded(character: str) -> int:
    """What a character is compared as: a letter in lower case without its accent, or a mark."""
    if character == END:
        return ENDS
    category = unicodedata.category(character)
    if character in APOSTROPHES or category == "Cf" or (category == "Mn" and is_accent(character)):
        return NOTHING
    if not character.isalnum() and category[0] != "M":
        return BETWEEN
    bare = [one for one in unicodedata.normalize("NFKD", character.casefold()) if not is_accent(one)]
    return ord(bare[0] if len(bare) == 1 else character)


def is_accent(character: str) -> bool:
    """Whether a mark only adorns a letter, as an accent does and the vowel of an Indian script does not."""
    return unicodedata.combining(character) != 0 or "\ufe00" <= character <= "\ufe0f"


@cache
def powers_of(count: int) -> tuple[Hashes, Hashes]:
    """The first powers of the base, and their inverses, modulo 2**64."""
    ones = np.ones(count, np.uint64)
    found = []
    for base in (BASE, pow(BASE, -1, 1 << 64)):
        ones[1:] = base
        found.append(np.cumprod(ones, dtype=np.uint64))
    return found[0], found[1]


@cache
def short_powers_of(count: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The same modulo 2**32, which is enough for a word."""
    powers, inverses = powers_of(count)
    return powers.astype(np.uint32), inverses.astype(np.uint32)


def mixed(values: Hashes) -> Hashes:
    """Hashes whose bits all depend on all bits of the values.

    The last step of splitmix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195).
    """
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
