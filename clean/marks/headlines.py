"""The headline of a page's story: the heading that says what the page's head says too, and its other printings."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from clean.marks import DETECTORS
from clean.marks.families import BIT, families_of
from clean.marks.shapes import LONGEST_TITLE
from clean.marks.stories import side_by_side
from clean.model import Block, Mark, Page
from clean.rulebook import fold

NAMED = ("title", "page title")  # fields of the head that hold the headline, with the site's name behind it or not
LEAST = 8  # letters of a heading that counts as the start of a longer title
ELSEWHERE = (
    BIT["related"] | BIT["nav"] | BIT["comment"] | BIT["footer"]
)  # where a headline is another story's, or a link


def find(blocks: Sequence[Block], page: Page) -> Iterator[Mark]:
    """Mark the block that is the headline of the page, those that print it again, and those of stories beside it."""
    titles = {bare(fact.value) for fact in page.facts if fact.field in NAMED}
    lines = lines_of(blocks, page)
    shortest = min([LEAST, *map(len, titles)])
    openings = {"", *(title[:1] for title in titles)}
    same = [
        number
        for number, block in enumerate(blocks)
        if opening(block.text[0]) in openings and shortest <= len(block.text) <= LONGEST_TITLE
        if is_title(block, titles)
    ]
    best = max(same, key=lambda number: (rank(lines[number], page), -number), default=None)
    if best is not None and not rank(lines[best], page):
        best = None
    others = {story.headline for story in side_by_side(blocks, lines, page)}
    for number in sorted(others | ({best} if best is not None else set())):
        yield mark(number, blocks, "title", "pages.title")
    for number in same:
        if best is not None and number != best and bare(blocks[number].text) == bare(blocks[best].text):
            yield mark(number, blocks, "repeat.title", "repeats.title")


def mark(number: int, blocks: Sequence[Block], label: str, detector: str) -> Mark:
    """A mark over a whole block."""
    return Mark(number, 0, len(blocks[number].text), label, detector, DETECTORS[detector], "high")


def bare(text: str) -> str:
    """A text without spaces, outer signs and case."""
    return "".join(fold(text).split())


@lru_cache(4096)
def opening(first: str) -> str:
    """What `bare` makes of the first character of a text, which tells most texts apart; nothing of a sign."""
    return bare(first)[:1]


def is_title(block: Block, titles: set[str]) -> bool:
    """Whether a block says what a title says, or all of it but the name of the site behind it."""
    key = bare(block.text)
    return key in titles or (len(key) >= LEAST and any(title.startswith(key) for title in titles))


def rank(line: int, page: Page) -> int:
    """How likely a line that says the title is the headline itself: 2 in an `<h1>`, 1 in another heading, else 0."""
    element = page.elements[page.lines[line].element]
    around, parent = 0, page.lines[line].element
    for _ in range(3):
        if parent >= 0:
            around |= families_of(page.elements[parent].tag, page.elements[parent].words)
            parent = page.elements[parent].parent
    if element.tag == "h1":
        return 3 - bool(around & ELSEWHERE)
    return int(not around & ELSEWHERE and (element.tag in ("h2", "h3") or bool(around & BIT["title"])))


def lines_of(blocks: Sequence[Block], page: Page) -> list[int]:
    """For each block the number of the line it is of, or a part of."""
    starts = [line.start for line in page.lines]
    if starts == [block.start for block in blocks]:  # mostly so
        return list(range(len(starts)))
    starts.append(len(page.html) * 2 + 1)
    found: list[int] = []
    number = 0
    for block in blocks:
        while block.start >= starts[number + 1]:
            number += 1
        found.append(number)
    return found
