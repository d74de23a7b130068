"""The terms of many units at once: words cut to their stems, names, pairs of characters where there are no spaces."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
TOKEN = re.compile(r"[^\W_]+")
# Scripts without spaces between words, or whose words change their ends with every use.
PAIRED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
STEM = 7  # characters of a word that tell it, whatever its ending
LEAST = 4  # characters of a word that tells a subject
FULL = 64  # weight of a term that stands in every tenth story
RARE = 128  # and of one that stands in one of a hundred, or is not known
MEMO = 1 << 14  # tokens whose traits are remembered; four times as many are 1 or 2 % faster, and each worker holds them
LEAD = 45  # words of a paragraph in which a lead shows itself
EARLY = 8  # and those with which it mostly opens
ORDER = 6  # words whose kinds are told one by one
QUOTES = '"“”„«»'
OPENING = QUOTES + "'‘「"


class Terms(NamedTuple):
    """The tokens of a batch, an entry for each."""

    unit: Integers  # the unit it stands in
    term: Integers  # the number of its stem, which is another one in each document
    weight: Integers  # 0 for what tells no subject, up to RARE for what does
    is_name: NDArray[np.bool_]  # it has a capital, and no token of its stem in the document has none
    is_small: NDArray[np.bool_]  # it is short and in small letters, as articles and prepositions are
    pair: Integers  # the number of the full name that it makes with the token in front of it, or -1
    lead: Integers  # how much it speaks for a lead, in the first words of a unit


class Numbers(dict[str, int]):
    """Numbers for texts, in the order of their coming."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


class Traits(NamedTuple):
    """What is known of a token wherever it stands."""

    stem: str
    weight: int
    capital: int
    small: int
    lead: int
    early: int  # how much more it speaks for a lead among its first words
    opens: int  # and as its first word


class Remembered(dict[str, Traits]):
    """The traits of tokens, told anew where they are not known; forgotten where there are too many."""

    def __init__(self, told: Callable[[str], Traits]) -> None:
        super().__init__()
        self._told = told

    def __missing__(self, token: str) -> Traits:
        if len(self) >= MEMO:
            self.clear()
        self[token] = traits = self._told(token)
        return traits


class Vocabulary:
    """What tokens tell: `weights` holds what common stems weigh, `lead` how words speak for a lead, by `lead_keys`."""

    def __init__(self, weights: Mapping[str, int], lead: Mapping[str, int]) -> None:
        self.weights, self.lead = weights, lead
        self.traits = Remembered(self._traits)

    def lead_of(self, key: str) -> int:
        """How much what is filed under a key speaks for a lead."""
        return self.lead.get(key, 0)

    def _traits(self, token: str) -> Traits:
        lower = token.lower()
        stem = lower[:STEM]
        capital = token[0] != lower[0]
        several = len(token) > 1 and (token[0].isdigit() or (not token.isascii() and PAIRED.match(token) is not None))
        weight = self.weights.get(stem, RARE) if capital or several or len(token) >= LEAST else 0
        small = not capital and len(token) < LEAST and token[0].isalpha()
        lead, early, opens = lead_keys(token)
        return Traits(stem, weight, capital, small, self.lead_of(lead), self.lead_of(early), self.lead_of(opens))


def tokens(text: str) -> list[str]:
    """The words of a text, and pairs of characters where it is written without spaces.

    >>> tokens("The Pier, 2 km"), tokens("東京都 3")
    (['The', 'Pier', '2', 'km'], ['3', '東京', '京都'])
    """
    if text.isascii() or not PAIRED.search(text):
        return TOKEN.findall(text)
    pairs = [one + two for run in PAIRED.findall(text) for one, two in pairwise(run)]
    return TOKEN.findall(PAIRED.sub(" ", text)) + pairs


def terms_of(texts: Sequence[str], document: Integers, vocabulary: Vocabulary) -> Terms:
    """The terms of the texts of units, of which each belongs to a numbered document."""
    numbers, stems = Numbers(), Numbers()
    rows = [tokens(text) for text in texts]
    sizes = np.array([len(row) for row in rows], dtype=np.int64)
    token = np.fromiter(map(numbers.__getitem__, chain.from_iterable(rows)), np.int64, int(sizes.sum()))
    unit = np.repeat(np.arange(len(rows)), sizes)
    place = np.arange(len(token)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    names, *columns = zip(*map(vocabulary.traits.__getitem__, numbers), strict=True) if numbers else ((),) * 7
    stem = np.array([stems[name] for name in names], dtype=np.int64)[token]
    weight, capital, small, speaks, early, opens = (np.array(column, dtype=np.int64)[token] for column in columns)
    many = max(len(stems), 1)
    term = document[unit] * many + stem
    is_name = (capital == 1) & ~np.isin(term, term[capital == 0])
    pair = np.full(len(token), -1)
    second = np.flatnonzero(is_name[1:] & is_name[:-1] & (place[1:] > 0)) + 1
    pair[second] = term[second - 1] * many + stem[second]
    lead = speaks * (place < LEAD) + early * (place < EARLY) + opens * (place == 0)
    shape = [
        sum(map(vocabulary.lead_of, shape_keys(text, row))) if row else 0 for text, row in zip(texts, rows, strict=True)
    ]
    lead[place == 0] += np.array(shape, dtype=np.int64)[unit[place == 0]]
    return Terms(unit, term, weight, is_name, small == 1, pair, lead)


def lead_keys(token: str) -> tuple[str, str, str]:
    """What a word of a lead is filed under: its stem, with a sign for a capital, or for an early word, or the first.

    >>> lead_keys("Council")
    ('+council', '*council', '^council')
    """
    lower = token.lower()
    stem = lower[:STEM]
    return stem if token[0] == lower[0] else "+" + stem, "*" + stem, "^" + stem


def shape_keys(text: str, words: Sequence[str]) -> list[str]:
    """What the form of a paragraph is filed under, as far as leads have one of their own, in whatever language.

    >>> shape_keys("Port Alder: the pier is closed.", ["Port", "Alder", "the", "pier", "is", "closed"])
    ['=plain', '=size 0', '=ends .', '=quotes 0', '=commas 0', '=capitals 3', '=0C', '=1C', '=2s', '=3l', '=4s', '=5l']
    """
    first = words[:LEAD]
    capitals = sum([word[0].isupper() for word in first])
    return [
        "=quoted" if text[0] in OPENING else "=plain",
        f"=size {min(len(text) // 60, 9)}",
        f"=ends {text[-1]}",
        f"=quotes {min(sum(map(text.count, QUOTES)), 6)}",
        f"=commas {min(text.count(', '), 6)}",
        f"=capitals {10 * capitals // max(len(first), 1)}",
        *(f"={place}{kind_of(word)}" for place, word in enumerate(words[:ORDER])),
    ]


def kind_of(word: str) -> str:
    """Whether a word begins with a capital or digit, or is short or long."""
    if word[0].isdigit():
        return "D"
    return "C" if word[0].isupper() else "s" if len(word) < LEAST else "l"
