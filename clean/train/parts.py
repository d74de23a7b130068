"""What training files are made of: stories, lines, and the file with the places of its stories."""

import re
from collections.abc import Sequence
from typing import NamedTuple

SENTENCE_END = re.compile(r"(?<=[.!?。！？])[\"”’»」]?\s+|(?<=[。！？])")
SHORTEST = 15  # characters of a sentence that is worth quoting
LONGEST = 250  # and of one that can be a standfirst
KEY = 60  # letters and digits by which a paragraph is known again


class Story(NamedTuple):
    """One story to compose with."""

    title: str
    paragraphs: tuple[str, ...]
    language: str
    publisher: str


class Line(NamedTuple):
    """A line of a file in the making, the line breaks in front of it, and whether it starts a story or is its text."""

    text: str
    gap: int
    starts: bool = False
    is_body: bool = False


class Place(NamedTuple):
    """Where a story stands in a file: its opening, its body, and the end of that, in characters."""

    start: int
    body: int
    end: int


class Composed(NamedTuple):
    """A training file: its text, and where its stories are."""

    text: str
    stories: tuple[Place, ...]
    kind: str


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph.

    >>> sentences("The pier is closed. Nobody knows why.")
    ['The pier is closed.', 'Nobody knows why.']
    """
    return [part for part in SENTENCE_END.split(text) if part]


def key_of(paragraph: str) -> str:
    """What a paragraph is known by in whatever form it comes."""
    return "".join(filter(str.isalnum, paragraph.lower()))[:KEY]


def rendered(lines: Sequence[Line], kind: str) -> Composed:
    """The lines as one text, and where the stories are in it."""
    pieces: list[str] = []
    places: list[Place] = []
    at = 0
    for number, line in enumerate(lines):
        start = at + (line.gap if number else 0)
        pieces.append("\n" * (start - at) + line.text)
        at = start + len(line.text)
        if line.starts:
            places.append(Place(start, -1, start))
        if line.is_body and places:
            last = places[-1]
            places[-1] = Place(last.start, start if last.body < 0 else last.body, at)
    return Composed("".join(pieces) + "\n", tuple(places), kind)
