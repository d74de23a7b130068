"""Whole scrapes, with all that stands around their stories, joined to files of several."""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from clean.train.pages import ASIDE, CONTENT, OF_CORPUS, Page
from clean.train.parts import Composed, Place

COUNTS = (1, 1, 2, 2, 2, 2, 3, 4)  # scrapes of a file
BREAKS = (1, 2, 2, 2, 3, 3, 4)  # line breaks between two of them
STRANGE = 0.3  # share of files whose scrapes are of any language


class Scrape(NamedTuple):
    """A labelled document of one story; `place` says where that is, in characters."""

    text: str
    place: Place
    language: str
    publisher: str


def scrapes(pages: Iterable[Page]) -> Iterator[Scrape]:
    """Pages as scrapes, but for those without a story; a story starts with its headline, or else with its body."""
    for page in pages:
        rows = list(zip(page.blocks, page.labels, strict=True))
        body = [block for block, label in rows if label == CONTENT]
        if not body:
            continue
        above = [block for block, label in rows if label == ASIDE and block.start < body[0].start]
        start = (above or body)[0].start
        publisher = page.name if page.publisher == OF_CORPUS else page.publisher
        yield Scrape(page.text, Place(start, body[0].start, body[-1].end), page.language, publisher)


def joined(given: Sequence[Scrape], draw: random.Random) -> Composed:
    """Some scrapes in one file, one behind the other."""
    first = draw.choice(given)
    pool = given if draw.random() < STRANGE else [one for one in given if one.language == first.language]
    chosen = [first, *draw.choices(pool, k=draw.choice(COUNTS) - 1)]
    text = ""
    places: list[Place] = []
    for one in dict.fromkeys(chosen):
        text = text.rstrip("\n") + "\n" * draw.choice(BREAKS) if text else ""
        at = len(text)
        places.append(Place(at + one.place.start, at + one.place.body, at + one.place.end))
        text += one.text
    return Composed(text.rstrip("\n") + "\n", tuple(places), "scrapes")
