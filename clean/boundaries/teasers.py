"""Lists of other stories below a story: a headline and one short paragraph, again and again, and no story in it."""

from collections.abc import Iterator, Sequence

from clean.boundaries.units import Unit
from clean.labels import KEPT

LONGEST = 330  # characters of the paragraph of a teaser
FEWEST = 2  # teasers below a heading that is known for one
LEAST_STORY = 500  # characters of body above; a list below less may be a round-up


def teasers(units: Sequence[Unit]) -> range:
    """The units of a story that are teasers, if a list of them ends it."""
    return next((found for found in lists(units) if found.stop == len(units)), range(0))


def lists(units: Sequence[Unit]) -> Iterator[range]:
    """The lists of teasers below a story, each with its heading, which a rule knows."""
    length = stop = 0
    for number, unit in enumerate(units):
        if number >= stop and length >= LEAST_STORY and "related.heading" in unit.labels:
            stop = end_of_list(units, number + 1)
            if stop > number + 1:
                yield range(number, stop)
        length += unit.size * unit.is_body


def end_of_list(units: Sequence[Unit], start: int) -> int:
    """Where a list that may begin at `start` ends: with the document, or where a story begins; `start` if it is none.

    No teaser has more than one paragraph, or a long one. Lines that are removed or metadata may stand between.
    """
    items = bodies = 0  # teasers so far; paragraphs of the last
    begins = start  # of the last teaser
    for number in range(start, len(units)):
        unit = units[number]
        if unit.is_body and "related.item" not in unit.labels:
            bodies += 1
            if bodies > 1 or unit.size > LONGEST or not items:
                return begins if items > FEWEST else start
        elif unit.is_headline or "related.item" in unit.labels:
            if bodies or not items:
                items, bodies, begins = items + 1, 0, number
        elif unit.labels & KEPT:
            return begins if items > FEWEST else start
    return len(units) if items >= FEWEST else start
