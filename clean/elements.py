"""Stories that stand side by side on a page: which elements hold one each, and at which block each begins."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from clean.labels import KEPT
from clean.marks.families import BIT, families_of
from clean.marks.headlines import lines_of
from clean.model import Block, Page, Span

LEAST_BODY = 300  # characters of kept text; a teaser is a headline and a line or two
LEAST_PARAGRAPHS = 2
PARAGRAPH = 60  # characters of a block that counts as one
HEADINGS = ("h1", "h2", "h3")
NUMBER = re.compile(r"\d+")
ONE_STORY = BIT["live"] | BIT["comment"]  # reports that run on in many posts, and readers' answers, are no stories
OPENING = frozenset(("title", "date", "updated", "byline", "dateline"))  # what only the opening of a story holds


class Holding(NamedTuple):
    """What an element holds of what is kept."""

    first: int
    text: int
    paragraphs: int
    heading: str
    opened: bool


def starts(spans: Sequence[Span], blocks: Sequence[Block], page: Page) -> list[int]:
    """The blocks at which a story after the first begins.

    Stories stand side by side: in elements of one parent, with one tag and one class, each with a heading on top and
    paragraphs of its own, as where more stories are loaded when the reader scrolls. They are in an `<article>` each, or
    have each an `<h1>` or a byline or date. The posts of a running report and the comments of readers are no stories.
    """
    held = holdings(spans, blocks, page)
    groups: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for number in sorted(held):
        element = page.elements[number]
        if is_story(number, held[number], page):
            groups[element.parent, element.tag, NUMBER.sub("", element.words)].append(number)
    for _, numbers in sorted(groups.items(), key=lambda pair: depth(page, pair[1][0])):
        if len(numbers) > 1:
            return [held[number].first for number in numbers[1:]]
    return []


def is_story(number: int, held: Holding, page: Page) -> bool:
    """Whether an element holds one story."""
    if held.text < LEAST_BODY or held.paragraphs < LEAST_PARAGRAPHS or not held.heading:
        return False
    if any(families_of(page.elements[up].tag, page.elements[up].words) & ONE_STORY for up in upward(page, number)):
        return False
    return page.elements[number].tag == "article" or held.heading == "h1" or held.opened


def holdings(spans: Sequence[Span], blocks: Sequence[Block], page: Page) -> dict[int, Holding]:
    """What each element holds. Linear in the spans and the depth of the page."""
    lines = lines_of(blocks, page)
    found: dict[int, Holding] = {}
    for span in spans:
        own = page.lines[lines[span.block]].element
        kept = span.label in KEPT and span.label != "caption"
        tag = page.elements[own].tag
        heading = tag if tag in HEADINGS and kept else ""
        size = len(span.text) if kept and not heading else 0
        for number in upward(page, own):
            before = found.get(number)
            if before is None:
                before = Holding(span.block, 0, 0, "", False)
            on_top = heading if not before.text else ""
            found[number] = Holding(
                before.first,
                before.text + size,
                before.paragraphs + (size >= PARAGRAPH),
                before.heading or on_top,
                before.opened or (span.label in OPENING and span.label != "title"),
            )
    return found


def upward(page: Page, number: int) -> Iterator[int]:
    """An element and all around it, but for html and body."""
    while number >= 0 and page.elements[number].tag not in ("html", "body"):
        yield number
        number = page.elements[number].parent


def depth(page: Page, number: int) -> int:
    """How many elements are around one."""
    return sum(1 for _ in upward(page, number))
