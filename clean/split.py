"""Spans to articles: cuts a source where stories begin, and names the headline and summary of each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from clean.boundaries.containers import container_places, separated
from clean.boundaries.model import Cut, cuts
from clean.boundaries.teasers import teasers
from clean.boundaries.terms import LEAST, tokens
from clean.boundaries.units import Unit, units_of
from clean.labels import KEPT
from clean.marks import DETECTORS
from clean.marks.shapes import could_be_title
from clean.model import Article, Span

BOUNDARY = 0.75  # chance from which a cut is made: one that is wrong costs more than one that is missed
EXPORT = "a mark that an archive or mailbox puts around stories, which recurs"
LIKE_OTHERS = "a separator that parts the other stories of the file"
POSSIBLE = 0.15  # chance from which a separator is taken to agree with that
TEASERS = "split.teasers"
NEAR = 2  # bodies below a headline in which its words return
MOST_HEADLINES = 3  # lines in a row: headline, standfirst, section


def split(documents: Sequence[tuple[Sequence[Span], Sequence[int]]], boundary: float = BOUNDARY) -> list[list[Article]]:
    """Part the spans of each document into articles; every span belongs to one.

    A document is its spans and the line breaks in front of each of its blocks. A cut is made where the chance that a
    story begins is at least `boundary`, from 0 to 1; above 1 none is made.
    """
    rows = [units_of(*document) for document in documents]
    if boundary > 1:
        return [list(articles(units, [])) for units in rows]
    exports = [container_places(units) for units in rows]
    likely = cuts(
        [[] if export else units for units, export in zip(rows, exports, strict=True)], min(boundary, POSSIBLE)
    )
    return [
        list(articles(units, consistent(units, export, found, boundary)))
        for units, export, found in zip(rows, exports, likely, strict=True)
    ]


def consistent(units: Sequence[Unit], export: Sequence[int], likely: Sequence[Cut], boundary: float) -> list[Cut]:
    """The cuts of a document: at the marks of an export where it is one, else as found, and at separators like them."""
    if export:
        return [Cut(place, 1.0, (EXPORT,)) for place in export]
    found = [cut for cut in likely if cut.score >= boundary]
    near = {place + step for place in (cut.unit for cut in found) for step in (-1, 0, 1)}
    further = [place for place in separated(units, [cut.unit for cut in likely]) if place not in near]
    return sorted([*found, *(Cut(place, boundary, (LIKE_OTHERS,)) for place in further)])


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
    others = teasers(units)
    spans = [
        span for number, unit in enumerate(units) for span in (unit.spans if number not in others else aside(unit))
    ]
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


def aside(unit: Unit) -> Iterator[Span]:
    """The spans of a teaser: what was to be kept is removed, and says so."""
    for span in unit.spans:
        if span.label in KEPT:
            span = span._replace(label="related.item", rule=TEASERS, why=DETECTORS[TEASERS], confidence="medium")
        yield span


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
