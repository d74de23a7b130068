"""Spans to units: a block of the source as the search for boundaries sees it."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from clean.boundaries.terms import PAIRED
from clean.labels import KEPT
from clean.marks.shapes import BULLET, SIGNATURE, could_be_title, is_closed
from clean.model import Span

PROSE = 80  # characters from which a kept block counts as body, unless it has the shape of a headline
LONG = 160  # and from which it does in any shape
INVERTED = re.compile(r"[.!?…][“‘«‹]$")  # how a quoted sentence ends where quotation marks stand as in „this“ or »this«
MOST_OF_NAME = 4  # words between two commas of a signature; a headline in capitals with a comma has more
WORD = re.compile(r"[^\W\d_]{4,}")  # long enough to have a capital in a headline that gives them to all
FEWEST_WORDS = 3  # of those in a headline that is known by them
ABBREVIATION = re.compile(r"(?:\w\.){2,}$")  # with which a headline may end, too
CAPITALISED = 0.8  # share of them with a capital; some papers leave "with" and "from" small
# Labels that a headline may have before it is one.
HEADLINES = frozenset(("title", "body.heading", "body.paragraph", "body.quote"))
ITEM = "body.list"
BODY = frozenset(("body.paragraph", "body.list", "body.quote"))


class Unit(NamedTuple):
    """A block of the source: its spans, and what they come to."""

    spans: tuple[Span, ...]
    labels: frozenset[str]
    text: str  # of what is kept in it
    breaks: int  # line breaks in front of it
    is_body: bool  # a paragraph of a story
    is_headline: bool  # kept as a whole, and has the shape of a headline
    size: int  # characters of the text; those of scripts without spaces count twice


def units_of(spans: Sequence[Span], breaks: Sequence[int]) -> list[Unit]:
    """The spans, block by block; `breaks` holds the line breaks in front of each block."""
    rows: list[list[Span]] = []
    for span in spans:
        if rows and rows[-1][0].block == span.block:
            rows[-1].append(span)
        else:
            rows.append([span])
    units = [unit_of(row, breaks[row[0].block]) for row in rows]
    items = [place for place, unit in enumerate(units) if ITEM in unit.labels]
    beside = [one for pair in pairwise(items) if pair[1] - pair[0] == 1 for one in pair]
    for place in dict.fromkeys(beside):
        units[place] = in_list(units[place])
    return units


def in_list(unit: Unit) -> Unit:
    """A unit that is no headline with a sign in front, since other items stand beside it."""
    return unit._replace(is_headline=False, is_body=is_paragraph(unit.text, unit.size))


def unit_of(row: list[Span], breaks: int) -> Unit:
    """The unit of one block."""
    if len(row) == 1 and row[0].label not in KEPT:
        return Unit(tuple(row), alone(row[0].label), "", breaks, is_body=False, is_headline=False, size=0)
    labels = alone(row[0].label) if len(row) == 1 else frozenset(span.label for span in row)
    text = " ".join([span.text for span in row if span.label in KEPT])
    size = size_of(text)
    if len(row) > 1:
        body, headline = bool(labels & BODY) and is_paragraph(text, size), labels == {"title", "publisher"}
    elif row[0].label == "body.list":
        bare = BULLET.sub("", text, count=1)
        headline = bool(bare) and size < LONG and could_be_title(bare)  # with a number or sign in front
        body = not headline and is_paragraph(text, size)
    else:
        label = row[0].label
        body = label in BODY and is_paragraph(text, size) and not (label == "body.quote" and could_be_title(text))
        headline = not body and label in HEADLINES and is_headline(text)
    return Unit(tuple(row), labels, text, breaks, body, headline, size)


@cache
def alone(label: str) -> frozenset[str]:
    """The labels of a block that has one."""
    return frozenset((label,))


def is_paragraph(text: str, size: int) -> bool:
    """Whether a kept text is long enough for a paragraph, or closes a sentence.

    >>> is_paragraph("Der Pfarrer sagte: „Das war zu früh.“", 37), is_paragraph("„Zu früh“: Pfarrer klagt", 24)
    (True, False)
    """
    if size >= LONG:
        return True
    closed = is_closed(text) or INVERTED.search(text) is not None
    paragraph = (size >= PROSE and not could_be_title(text)) or (size >= PROSE // 4 and closed)
    return paragraph and not is_capitalised(text)


def is_headline(text: str) -> bool:
    """Whether a kept text that is no paragraph may be a headline: it has the shape of one, and is no row of names."""
    if SIGNATURE.match(text) and all(part.count(" ") < MOST_OF_NAME for part in text.split(", ")):
        return False
    return could_be_title(text) or is_capitalised(text)


def is_capitalised(text: str) -> bool:
    """Whether nearly every long word has a capital, as in headlines, even those that end with a full stop.

    Sentences in capitals are none: some agencies send whole stories so.

    >>> is_capitalised("Night Ferry Vote Is Delayed by the H.C."), is_capitalised("FROST CAME EARLY THIS YEAR.")
    (True, False)
    """
    if text.isupper() and is_closed(text) and not ABBREVIATION.search(text):
        return False
    words = WORD.findall(text)
    capitals = sum(word[0].isupper() for word in words)
    return len(words) >= FEWEST_WORDS and capitals >= CAPITALISED * len(words)


def size_of(text: str) -> int:
    """The length of a text in characters, where a character that is worth a word counts as two."""
    return len(text) if text.isascii() else len(text) + sum(map(len, PAIRED.findall(text)))
