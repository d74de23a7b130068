"""Elements that look like one story each, side by side on a page: where more are loaded as the reader scrolls."""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clean.marks.families import BIT, families_of
from clean.model import Block, Page

LEAST_BODY = 300  # characters of paragraphs; a teaser is a headline and a line or two
LEAST_PARAGRAPHS = 2
PARAGRAPH = 60  # characters of a block that counts as one
MOST_LINKED = 0.5  # share of a block in links, up to which it does
HEADINGS = ("h1", "h2", "h3")
ROOTS = ("html", "body")  # they hold all, and tell nothing
LAST = sys.maxsize  # where none was met
NUMBER = re.compile(r"\d+")
NO_STORY = BIT["live"] | BIT["comment"]  # reports that run on in many posts, and readers' answers
TEASER = BIT["related"]  # what the element itself, if not one around it, may not be called


class Story(NamedTuple):
    """An element that looks like a story: its first block, the one that is its headline, and the element."""

    first: int
    headline: int
    element: int


@dataclass(slots=True)
class Holding:
    """What an element holds: its first block, its text, its paragraphs, the first heading and paragraph, any time."""

    first: int
    text: int
    paragraphs: int
    heading: int
    paragraph: int
    timed: bool = False


def side_by_side(blocks: Sequence[Block], lines: Sequence[int], page: Page) -> list[Story]:
    """The stories of a page, if there are several: in elements of one parent, with one tag and one class.

    Each has a heading on top and paragraphs of its own. They are in an `<article>` each, or have an `<h1>` or a time
    each. The outermost such elements count. `lines` holds the line of each block. Linear in the blocks and the depth
    of the page.
    """
    held = holdings(blocks, lines, page)
    groups: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for number, one in held.items():
        if is_story(number, one, blocks, lines, page):
            element = page.elements[number]
            groups[element.parent, element.tag, NUMBER.sub("", element.words)].append(number)
    several = [numbers for numbers in groups.values() if len(numbers) > 1]
    outermost = min(several, key=lambda numbers: sum(1 for _ in upward(page, numbers[0])), default=[])
    return [Story(held[number].first, held[number].heading, number) for number in sorted(outermost)]


def holdings(blocks: Sequence[Block], lines: Sequence[int], page: Page) -> dict[int, Holding]:
    """What each element holds, of those that hold a paragraph."""
    parts = list(parts_of(blocks, lines, page))
    found: dict[int, Holding] = {}
    for element, part in parts:
        if part.paragraphs:
            for number in upward(page, element):
                if number in found:
                    break
                found[number] = Holding(LAST, 0, 0, LAST, LAST)
    for element, part in parts:
        if around := next((found[up] for up in upward(page, element) if up in found), None):
            add(around, part)
    for number in sorted(found, reverse=True):  # the last first, since an element comes after the one around it
        if (parent := page.elements[number].parent) in found:
            add(found[parent], found[number])
    return found


def parts_of(blocks: Sequence[Block], lines: Sequence[int], page: Page) -> Iterator[tuple[int, Holding]]:
    """Each block that is a heading, a paragraph or holds a time: its element, and what that holds by it."""
    for number, block in enumerate(blocks):
        line = page.lines[lines[number]]
        size = len(block.text)
        heading = page.elements[line.element].tag in HEADINGS
        long = not heading and size >= PARAGRAPH and line.linked <= MOST_LINKED * size
        if heading or long or line.time:
            where = number if heading else LAST, number if long else LAST
            yield line.element, Holding(number, size * long, int(long), *where, bool(line.time))


def add(held: Holding, part: Holding) -> None:
    """Let an element hold what a part of it does."""
    held.first = min(held.first, part.first)
    held.text += part.text
    held.paragraphs += part.paragraphs
    held.heading = min(held.heading, part.heading)
    held.paragraph = min(held.paragraph, part.paragraph)
    held.timed = held.timed or part.timed


def is_story(number: int, held: Holding, blocks: Sequence[Block], lines: Sequence[int], page: Page) -> bool:
    """Whether an element holds one story."""
    if held.text < LEAST_BODY or held.paragraphs < LEAST_PARAGRAPHS or held.heading > held.paragraph:
        return False
    if families_of(page.elements[number].tag, page.elements[number].words) & TEASER:
        return False
    if any(families_of(page.elements[up].tag, page.elements[up].words) & NO_STORY for up in upward(page, number)):
        return False
    heading = page.elements[page.lines[lines[held.heading]].element].tag
    return page.elements[number].tag == "article" or heading == "h1" or held.timed


def upward(page: Page, number: int) -> Iterator[int]:
    """An element and all around it, but for html and body."""
    while number >= 0 and page.elements[number].tag not in ROOTS:
        yield number
        number = page.elements[number].parent
