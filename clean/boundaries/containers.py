"""Marks that an archive, a mailbox or an editor put between stories, which count where they recur through a file."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from clean.boundaries.units import Unit

LEAST = 2  # marks of one kind in a file; a single one may mean anything
LEAST_TEXT = 120  # characters of body in each story of a container
OPENS, CLOSES = "other.opens-", "other.closes-"  # how the ids of rules for such marks begin
FEED = 20  # line breaks that stand for a form feed
SEPARATOR = "other.separator"
AGREED = 0.6  # share of the separators of a file that must be likely boundaries before all of them are


def container_places(units: Sequence[Unit]) -> list[int]:
    """The units with which the stories of an export begin, but for the first; none, if this is no export.

    A kind of mark is believed only where it recurs, and has a story between each two.
    """
    kinds: dict[str, list[int]] = {}
    for number, unit in enumerate(units):
        rule = unit.spans[0].rule
        if number and unit.breaks >= FEED:
            kinds.setdefault("form feed", []).append(number)
        if rule.startswith(OPENS):
            kinds.setdefault(rule, []).append(number)
        elif rule.startswith(CLOSES):
            kinds.setdefault(rule, []).append(number + 1)
    if not kinds:
        return []
    text = Text(units)
    found: list[int] = []
    for _, places in sorted(kinds.items()):
        inner = [place for place in places if text.between(0, place) and text.between(place, len(units))]
        recurs = len(places) >= LEAST and all(text.between(*pair) for pair in pairwise(places))
        if recurs and len(inner) > len(found):
            found = inner
    return found


def separated(units: Sequence[Unit], likely: Sequence[int]) -> Iterator[int]:
    """The units behind the separators of a file, all alike, if most of them are likely boundaries anyhow."""
    kinds: dict[str, list[int]] = {}
    for number, unit in enumerate(units[:-1]):
        if number and unit.spans[0].rule.startswith(SEPARATOR):
            kinds.setdefault(unit.spans[0].text, []).append(number + 1)
    if not kinds:
        return
    text = Text(units)
    known = {place + step for place in likely for step in (-1, 0, 1)}
    for places in kinds.values():
        agreed = [place for place in places if place in known]
        apart = all(text.between(*pair) for pair in pairwise([0, *places, len(units)]))
        if len(places) >= LEAST and len(agreed) >= AGREED * len(places) and apart:
            yield from places


class Text:
    """How much body there is between units."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._total = [0, *accumulate(unit.size * unit.is_body for unit in units)]

    def between(self, low: int, high: int) -> bool:
        """Whether the units from low up to but without high hold enough for a story."""
        return self._total[high] - self._total[low] >= LEAST_TEXT
