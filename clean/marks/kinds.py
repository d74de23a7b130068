"""What kind of boilerplate a block of a page is, by the names of the elements around it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from clean.marks import DETECTORS
from clean.marks.families import BIT, families_of
from clean.marks.headlines import lines_of
from clean.model import Block, Mark, Page

# The label that goes with a family, the surest first: a share button in a header is a share button.
LABELS: Sequence[tuple[str, str]] = (
    ("cookie", "cookie"),
    ("comment", "comment"),
    ("share", "share"),
    ("ad", "ad"),
    ("subscribe", "promo.subscribe"),
    ("related", "related.item"),
    ("tags", "nav"),
    ("nav", "nav"),
    ("footer", "nav"),
    ("header", "nav"),
    ("form", "nav"),
)
LONGEST_CLOCK = 40  # characters of a line that says no more than a time
QUOTED = 3  # elements around a line, from the inside out, that may be a `<blockquote>`
REACH = 6  # elements around a block, from the inside out, whose names are asked


def kind_of(number: int, page: Page, known: dict[int, str]) -> str:
    """The label of boilerplate in an element: of the nearest name that tells one; nothing if none does.

    `known` remembers what the names of single elements tell.
    """
    for _ in range(REACH):
        if number < 0 or page.elements[number].tag in ("html", "body"):
            break
        label = known.get(number)
        if label is None:
            element = page.elements[number]
            label = known[number] = label_of(families_of(element.tag, element.words))
        if label:
            return label
        number = page.elements[number].parent
    return ""


@lru_cache(4096)
def label_of(families: int) -> str:
    """The label that goes with the surest of some families, one bit each; nothing if none tells one."""
    return next((label for family, label in LABELS if families & BIT[family]), "")


def kinds(lines: Sequence[int], page: Page, numbers: Sequence[int]) -> Mapping[int, str]:
    """What `kind_of` says of some blocks, by their numbers; `lines` holds the line of each block."""
    known: dict[int, str] = {}
    return {number: kind_of(page.lines[lines[number]].element, page, known) for number in numbers}


def find(blocks: Sequence[Block], page: Page) -> Iterator[Mark]:
    """Mark lines that say no more than a time, by the `<time>` in them (metadata), list items and quotations (kept)."""
    for block, (number, line) in zip(blocks, enumerate(lines_of(blocks, page)), strict=True):
        told = page.lines[line]
        is_link = 2 * told.linked >= len(block.text)  # as the items of menus, of which pages have hundreds
        if not is_link and (label := shape_of(told.element, page)):
            yield Mark(number, 0, len(block.text), label, "", "", "low")
        alone = told.words.startswith("time") or page.elements[told.element].tag == "time"
        if told.time and alone and len(block.text) <= LONGEST_CLOCK and not kind_of(told.element, page, {}):
            why = DETECTORS["pages.time"]
            yield Mark(number, 0, len(block.text), "date", "pages.time", why, "high")


def shape_of(number: int, page: Page) -> str:
    """The label of what the elements around a line say that it is: an item of a list, or a quotation; or nothing."""
    if number >= 0 and page.elements[number].tag == "li":  # what lies deeper in one may be an entry of a live blog
        return "body.list"
    for _ in range(QUOTED):
        if number < 0:
            break
        if page.elements[number].tag == "blockquote":
            return "body.quote"
        number = page.elements[number].parent
    return ""


def captions(lines: Sequence[int], page: Page) -> set[int]:
    """The blocks that stand in a `<figcaption>`; `lines` holds the line of each block."""
    inside: set[int] = set()
    for number, element in enumerate(page.elements):  # the one around an element comes before it
        if element.tag == "figcaption" or element.parent in inside:
            inside.add(number)
    return {number for number, line in enumerate(lines) if page.lines[line].element in inside} if inside else inside
