"""A batch of documents as columns, one entry for each block, so that all of them are looked at in one go."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.boundaries.units import Unit

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]  # the figures of all units or slots, by the name of the feature: "group.what"

FAR = 10_000  # characters; what is farther is all the same
LEAST = -1.0  # where there is nothing to measure


class Page(NamedTuple):
    """Documents, one behind the other: an entry for each unit, but for `first` and `end`, which are by document."""

    units: Sequence[Unit]
    document: Integers
    is_body: Flags
    body: Integers  # bodies in front of the unit, over the whole batch
    size: Floats  # characters of what is kept; those of scripts without spaces count twice
    at: Floats  # characters of body in front of the unit, over the whole batch
    first: Integers  # first unit of each document
    end: Integers  # unit behind its last

    @property
    def numbers(self) -> Integers:
        """The numbers of the units."""
        return np.arange(len(self.units))

    @property
    def gaps(self) -> int:
        """How many gaps between bodies there are: one in front of each, and one behind all."""
        return int(self.is_body.sum()) + 1


def page_of(documents: Sequence[Sequence[Unit]]) -> Page:
    """The documents as a page."""
    units = [unit for document in documents for unit in document]
    counts = np.array([len(document) for document in documents], dtype=np.int64)
    end = np.cumsum(counts)
    is_body = np.array([unit.is_body for unit in units], dtype=bool)
    size = np.array([unit.size for unit in units], dtype=np.float64)
    inside = size * is_body
    document = np.repeat(np.arange(len(counts)), counts)
    return Page(
        units, document, is_body, np.cumsum(is_body) - is_body, size, np.cumsum(inside) - inside, end - counts, end
    )


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """One over the other, and LEAST where there is nothing."""
    return np.where(whole > 0, part / np.maximum(whole, 1e-9), LEAST)


def since(places: Integers, page: Page) -> Floats:
    """Characters of body from the last of some places in front of each unit, in the same document."""
    if not len(places):
        return np.full(len(page.units), LEAST)
    found = np.searchsorted(places, page.numbers) - 1
    there = places[np.maximum(found, 0)]
    near = (found >= 0) & (page.document[there] == page.document)
    return np.where(near, np.minimum(page.at - page.at[there], FAR), LEAST)


def until(places: Integers, page: Page) -> Floats:
    """Characters of body to the next of some places behind each unit, in the same document."""
    if not len(places):
        return np.full(len(page.units), LEAST)
    found = np.searchsorted(places, page.numbers, side="right")
    there = places[np.minimum(found, len(places) - 1)]
    near = (found < len(places)) & (page.document[there] == page.document)
    return np.where(near, np.minimum(page.at[there] - page.at, FAR), LEAST)


class Slots(NamedTuple):
    """The places where a story may begin, by document: each body, with the units between it and the body before."""

    body: Integers
    low: Integers  # the first of those units, or the body itself
    headline: Integers  # the one of them that is most like a headline, or the body itself
    widest: Integers  # the one with the widest gap in front
    document: Integers

    @property
    def is_first(self) -> Flags:
        """Whether a slot is the first of its document, where no story can end."""
        return np.asarray(np.diff(self.document, prepend=-1) != 0)


def slots_of(page: Page, likeness: Floats, breaks: Floats) -> Slots:
    """The slots of a page; `likeness` tells how like a headline each unit is, or -inf where it cannot be one."""
    body = np.flatnonzero(page.is_body)
    low = np.append(0, body[:-1] + 1)[: len(body)]
    low = np.maximum(low, page.first[page.document[body]])
    slot = page.body  # units behind the last body of a document would fall into the next one's first slot
    inside = slot < len(body)
    inside[inside] = page.document[body[slot[inside]]] == page.document[inside]
    headline = best_of(likeness, inside & np.isfinite(likeness), slot, body)
    return Slots(body, low, headline, best_of(breaks, inside, slot, body), page.document[body])


def best_of(score: Floats, could: Flags, slot: Integers, default: Integers) -> Integers:
    """For each slot the first of its units with the best score, or the default."""
    found = default.copy()
    rows = np.flatnonzero(could)
    order = rows[np.lexsort((rows, -score[rows], slot[rows]))]
    opens = np.diff(slot[order], prepend=-1) != 0
    found[slot[order][opens]] = order[opens]
    return found
