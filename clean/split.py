"""Where the stories of a source begin, and its spans parted there; the headline and summary of each are named."""

import re
from bisect import bisect, bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, takewhile

from clean.boundaries.containers import container_places, separated
from clean.boundaries.model import Cut, cuts
from clean.boundaries.teasers import lists, teasers
from clean.boundaries.terms import LEAST, tokens
from clean.boundaries.units import Unit, units_of
from clean.labels import KEPT, METADATA
from clean.marks import DETECTORS
from clean.marks.shapes import could_be_title
from clean.model import Article, Span, Start

BOUNDARY = 0.7  # chance from which a cut is made: one that is wrong costs more than one that is missed
EXPORT = "a mark that an archive or mailbox puts around stories, which recurs"
HEADED = "a clock, byline or dateline at its head"
LIKE_OTHERS = "a separator that parts the other stories of the file"
IN_COMPANY = 0.2  # so much less of a chance is asked in a file that holds several stories for sure
BRIEF = 0.6  # so much less of a chance is asked of a headline in a file of briefs
LEAST_BRIEFS = 1.5  # cuts at headlines that are to be expected in such a file, by their chances
HEADLINED = 0.7  # share of all such cuts that are at one
BODIES_OF_BRIEF = 4  # paragraphs of a story on average in it, at most
LEAST_CHANCE = 0.1  # from which a cut is thought of at all
CLEARER = 0.3  # so much less is asked where paragraph follows on paragraph, or a clock, byline or dateline is told
BARE = 3  # paragraphs; a story without a headline that has no more is hardly one, with another cut beside it
SURE = 0.9  # chance from which a cut is made within a story of an export, or where hardly a story begins
WORDS_OF_NAME = 2
POSSIBLE = 0.15  # chance from which a separator is taken to agree with that
CLOCKS = frozenset(("date", "updated"))
TELLING = CLOCKS | {"byline", "dateline"}
ABOVE_HEADLINE = CLOCKS | {"share", "publisher", "nav"}  # what may stand between a clock and its headline
LONGEST_OPENING = 10  # units between a headline and its text: clock, byline, share bar, caption, bullets
HEADLINE = frozenset(("title",))
TEASERS = "split.teasers"
NEAR = 2  # bodies below a headline in which its words return
NUMBER = re.compile(r"\d+")
WORDS = re.compile(r"[^\W\d_]+(?:[ '’.-]+[^\W\d_]+)*")
MOST_HEADLINES = 3  # lines in a row: headline, standfirst, section

Form = tuple[frozenset[str], ...]


def find_starts(
    documents: Sequence[tuple[Sequence[Span], Sequence[int]]], boundary: float = BOUNDARY
) -> list[list[Start]]:
    """Where in each document a story begins after the first one.

    A document is its spans and the line breaks in front of each of its blocks. A story begins where the chance of that
    is at least `boundary`, from 0 to 1; above 1 none does.
    """
    if boundary > 1:
        return [[] for _ in documents]
    rows = [units_of(*document) for document in documents]
    likely = cuts(rows, min(boundary, LEAST_CHANCE))
    found = [consistent(units, cuts_of, boundary) for units, cuts_of in zip(rows, likely, strict=True)]
    return [list(starts_of(units, row)) for units, row in zip(rows, found, strict=True)]


def starts_of(units: Sequence[Unit], found: Sequence[Cut]) -> Iterator[Start]:
    """The blocks at which stories begin, by cuts at their headlines."""
    for cut in found:
        yield Start(units[with_clock(units, cut.unit)].spans[0].block, cut.score, cut.reasons)


def split(spans: Sequence[Span], breaks: Sequence[int], starts: Sequence[Start]) -> list[Article]:
    """Part the spans of a document into the stories that begin at given blocks; every span belongs to one.

    Where nothing is kept of a story, it is none, and belongs to the one before it or, if it is the first, behind it.
    """
    if not spans:
        return []
    units = units_of(spans, breaks)
    begins = [Start(0, 0.0, ()), *starts]
    places = [bisect_left(units, start.block, key=lambda unit: unit.spans[0].block) for start in begins]
    stories: list[tuple[Start, int]] = []
    text_before = False
    for start, place, end in zip(begins, places, [*places[1:], len(units)], strict=True):
        text_here = holds_text(units[place:end])
        if not stories or (text_here and text_before):
            stories.append((start, place))
        text_before |= text_here
    ends = [*(place for _, place in stories[1:]), len(units)]
    return [article(units[place:end], start) for (start, place), end in zip(stories, ends, strict=True)]


def holds_text(units: Sequence[Unit]) -> bool:
    """Whether any of the units is kept."""
    return any(unit.text for unit in units)


def consistent(units: Sequence[Unit], likely: Sequence[Cut], boundary: float) -> list[Cut]:
    """The cuts of a document: those that are likely enough, and those that are like what parts its other stories.

    In an export the archive's own marks count, and beside them only what is nearly sure.
    """
    export = container_places(units)
    if export:
        marked = [Cut(place, 1.0, (EXPORT,)) for place in export]
        return merged(units, marked, [cut for cut in likely if cut.score >= max(boundary, SURE)])
    listed = {number for places in lists(units) for number in places}
    likely = [cut for cut in likely if body_behind(units, cut.unit) not in listed]
    hardly = lone(units) | {cut.unit for cut in likely if is_name(units[cut.unit])}
    likely = [cut for cut in likely if not in_row(units, cut.unit) and (cut.score >= SURE or cut.unit not in hardly)]
    company = IN_COMPANY if holds_several(likely, boundary) else 0.0
    brief = BRIEF if holds_briefs(units, likely) else 0.0
    told = {cut for cut in likely if is_told(units, cut.unit)}
    usual = forms_of(units, [cut for cut in likely if cut.score >= boundary - CLEARER * (cut in told)])
    found: list[Cut] = []
    for cut in likely:
        plain = cut.unit > 0 and units[cut.unit].is_body and units[cut.unit - 1].is_body
        less = max(company, CLEARER * (plain or cut in told), brief * units[cut.unit].is_headline)
        if cut.score >= boundary - less or form_of(units, cut.unit) in usual:
            found.append(cut._replace(reasons=(*cut.reasons, HEADED)) if cut in told else cut)
    places = separated(units, [cut.unit for cut in likely if cut.score >= POSSIBLE])
    return merged(units, apart(units, found), [Cut(place, boundary, (LIKE_OTHERS,)) for place in places])


def holds_several(likely: Sequence[Cut], boundary: float) -> bool:
    """Whether a file holds several stories for sure: one cut is likely enough, or two nearly are."""
    best, second = sorted((0.0, 0.0, *(cut.score for cut in likely)))[:-3:-1]
    return best >= boundary or second >= boundary - IN_COMPANY


def holds_briefs(units: Sequence[Unit], likely: Sequence[Cut]) -> bool:
    """Whether a file holds briefs: the cuts to be expected are mostly at headlines, few paragraphs between them."""
    expected = sum(cut.score for cut in likely)
    headlines = sum(cut.score for cut in likely if units[cut.unit].is_headline)
    bodies = sum(unit.is_body for unit in units)
    return headlines >= max(LEAST_BRIEFS, HEADLINED * expected) and bodies <= BODIES_OF_BRIEF * (expected + 1)


def apart(units: Sequence[Unit], found: Sequence[Cut]) -> list[Cut]:
    """The cuts, but of two that few paragraphs part the less likely one goes, if it is not at a headline."""
    bodies = list(accumulate((unit.is_body for unit in units), initial=0))
    kept: list[Cut] = []
    for cut in found:
        bare = units[cut.unit].is_body
        while kept and bodies[cut.unit] - bodies[kept[-1].unit] <= BARE:
            if bare and cut.score <= kept[-1].score:
                break
            if not units[kept[-1].unit].is_body or kept[-1].score > cut.score:
                kept.append(cut)
                break
            kept.pop()
        else:
            kept.append(cut)
    return kept


def body_behind(units: Sequence[Unit], place: int) -> int:
    """The first body from a place on: the one that a story would begin with that is cut there."""
    return next((number for number in range(place, len(units)) if units[number].is_body), len(units))


def lone(units: Sequence[Unit]) -> set[int]:
    """The paragraphs at which a cut leaves one alone at an end of the file, without a headline: hardly a story."""
    bodies = [number for number, unit in enumerate(units) if unit.is_body]
    return set(bodies[-1:] + bodies[1:2] * (bodies[:1] == [0]))


def is_name(unit: Unit) -> bool:
    """Whether a headline has a word or two: a place above a brief of it, or a subhead, and seldom a story's own."""
    return unit.is_headline and len(tokens(unit.text)) <= WORDS_OF_NAME


def in_row(units: Sequence[Unit], place: int) -> bool:
    """Whether a line stands in a row of lines of one mould with numbers, as results and dates do: it opens no story."""
    line = units[place]
    if line.is_body or not NUMBER.search(line.text):
        return False
    return any(
        mould(unit.text) == mould(line.text) for unit in (*units[max(place - 1, 0) : place], *units[place + 1 :][:1])
    )


def mould(text: str) -> str:
    """What is left of a text when its words and numbers are all alike.

    >>> mould("Tarn Rovers 4, Port Alder 12")
    'a 0, a 0'
    """
    return NUMBER.sub("0", WORDS.sub("a", text))


def is_told(units: Sequence[Unit], place: int) -> bool:
    """Whether a clock, byline or dateline stands between a headline and its text, or opens that, or a clock above."""
    opening = [unit.labels for unit in opening_of(units, place - 1)]
    return any(labels & TELLING for labels in opening) or with_clock(units, place) < place


def forms_of(units: Sequence[Unit], sure: Sequence[Cut]) -> frozenset[Form]:
    """The forms in which the stories of a file open: those of sure cuts that the file itself opens in, too."""
    first = form_of(units, 0)
    told = first and any(labels & METADATA for labels in first)
    return frozenset((first,)) if told and any(form_of(units, cut.unit) == first for cut in sure) else frozenset()


def form_of(units: Sequence[Unit], place: int) -> Form:
    """What opens a story, line by line up to its first paragraph: headlines as such, other lines by their labels."""
    found: list[frozenset[str]] = []
    for unit in units[place : place + 1 + LONGEST_OPENING]:
        if unit.is_body:
            break
        found.append(HEADLINE if unit.is_headline else unit.labels)
    return tuple(found)


def merged(units: Sequence[Unit], found: Sequence[Cut], further: Sequence[Cut]) -> list[Cut]:
    """The cuts, and of some further ones those that have a body between them and the next cut on each side."""
    places = [cut.unit for cut in found]
    new: list[Cut] = []
    for cut in further:
        at = bisect(places, cut.unit)
        beside = places[max(at - 1, 0) : at + 1]
        ranges = (units[min(place, cut.unit) : max(place, cut.unit)] for place in beside)
        if all(any(unit.is_body for unit in between) for between in ranges):
            new.append(cut)
    return sorted([*found, *new])


def with_clock(units: Sequence[Unit], place: int) -> int:
    """Where a story begins whose headline is given: with the clock above it, unless one stands below it, too.

    A headline right below a clock belongs to the text below it, whatever was given. A single share button above that
    clock goes with it; a bar of several ends the story before.
    """
    if units[place].is_body and place > 1 and units[place - 1].is_headline and units[place - 2].labels & CLOCKS:
        place -= 1
    below = frozenset().union(*(unit.labels for unit in opening_of(units, place)))
    start = place
    for number in range(place - 1, 0, -1):
        if not units[number].labels <= ABOVE_HEADLINE or below & CLOCKS:
            break
        if units[number].labels & CLOCKS:
            start = number
    if start < 2 or not units[start].labels & CLOCKS:
        return start
    alone = units[start - 1].labels == {"share"} and units[start - 2].labels != {"share"}
    return start - 1 if alone else start


def opening_of(units: Sequence[Unit], place: int) -> Iterator[Unit]:
    """The units behind a headline, up to the first paragraph."""
    for unit in units[place + 1 : place + 1 + LONGEST_OPENING]:
        yield unit
        if unit.is_body:
            return


def article(units: Sequence[Unit], start: Start) -> Article:
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
    return Article(tuple(spans), start.reasons, start.score)


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
