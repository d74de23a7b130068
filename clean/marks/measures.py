"""What each block is made of, counted: characters by kind, words, and how its words return in the document."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.model import Block

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Values = NDArray[Any]

CODES = 0x11000  # code points told apart; all beyond are signs, and nearly all of them pictures
KINDS = ("capital", "small", "letter", "wide", "figure", "space", "stop", "query", "comma", "quote", "bracket", "sign")
KIND = {name: number for number, name in enumerate(KINDS)}
KIND_OF_CATEGORY = {
    **dict.fromkeys(("Lu", "Lt"), "capital"),
    "Ll": "small",
    **dict.fromkeys(("Lo", "Lm", "Mn", "Mc"), "letter"),
    "Nd": "figure",
    **dict.fromkeys(("Zs", "Zl", "Zp", "Cc"), "space"),
    **dict.fromkeys(("Ps", "Pe"), "bracket"),
    **dict.fromkeys(("Pi", "Pf"), "quote"),
}
KIND_OF_CHARACTER = {
    **dict.fromkeys(".。．！!…।۔", "stop"),
    **dict.fromkeys("？?؟", "query"),
    **dict.fromkeys(",、，،;；:：", "comma"),
    **dict.fromkeys("\"'“”„«»「」『』‘’", "quote"),
}
WIDE = ((0x3040, 0x3100), (0x3400, 0xA000), (0xAC00, 0xD7B0))  # writing in which a character is half a word
WIDE_WEIGHT = 2.5  # letters that such a character stands for: as much is said in so much less
LONG_WORD = 7  # letters
PROSE = 100  # weight from which a block that closes its sentence is prose
LINE = 80  # weight from which a block is more than a menu entry or headline, most likely
OFTEN = 3  # times that a word stands in the prose of a document before it is one of its own
MOST_RETURNS = 5
MULTIPLIERS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 1099511628211)  # of Steele et al. 2014 (splitmix64), and FNV


class Measures(NamedTuple):
    """Counts for all blocks of a batch of documents, in order; one entry a block but where it says otherwise.

    `edges`: where each document's blocks begin, and where the last one's end. `weight`: characters, those of wide
    writing counted by what they say. `counts`: [block, kind] characters of each kind.
    """

    edges: Numbers
    document: Numbers
    weight: Floats
    counts: Floats
    length: Floats
    words: Floats
    capitalised: Floats
    long_words: Floats
    last: Numbers
    closed: NDArray[np.bool_]
    prose: NDArray[np.bool_]
    known: Floats
    common: Floats
    returns: Floats
    copies: Floats


@lru_cache(1)
def tables() -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """The kind of every character, and its lower case, by code point."""
    kinds = np.full(CODES, KIND["sign"], np.uint8)
    lower = np.arange(CODES, dtype=np.uint64)
    for code in range(CODES):
        character = chr(code)
        kinds[code] = KIND[KIND_OF_CATEGORY.get(unicodedata.category(character), "sign")]
        if len(character.lower()) == 1:
            lower[code] = ord(character.lower())
    for first, end in WIDE:
        kinds[first:end] = KIND["wide"]
    for character, kind in KIND_OF_CHARACTER.items():
        kinds[ord(character)] = KIND[kind]
    return kinds, lower


def measure(documents: Sequence[Sequence[Block]]) -> Measures:
    """Count what the blocks of several documents are made of. There must be at least one block."""
    texts = [block.text for blocks in documents for block in blocks]
    edges = np.cumsum([0, *map(len, documents)])
    document = np.repeat(np.arange(len(documents)), np.diff(edges))
    kinds, lower = tables()
    codes = np.minimum(
        np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), np.uint32), CODES - 1
    )
    kind = kinds[codes]
    length = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = np.cumsum(length + 1) - length - 1
    block = np.repeat(np.arange(len(texts)), length + 1)
    found = np.bincount(block * len(KINDS) + kind, minlength=len(texts) * len(KINDS))
    counts: Floats = found.reshape(-1, len(KINDS)).astype(np.float32)
    counts[:, KIND["space"]] -= 1  # the line break that joins the texts
    weight = length + (WIDE_WEIGHT - 1) * counts[:, KIND["wide"]]
    last = kind[starts + np.maximum(length, 1) - 1]
    before = kind[starts + np.maximum(length - 2, 0)]
    shut = (last == KIND["quote"]) | (last == KIND["bracket"])
    ending = np.where(shut, before, last).astype(np.int64)
    colon = np.isin(codes[starts + np.maximum(length, 1) - 1], (ord(":"), ord("：")))
    closed = (ending == KIND["stop"]) | (ending == KIND["query"]) | colon
    prose = closed & (weight >= PROSE)
    told = words_of(lower[codes], kind, block)
    figures = {"weight": weight, "length": length, **of_words(told, len(texts)), **returns(told, document, weight)}
    single = {name: values.astype(np.float32) for name, values in figures.items()}
    return Measures(edges, document, counts=counts, last=ending, closed=closed, prose=prose, **single)


class Words(NamedTuple):
    """The words of all blocks: a hash of each in lower case, its block, whether capitalised, its letters."""

    hashes: NDArray[np.uint64]
    block: Numbers
    capitalised: NDArray[np.bool_]
    letters: Numbers


def words_of(lower: NDArray[np.uint64], kind: NDArray[np.uint8], block: Numbers) -> Words:
    """The words of a text; of wide writing, every pair of neighbouring characters."""
    wide = kind == KIND["wide"]
    inside = kind <= KIND["figure"]
    fresh = inside & (~shifted(inside) | wide | shifted(wide))
    starts = np.flatnonzero(fresh)
    place = np.arange(len(kind)) - starts[np.maximum(np.cumsum(fresh) - 1, 0)] if len(starts) else np.zeros(0, np.int64)
    if not len(starts):
        return Words(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, np.int64))
    values = np.where(inside, (lower + np.uint64(1)) * powers()[np.clip(place, 0, 63)], np.uint64(0))
    hashes = np.add.reduceat(values, starts)
    letters = np.add.reduceat(inside, starts, dtype=np.int64)
    paired = np.append(wide[starts[:-1]] & wide[starts[1:]] & (np.diff(starts) == 1), False)
    hashes = np.where(paired, hashes * np.uint64(31) + np.append(hashes[1:], np.uint64(0)), hashes)
    hashes = (hashes ^ (hashes >> np.uint64(29))) * np.uint64(MULTIPLIERS[1])
    return Words(hashes ^ (hashes >> np.uint64(32)), block[starts], kind[starts] == KIND["capital"], letters)


@lru_cache(1)
def powers() -> NDArray[np.uint64]:
    """A multiplier for each place in a word, so that the order of its letters counts."""
    return np.array(
        [MULTIPLIERS[0] * pow(MULTIPLIERS[2], place, 1 << 64) % (1 << 64) for place in range(64)], np.uint64
    )


def shifted(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The flags of the characters before."""
    return np.concatenate(([False], flags[:-1]))


def of_words(told: Words, blocks: int) -> dict[str, Values]:
    """Per block: how many words, and of them capitalised and long ones."""
    return {
        "words": np.bincount(told.block, minlength=blocks),
        "capitalised": np.bincount(told.block, told.capitalised, minlength=blocks),
        "long_words": np.bincount(told.block, told.letters >= LONG_WORD, minlength=blocks),
    }


def returns(told: Words, document: Numbers, weight: Values) -> dict[str, Values]:
    """Per block: the shares of its words known and common in the long blocks, how often they return, and its copies."""
    blocks = len(weight)
    share = 1 / np.maximum(np.bincount(told.block, minlength=blocks), 1)
    salt = document.astype(np.uint64) * np.uint64(MULTIPLIERS[0])  # so that documents do not share words
    _, word = np.unique(told.hashes ^ salt[told.block], return_inverse=True)
    long = (weight >= PROSE)[told.block].astype(np.float64)
    elsewhere = np.bincount(word, long, minlength=1)[word] - long
    again = np.bincount(word, minlength=1)[word] - 1
    lines = np.zeros(blocks, np.uint64)
    np.add.at(lines, told.block, told.hashes * np.uint64(3) + np.uint64(1))
    _, line, copies = np.unique(lines ^ salt, return_inverse=True, return_counts=True)
    return {
        "known": np.bincount(told.block, elsewhere > 0, minlength=blocks) * share,
        "common": np.bincount(told.block, elsewhere >= OFTEN, minlength=blocks) * share,
        "returns": np.bincount(told.block, np.minimum(again, MOST_RETURNS), minlength=blocks) * share,
        "copies": np.minimum(copies[line], MOST_RETURNS),
    }
