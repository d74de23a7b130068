"""A second opinion: what trafilatura takes for the main text of a page, as a share of each block."""

import re
from collections.abc import Sequence

import numpy as np

from clean.marks.measures import Values
from clean.model import Block, Page

WORD = re.compile(r"\w+")
SHINGLE = 4  # words in a row that are found again
LARGEST = 3_000_000  # characters of a page; of larger ones it may take minutes, and its own limit of time does not hold
MOST_ELEMENTS = 20_000  # likewise


def opinion(page: Page, blocks: Sequence[Block]) -> Values | None:
    """For each block the share of it that is main text to trafilatura (Barbaresi 2021); None where it was not asked.

    Its rules run without its fallbacks, which take half as long again and change little here. A page that is too
    large for it, or on which it fails, gets no opinion.
    """
    if len(page.html) > LARGEST or len(page.elements) > MOST_ELEMENTS:
        return None
    import trafilatura

    try:
        found = trafilatura.extract(page.html, fast=True, include_comments=False)
    except (RecursionError, ValueError, AttributeError, TypeError, KeyError, IndexError):
        return None
    return shares(blocks, found or "")


def shares(blocks: Sequence[Block], text: str) -> Values:
    """For each block the share of its words that stand in a text, in rows of four; a shorter block as a whole line.

    >>> blocks = [Block(0, 0, text, 1) for text in ("Home", "Frost took the early pears again")]
    >>> shares(blocks, "Frost took the early pears").tolist()
    [0.0, 0.6666666666666666]
    """
    lines: set[tuple[str, ...]] = set()
    known: set[tuple[str, ...]] = set()
    for line in text.split("\n"):
        words = WORD.findall(line)
        lines.add(tuple(words))
        known.update(shingles(words))
    return np.array([share_of(WORD.findall(block.text), lines, known) for block in blocks])


def share_of(words: list[str], lines: set[tuple[str, ...]], known: set[tuple[str, ...]]) -> float:
    """The share of the words of one block."""
    if len(words) < SHINGLE or tuple(words) in lines:
        return float(bool(words) and tuple(words) in lines)
    rows = shingles(words)
    return sum(row in known for row in rows) / len(rows)


def shingles(words: list[str]) -> list[tuple[str, ...]]:
    """Every few words in a row."""
    return list(zip(*(words[place:] for place in range(SHINGLE)), strict=False))
