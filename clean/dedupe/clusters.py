"""Near-identical texts among many: candidates by shared keys, each verified word by word."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from hashlib import blake2b
from html import unescape
from unicodedata import combining, normalize

from clean.dedupe.fingerprints import features
from clean.model import Block
from clean.repair import mended, needs_repair

SHINGLE = 3  # words; pairs of characters where writing has no spaces
KEYS = 8  # of the smallest hashes of a text's shingles; nearly all near-identical texts share one
MOST_IN_BUCKET = 64  # texts that are compared under one key; a stock phrase would make millions of pairs
MOST_PLACES = 2  # places in which near-identical texts differ
WORDS_A_PLACE = 60  # in longer texts, one more for so many words
LONGEST_PLACE = 4  # words that stand for others; more say something new
LONGEST_ADDED = 0.4  # share of the longer text that the shorter may lack: an appeal in front, a sentence dropped
LEAST_WORDS = 5  # shorter texts are stock sentences, and the same only if they are equal
BROKEN_WORD = re.compile(r"([^\W\d_])-\s+(?=[a-zß-ÿ])")
NUMBER = re.compile(r"\d")


def find_duplicates(texts: Sequence[str]) -> list[int]:
    """For each text the index of the first text that it repeats, or its own.

    Two texts are the same if they differ in nothing but case, spacing and punctuation; near-identical if, word for
    word, they differ in at most two short places, and no number or name is among what differs. A text is compared
    with the first of each cluster only, so that a chain of small changes does not make one cluster.

    Candidates are texts that share one of the 8 smallest hashes of their word 3-shingles (Broder 1997,
    doi:10.1109/SEQUEN.1997.666900; bottom-k sketches, Cohen & Kaplan 2007, doi:10.1145/1281100.1281133). Time grows
    with the number of words, and memory with the number of texts.

    >>> find_duplicates(["The pier will close in May, they said.", "Pears.", "The pier will close in May, they say"])
    [0, 1, 0]
    """
    first: dict[tuple[str, ...], int] = {}
    buckets: dict[bytes, list[int]] = defaultdict(list)
    rows: list[tuple[str, ...]] = []
    plain: list[str] = []
    found: list[int] = []
    for number, text in enumerate(map(normalised, texts)):
        words = tuple(features(without_accents(text)))
        plain.append(text)
        rows.append(words)
        same = first.setdefault(words, number)
        if same != number:
            found.append(found[same])
            continue
        mine = keys(words)
        candidates = sorted({other for key in mine for other in buckets[key]})
        match = next((other for other in candidates if is_near(rows[other], words, plain[other], text)), number)
        found.append(found[match] if match != number else number)
        for key in mine:
            if len(buckets[key]) < MOST_IN_BUCKET:
                buckets[key].append(number)
    return found


def normalised(text: str) -> str:
    """The text with entities resolved, mojibake mended, and words joined that a line break had parted."""
    text = unescape(text) if "&" in text else text
    if needs_repair(text):
        text = mended(Block(0, len(text), text, 0)).text
    return BROKEN_WORD.sub(r"\1", text.replace("\xad", "").replace("\u200b", ""))


def without_accents(text: str) -> str:
    """The text with its letters bare, since accents get lost on the way."""
    if text.isascii():
        return text
    return "".join(letter for letter in normalize("NFKD", text) if not combining(letter))


def keys(words: Sequence[str]) -> list[bytes]:
    """The smallest hashes of a text's shingles."""
    if len(words) < LEAST_WORDS:
        return []
    shingles = {" ".join(words[place : place + SHINGLE]) for place in range(max(1, len(words) - SHINGLE + 1))}
    return sorted(blake2b(shingle.encode("utf-8", "surrogatepass"), digest_size=8).digest() for shingle in shingles)[
        :KEYS
    ]


def is_near(left: Sequence[str], right: Sequence[str], left_text: str, right_text: str) -> bool:
    """Whether two texts differ in few places, and in no number or name."""
    shorter, longer = sorted((len(left), len(right)))
    if longer - shorter > LONGEST_ADDED * longer:
        return False
    changes = [
        change for change in SequenceMatcher(None, left, right, autojunk=False).get_opcodes() if change[0] != "equal"
    ]
    if len(changes) > MOST_PLACES + longer // WORDS_A_PLACE:
        return False
    names = capitalised(left_text), capitalised(right_text)
    for _, start, end, first, last in changes:
        if start == end or first == last:
            continue
        old, new = left[start:end], right[first:last]
        if "".join(old) == "".join(new):
            continue
        if max(len(old), len(new)) > LONGEST_PLACE:
            return False
        if any(is_fact(word, names[0]) for word in old) and any(is_fact(word, names[1]) for word in new):
            return False
    return True


def is_fact(word: str, names: frozenset[str]) -> bool:
    """Whether a word is a number or a name, so that another one in its place says something else."""
    return NUMBER.search(word) is not None or word in names


def capitalised(text: str) -> frozenset[str]:
    """The words of a text that have a capital though no sentence begins with them, in lower case."""
    return frozenset(inner_capitals(text))


def inner_capitals(text: str) -> Iterator[str]:
    """The words of `capitalised`, one by one."""
    for found in re.finditer(r"(?<=[^\s.!?:“\"‘'«] )[\"“‘'«(]?([^\W\d_a-zß-ÿ][\w'’-]*)", text):
        yield found[1].lower()
