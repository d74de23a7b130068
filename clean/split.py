"""Spans to articles: finds where one story ends and the next begins, and names what opens each."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice, pairwise, takewhile
from typing import NamedTuple

from clean.labels import KEPT, REMOVED
from clean.marks.shapes import UNSPACED, could_be_title, is_closed
from clean.model import Article, Span

PROSE = 80  # characters from which a kept block counts as body
OPENING = 10  # blocks between a headline and its first paragraph: clock, byline, share bar, caption, bullets
WINDOW = 8  # blocks of body whose words are compared on each side
SHORTEST_STORY = 160  # characters of body; a teaser is a headline and a line
NEAR = 2  # blocks of body right after a gap
FOREIGN = 0.03  # up to which not even the language need be the same
MANY_WORDS = 30  # on each side, for so little in common to mean anything
MOST_HEADLINES = 3  # lines in a row: headline, standfirst, section
LONG_HEADLINE = 5  # words; subheads are mostly shorter
TOKEN = re.compile(r"[^\W_]{4,}")
RELATED = 0.18  # likeness of the words left and right of a gap, from which they are one story
STRANGE = 0.1  # and up to which they are two


class Evidence(NamedTuple):
    """What speaks for a boundary, or against it, and how much."""

    weight: float
    reason: str


EVIDENCE: Mapping[str, Evidence] = {
    "printed twice": Evidence(4.0, "a headline that is printed twice"),
    "clock": Evidence(3.0, "a clock between headline and text"),
    "byline": Evidence(2.5, "a byline between headline and text"),
    "dateline": Evidence(3.5, "a dateline opens the text"),
    "boxed": Evidence(0.5, "boilerplate between headline and text"),
    "furniture": Evidence(1.5, "boilerplate ends what stands before"),
    "sign-off": Evidence(1.5, "a sign-off or credit ends what stands before"),
    "gap": Evidence(1.0, "a wider gap than elsewhere"),
    "headline": Evidence(1.0, "a line as long as a headline"),
    "no headline": Evidence(0.0, "no headline"),
    "new words": Evidence(1.5, "the headline's words come after it and not before"),
    "idle words": Evidence(-0.5, "no word of the headline comes after it"),
    "old words": Evidence(-2.0, "the headline's words stand before it"),
    "strange": Evidence(1.0, "other words before than after"),
    "foreign": Evidence(1.5, "hardly a word in common before and after"),
    "teaser": Evidence(-3.0, "hardly any text before the next headline"),
    "related": Evidence(-2.0, "the same words before and after"),
}
# Labels that a headline may have before it is one.
HEADLINES = frozenset(("title", "body.heading", "body.paragraph", "body.quote"))
BODY = frozenset(("body.paragraph", "body.list", "body.quote"))
RELATED_LABELS = frozenset(("related", "related.heading", "related.item"))
CLOCKS = frozenset(("date", "updated"))
OPENS_BODY = CLOCKS | {"dateline"}  # metadata that may stand in one line with the first paragraph
THRESHOLD = 3.4  # a wrong cut costs more than a missed one


class Unit(NamedTuple):
    """A block of the source as this room sees it."""

    spans: tuple[Span, ...]
    labels: frozenset[str]
    text: str  # of what is kept in it
    breaks: int  # line breaks in front of it
    is_body: bool  # a paragraph of a story
    is_headline: bool  # kept as a whole, and has the shape of a headline


def split(spans: Sequence[Span], breaks: Sequence[int], threshold: float = THRESHOLD) -> list[Article]:
    """Part the spans of a source into articles; every span belongs to one.

    `breaks` holds the line breaks in front of each block. A boundary is taken where the evidence for it reaches
    the threshold.
    """
    if not spans:
        return []
    units = units_of(spans, breaks)
    words = Words(units)
    usual = usual_breaks(units)
    bodies = [0, *accumulate(unit.is_body for unit in units)]
    cuts: list[tuple[int, list[Evidence]]] = []
    story = 0
    for places in candidates(units):
        if bodies[places[0]] == bodies[story]:  # no text yet of the story that would end here
            continue
        weighed = [(place, evidence(words, usual, story, place)) for place in places]
        place, found = max(weighed, key=lambda pair: (strength(pair[1]), -pair[0]))
        if strength(found) >= threshold:
            start = opening_start(units, story, place)
            cuts.append((start, found))
            story = start
    bounds = [0, *(start for start, _ in cuts), len(units)]
    reasons: list[list[Evidence]] = [[], *(found for _, found in cuts)]
    return [article(units[first:last], found) for (first, last), found in zip(pairwise(bounds), reasons, strict=True)]


def units_of(spans: Sequence[Span], breaks: Sequence[int]) -> list[Unit]:
    """The spans, block by block."""
    rows: list[list[Span]] = []
    for span in spans:
        if rows and rows[-1][0].block == span.block:
            rows[-1].append(span)
        else:
            rows.append([span])
    return [unit_of(row, breaks[row[0].block]) for row in rows]


def unit_of(row: list[Span], breaks: int) -> Unit:
    """The unit of one block."""
    if len(row) == 1:
        label, text = row[0].label, row[0].text
        stays = label in KEPT
        body = label in BODY and is_paragraph(text) and not (label == "body.quote" and could_be_title(text))
        headline = not body and label in HEADLINES and could_be_title(text)
        return Unit(tuple(row), frozenset((label,)), text if stays else "", breaks, body, headline)
    labels = frozenset(span.label for span in row)
    text = " ".join(span.text for span in row if span.label in KEPT)
    headline = labels == {"title", "publisher"}
    return Unit(tuple(row), labels, text, breaks, bool(labels & BODY) and is_paragraph(text), headline)


def is_paragraph(text: str) -> bool:
    """Whether a kept text is long enough for a paragraph, or closes a sentence."""
    return len(text) >= PROSE or (len(text) >= PROSE // 4 and is_closed(text))


class Words:
    """The words of the units, counted when they are asked for."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = units
        self._known: dict[int, frozenset[str]] = {}

    def of(self, place: int) -> frozenset[str]:
        """The words of one unit."""
        if place not in self._known:
            self._known[place] = frozenset(tokens(self.units[place].text))
        return self._known[place]

    def around(self, places: Iterable[int], bodies_wanted: int = WINDOW) -> frozenset[str]:
        """The words of the first few bodies among the units."""
        bodies = islice((place for place in places if self.units[place].is_body), bodies_wanted)
        return frozenset().union(*map(self.of, bodies))


def usual_breaks(units: Sequence[Unit]) -> int:
    """The line breaks that mostly stand between two blocks of a source."""
    counts = Counter(unit.breaks for unit in units[1:])
    return max(counts, key=lambda breaks: (counts[breaks], breaks), default=1)


def strength(found: Sequence[Evidence]) -> float:
    """What all the evidence weighs."""
    return sum(one.weight for one in found)


def candidates(units: Sequence[Unit]) -> Iterator[list[int]]:
    """Where stories might begin: for each body that furniture alone leads to, the lines that may be its headline.

    Where there is none, the clock above it or its dateline stands for it. Of many short lines in a row, as a menu, a
    table or a poem is, only those that are known for titles come into question; and none between the two printings of
    a headline and its text.
    """
    run: list[int] = []
    clocks: list[int] = []
    within = between_printings(units)
    for place, unit in enumerate(units):
        if place in within or unit.is_body:
            near = [other for other in run if place - other <= OPENING]
            lines = [other for other in near if len(near) <= MOST_HEADLINES or "title" in units[other].labels]
            if place not in within:
                lines += [other for other in clocks[:1] if place - other <= OPENING and not lines]
                lines += [place] if place and unit.labels & OPENS_BODY else []
            if lines:
                yield lines
            run, clocks = [], []
        elif unit.is_headline:
            run.append(place)
        elif not unit.labels.isdisjoint(RELATED_LABELS):
            run, clocks = [], []
        elif unit.labels & CLOCKS:
            clocks.append(place)


def between_printings(units: Sequence[Unit]) -> frozenset[int]:
    """The units behind the first printing of a headline, up to the second and the paragraph after it."""
    within: set[int] = set()
    title: int | None = None
    for place, unit in enumerate(units):
        if "title" in unit.labels:
            title = place
        elif "repeat.title" in unit.labels and title is not None:
            near = range(place, min(place + 1 + OPENING, len(units)))
            lead = next((other for other in near if units[other].is_body), place)
            within.update(range(title + 1, lead + 1))
            title = None
    return frozenset(within)


def evidence(words: Words, usual: int, story: int, place: int) -> list[Evidence]:
    """All that speaks for or against a boundary in front of a unit."""
    names = [*opening_evidence(words.units, place), *closing_evidence(words.units, usual, story, place)]
    return [EVIDENCE[name] for name in [*names, *word_evidence(words, story, place)]]


def opening_evidence(units: Sequence[Unit], place: int) -> Iterator[str]:
    """What the would-be headline and the blocks up to its text say."""
    opening = list(opening_of(units, place))
    labels = frozenset().union(*(unit.labels for unit in opening))
    if "repeat.title" in labels and "title" in labels:
        yield "printed twice"
    if labels & CLOCKS:
        yield "clock"
    if "byline" in labels:
        yield "byline"
    if story_length(units, place) < SHORTEST_STORY:
        yield "teaser"
    if "dateline" in opening[-1].labels:
        yield "dateline"
    if any(label in REMOVED for label in labels - {"repeat.title"}):
        yield "boxed"
    text = units[place].text
    if not units[place].is_headline:
        yield "no headline"
    elif text.count(" ") + 1 >= LONG_HEADLINE or len(UNSPACED.findall(text)) > 2 * LONG_HEADLINE:
        yield "headline"


def story_length(units: Sequence[Unit], place: int) -> int:
    """The characters of body from a would-be headline to the next line in the shape of one, as far as it matters."""
    length = 0
    for number in range(place, len(units)):
        unit = units[number]
        if unit.is_body:
            length += len(unit.text)
        if length >= SHORTEST_STORY or (length and unit.is_headline):
            break
    return length


def opening_of(units: Sequence[Unit], place: int) -> Iterator[Unit]:
    """The units from a would-be headline to the first paragraph."""
    for unit in units[place : place + 1 + OPENING]:
        yield unit
        if unit.is_body:
            return


def closing_evidence(units: Sequence[Unit], usual: int, story: int, place: int) -> Iterator[str]:
    """What the blocks in front of the would-be headline say."""
    tail: set[str] = set()
    for number in range(place - 1, story, -1):
        tail |= units[number].labels
        if units[number].is_body:
            break
    if any(label in REMOVED for label in tail - {"credit", "repeat.title", "repeat.passage"}):
        yield "furniture"
    if tail & {"byline", "credit"}:
        yield "sign-off"
    if units[place].breaks > max(usual, 2 if usual > 1 else 1):
        yield "gap"


def word_evidence(words: Words, story: int, place: int) -> Iterator[str]:
    """What the words before and after say."""
    before = words.around(range(place - 1, story - 1, -1))
    after = words.around(range(place, min(place + OPENING + WINDOW, len(words.units))))
    likeness = cosine(before, after)
    if likeness <= STRANGE:
        near = words.around(range(place, min(place + OPENING + WINDOW, len(words.units))), NEAR)
        if cosine(before, near) <= FOREIGN and min(len(before), len(near)) >= MANY_WORDS:
            yield "foreign"
    if likeness <= STRANGE:
        yield "strange"
    elif likeness >= RELATED:
        yield "related"
    if words.units[place].is_headline:
        headline = frozenset(tokens(words.units[place].text))
        old, new = len(headline & before), len(headline & after)
        if new >= 2 and new > 2 * old:
            yield "new words"
        elif old > new:
            yield "old words"
        elif not new and "title" not in words.units[place].labels:
            yield "idle words"


def tokens(text: str) -> list[str]:
    """The words of a text that tell its subject by their length; pairs of characters where writing has no spaces."""
    if not text.isascii() and len(unspaced := UNSPACED.findall(text)) > len(text) // 3:
        return ["".join(pair) for pair in pairwise(unspaced)]
    return TOKEN.findall(text.lower())


def cosine(left: frozenset[str], right: frozenset[str]) -> float:
    """How alike two sets of words are, from 0 to 1."""
    return float(len(left & right) / (len(left) * len(right)) ** 0.5) if left and right else 0.0


def opening_start(units: Sequence[Unit], story: int, place: int) -> int:
    """Where the furniture of a headline begins: a clock right above it is its own, unless one stands below it too."""
    below = set().union(*(unit.labels for unit in list(opening_of(units, place))[1:]))
    start = place
    for number in range(place - 1, story, -1):
        labels = units[number].labels
        if not labels <= {"date", "updated", "share", "publisher", "nav"}:
            break
        if labels & CLOCKS and not below & CLOCKS:
            start = number
    if start == place:
        return place
    alone = start - 1 > story and units[start - 1].labels == {"share"}  # a bar of several would end a story
    return start - 1 if alone else start


def article(units: Sequence[Unit], found: Sequence[Evidence]) -> Article:
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
    reasons = tuple(one.reason for one in found if one.weight > 0)
    return Article(tuple(spans), reasons, strength(found))


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
    text = frozenset(word for place in body[len(lines) :][:NEAR] for word in tokens(spans[place].text))
    return max(lines[:MOST_HEADLINES], key=lambda place: (len(text & set(tokens(spans[place].text))), -place))


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


def split_at(spans: Sequence[Span], breaks: Sequence[int], starts: Sequence[int], reason: str) -> list[Article]:
    """Part the spans of a source into articles that begin at given blocks, for one reason."""
    if not spans:
        return []
    units = units_of(spans, breaks)
    wanted = frozenset(starts)
    places = [place for place, unit in enumerate(units) if place and unit.spans[0].block in wanted]
    bounds = [0, *places, len(units)]
    found = [Evidence(THRESHOLD, reason)]
    return [article(units[first:last], found if first else ()) for first, last in pairwise(bounds)]
