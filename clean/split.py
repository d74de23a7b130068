"""Spans to articles: cuts a source where stories begin, and names the headline and summary of each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from clean.boundaries.model import Cut, cuts
from clean.boundaries.terms import LEAST, tokens
from clean.boundaries.units import Unit, units_of
from clean.marks.shapes import could_be_title
from clean.model import Article, Span

BOUNDARY = 0.6  # chance from which a cut is made: one that is wrong costs more than one that is missed
NEAR = 2  # bodies below a headline in which its words return
MOST_HEADLINES = 3  # lines in a row: headline, standfirst, section


def split(documents: Sequence[tuple[Sequence[Span], Sequence[int]]], boundary: float = BOUNDARY) -> list[list[Article]]:
    """Part the spans of each document into articles; every span belongs to one.

    A document is its spans and the line breaks in front of each of its blocks. A cut is made where the chance that a
    story begins is at least `boundary`, from 0 to 1; above 1 none is made.
    """
    rows = [units_of(*document) for document in documents]
    found = cuts(rows, boundary) if boundary <= 1 else [[] for _ in rows]
    return [list(articles(units, row)) for units, row in zip(rows, found, strict=True)]


def articles(units: Sequence[Unit], found: Sequence[Cut]) -> Iterator[Article]:
    """The articles that a document falls into."""
    if not units:
        return
    begins = [Cut(0, 0.0, ()), *found]
    ends = [*(one.unit for one in found), len(units)]
    for cut, end in zip(begins, ends, strict=True):
        yield article(units[cut.unit : end], cut)


def article(units: Sequence[Unit], cut: Cut) -> Article:
    """The article that begins with the first of the units, its title and summary named."""
    spans = [span for unit in units for span in unit.spans]
    title = title_place(spans)
    for place, span in enumerate(spans):
        if place == title:
            spans[place] = span._replace(label="title")
        elif span.label == "title":
            spans[place] = span._replace(label="body.heading")
    if title is not None:
        for place in summary_places(spans, title):
            spans[place] = spans[place]._replace(label="summary")
    return Article(tuple(spans), cut.reasons, cut.score)


def title_place(spans: Sequence[Span]) -> int | None:
    """Which span is the headline: what a detector named so, or a first line in the shape of one with text below it.

    Of several such lines, as a button that was not known and then the headline, it is the one whose words return most.
    """
    body = [place for place, span in enumerate(spans) if span.label.startswith("body.")]
    for place, span in enumerate(spans):
        if span.label == "title":
            return place
        if len(body) > 1 and place == body[1]:
            break
    whole = Counter(span.block for span in spans)
    lines = list(takewhile(lambda place: whole[spans[place].block] == 1 and could_be_title(spans[place].text), body))
    if not lines or len(lines) == len(body):
        return lines[0] if len(lines) > 1 else None
    text = frozenset(word for place in body[len(lines) :][:NEAR] for word in subject(spans[place].text))
    return max(lines[:MOST_HEADLINES], key=lambda place: (len(text & subject(spans[place].text)), -place))


def subject(text: str) -> frozenset[str]:
    """The words of a text that tell its subject by their length; pairs of characters where writing has no spaces."""
    return frozenset(word.lower() for word in tokens(text) if len(word) >= LEAST or not word.isascii())


def summary_places(spans: Sequence[Span], title: int) -> Iterator[int]:
    """The bullets between headline and text."""
    bullets: list[int] = []
    for place in range(title + 1, len(spans)):
        label = spans[place].label
        if label == "body.list":
            bullets.append(place)
        elif label.startswith("body."):
            if spans[place].label == "body.paragraph":
                yield from bullets
            return
