"""Lists of other stories below a story: a headline and one short paragraph, again and again, and no story in it."""

from collections.abc import Sequence

from clean.boundaries.units import Unit
from clean.labels import KEPT

LONGEST = 330  # characters of the paragraph of a teaser
FEWEST = 2  # teasers below a heading that is known for one
LEAST_STORY = 500  # characters of body above; a list below less may be a round-up


def teasers(units: Sequence[Unit]) -> range:
    """The units of a story that are teasers, if a list of them ends it; its heading is one that a rule knows."""
    length = 0
    for number, unit in enumerate(units):
        if length >= LEAST_STORY and "related.heading" in unit.labels and is_list(units[number + 1 :]):
            return range(number + 1, len(units))
        length += unit.size * unit.is_body
    return range(0)


def is_list(units: Sequence[Unit]) -> bool:
    """Whether some units are teasers and nothing else: none has more than one paragraph, or a long one.

    Lines that are removed or metadata may stand between.
    """
    items = 0
    headlines = bodies = 0  # since the last teaser began
    for unit in units:
        if unit.is_body and "related.item" not in unit.labels:
            bodies += 1
            if bodies > 1 or unit.size > LONGEST or not (headlines or items):
                return False
        elif unit.is_headline or "related.item" in unit.labels:
            items += bool(bodies) or not items
            headlines, bodies = 1, 0
        elif unit.labels & KEPT:
            return False
    return items >= FEWEST
