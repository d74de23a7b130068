"""Front matter: fields such as `title: Frost in May`, between two lines of dashes in front of a text."""

import re
from collections.abc import Iterator, Mapping, Sequence

from clean.marks import DETECTORS
from clean.model import Block, Mark
from clean.rulebook import fold

NAME = "front"
LONGEST = 40  # lines; those of static sites and of converters have ten
NEAR = 4  # blocks behind it in which the headline stands again
OPENS, CLOSES = ("---",), ("---", "...")
FIELD = re.compile(r"(?P<key>[^\W\d_][\w -]{0,30}?)\s*:(?:\s+(?P<value>\S.*))?$")
ITEM = re.compile(r"-\s+(?P<value>\S.*)$")
LONG = re.compile(r"[>|][+-]?$")  # a value that stands in the lines below
PLAIN = re.compile(r"[\s\"'\[\]]*(?P<value>.*?)[\s\"'\[\]]*$")  # a value without quotes, and brackets of a list
FIELDS: Mapping[str, str] = {  # the fields of static sites (Jekyll, Hugo), of Pandoc and of readers of pages
    "title": "title", "headline": "title",
    "author": "byline", "authors": "byline", "byline": "byline",
    "date": "date", "published": "date", "publishdate": "date", "pubdate": "date", "published_at": "date",
    "updated": "updated", "lastmod": "updated", "modified": "updated", "last_modified_at": "updated",
    "publisher": "publisher", "site": "publisher", "site_name": "publisher", "sitename": "publisher",
    "description": "summary", "summary": "summary", "excerpt": "summary", "subtitle": "summary",
}  # fmt: skip
SINGLE = ("title", "date", "updated", "publisher")  # of which only the first counts


def find(blocks: Sequence[Block]) -> Iterator[Mark]:
    """Mark the lines of front matter: the values of fields that a record has, and all else as removed.

    Where one line is no field, nor an item or line of one, it is none, and stays.

    >>> lines = ("---", "title: Frost in May", "layout: post", "---", "It froze.")
    >>> [(mark.label, mark.start) for mark in find([Block(0, 0, line, 1) for line in lines])]
    [('other', 0), ('other', 0), ('title', 7), ('other', 0), ('other', 0)]
    """
    end = end_of(blocks)
    below = {fold(block.text): number for number, block in enumerate(blocks[: end + 1 + NEAR]) if number > end}
    seen: set[str] = set()
    for number, label, start, stop in values(blocks[: end + 1] if end else ()):
        text = blocks[number].text
        if not label or label in seen or start == stop:
            yield mark(number, 0, len(text), "other")
            continue
        seen.update({label} & set(SINGLE))
        again = below.get(fold(text[start:stop])) if label == "title" else None
        if again is not None:
            is_same = blocks[again].text == text[start:stop]
            label = "repeat.title" if is_same else label
            yield mark(again, 0, len(blocks[again].text), "title" if is_same else "repeat.title")
        if start:
            yield mark(number, 0, start, "other")
        yield mark(number, start, stop, label)
        if stop < len(text):
            yield mark(number, stop, len(text), "other")


def end_of(blocks: Sequence[Block]) -> int:
    """The last line of the front matter that a document opens with, or 0."""
    if not blocks or blocks[0].text not in OPENS:
        return 0
    end = next((number for number in range(1, min(LONGEST, len(blocks))) if blocks[number].text in CLOSES), 0)
    is_long = False
    for block in blocks[1:end]:
        field = FIELD.match(block.text)
        if field is None and not is_long and not ITEM.match(block.text):
            return 0
        is_long = (is_long and field is None) or bool(field and LONG.match(field["value"] or ""))
    return end if any(FIELD.match(block.text) for block in blocks[1:end]) else 0


def values(blocks: Sequence[Block]) -> Iterator[tuple[int, str, int, int]]:
    """Of each line of front matter its number, the label of its value, if it has one, and where that stands in it."""
    label = ""
    for number, block in enumerate(blocks):
        text = block.text
        if text in OPENS + CLOSES:
            yield number, "", 0, 0
        elif field := FIELD.match(text):
            label = FIELDS.get(field["key"].lower(), "")
            is_long = field["value"] is None or LONG.match(field["value"])
            yield number, "" if is_long else label, *place_of_value(field)
        else:
            yield number, label, *(place_of_value(ITEM.match(text)) if ITEM.match(text) else (0, len(text)))


def place_of_value(line: re.Match[str] | None) -> tuple[int, int]:
    """Where the value of a field or item begins and ends in its line, without quotes; twice 0 if there is none."""
    if line is None or not line["value"]:
        return 0, 0
    found = PLAIN.match(line["value"])
    assert found is not None
    return line.start("value") + found.start("value"), line.start("value") + found.end("value")


def mark(number: int, start: int, end: int, label: str) -> Mark:
    """A mark over a piece of a block."""
    return Mark(number, start, end, label, NAME, DETECTORS[NAME], "high")
