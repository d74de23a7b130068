"""Second opinions: what others take for the main text of a page, as a share of each block."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain

import numpy as np

from clean.marks.measures import Values
from clean.model import Block, Page

Opinions = Mapping[str, Values]

WORD = re.compile(r"\w+")
SHINGLE = 4  # words in a row that are found again
LARGEST = 3_000_000  # characters of a page; a larger one may take trafilatura minutes, past its own limit of time
MOST_ELEMENTS = 20_000  # likewise


def opinions(page: Page, blocks: Sequence[Block], who: Sequence[str]) -> Opinions:
    """For each block, by who says it, the share of it that is main text.

    Of `trafilatura` (Barbaresi 2021), without its fallbacks, which take half as long again and change little here. Of
    `resiliparse` (Bevendorff et al. 2018), in a tenth of the time. Whoever fails on a page says nothing, and nobody
    does of a page that is too large.
    """
    if len(page.html) > LARGEST or len(page.elements) > MOST_ELEMENTS:
        return {}
    found: dict[str, Values] = {}
    texts = [block.text for block in blocks]
    for name in who:
        with suppress(RecursionError, ValueError, AttributeError, TypeError, LookupError):
            found[name] = shares(texts, EXTRACTORS[name](page.html))
    return found


def by_trafilatura(html: str) -> str:
    """The main text of a page."""
    import trafilatura

    return trafilatura.extract(html, fast=True, include_comments=False) or ""


def by_resiliparse(html: str) -> str:
    """The main text of a page."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    return str(extract_plain_text(HTMLTree.parse(html), main_content=True))


EXTRACTORS: Mapping[str, Callable[[str], str]] = {"trafilatura": by_trafilatura, "resiliparse": by_resiliparse}


def shares(blocks: Sequence[str], text: str) -> Values:
    """Of each block the share that stands in a text, in rows of four words; a shorter block as a whole line.

    >>> shares(["Home", "Frost took the early pears again"], "Frost took the early pears").tolist()
    [0.0, 0.6666666666666666]
    """
    lines = set(text.split("\n"))
    words = [WORD.findall(line) for line in lines]
    known = set(chain.from_iterable(map(shingles, words)))
    told = set(map(tuple, words))
    return np.array([share_of(block, told, known) if block not in lines else is_worded(block) for block in blocks])


def share_of(block: str, lines: set[tuple[str, ...]], known: set[tuple[str, ...]]) -> float:
    """The share of one block."""
    words = WORD.findall(block)
    if len(words) < SHINGLE or tuple(words) in lines:
        return float(bool(words) and tuple(words) in lines)
    return sum(map(known.__contains__, shingles(words))) / (len(words) - SHINGLE + 1)


def is_worded(text: str) -> float:
    """1 if a text has a word, else 0."""
    return float(WORD.search(text) is not None)


def shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every few words in a row."""
    return zip(*(words[place:] for place in range(SHINGLE)), strict=False)
