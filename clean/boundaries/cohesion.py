"""How much the words on both sides of a gap have in common, for every gap at once and in time linear in the text.

A term that comes again is a link; links that cross a gap hold a text together. Every link adds its weight to a range
of gaps, and a running sum over the ends of the ranges gives all sums in one pass. Weights are whole numbers, so that no
sum depends on what else is in the batch.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
NEVER = 1 << 40  # the number of a body that no text has


class Postings(NamedTuple):
    """Where terms stand: an entry for each term and body it is in, by term and then by body."""

    body: Integers
    weight: Integers
    before: Integers  # the body in which the term stood last, or -1
    after: Integers  # the body in which it stands next, or NEVER


def postings(term: Integers, body: Integers, weight: Integers) -> Postings:
    """The postings of tokens."""
    size = int(body.max(initial=0)) + 1
    rows, first = np.unique(term * size + body, return_index=True)
    body, same = rows % size, rows[1:] // size == rows[:-1] // size
    before, after = np.full(len(rows), -1), np.full(len(rows), NEVER)
    before[1:][same] = body[:-1][same]
    after[:-1][same] = body[1:][same]
    return Postings(body, weight[first], before, after)


def sums(low: Integers, high: Integers, weight: Integers, gaps: int) -> Floats:
    """For each gap the weight of the ranges, from low up to but without high, that hold it."""
    some = high > low
    low, high, weight = low[some], high[some], weight[some]
    return np.asarray(np.cumsum(np.bincount(low, weight, gaps + 1) - np.bincount(high, weight, gaps + 1))[:gaps])


def known(rows: Postings, reach: int, memory: int, first: Integers, gaps: int) -> tuple[Floats, Floats]:
    """For each gap the weight of those terms in the next `reach` bodies that stand in the last `memory`, and of all.

    `first` holds for each row the first body of its document.
    """
    low = np.maximum(rows.body - reach, rows.before) + 1
    high = np.where(rows.before < 0, low, np.minimum(rows.body, rows.before + memory) + 1)
    return sums(low, high, rows.weight, gaps), sums(np.maximum(low, first), rows.body + 1, rows.weight, gaps)


def returning(rows: Postings, reach: int, memory: int, last: Integers, gaps: int) -> tuple[Floats, Floats]:
    """The same the other way: those terms in the last `reach` bodies that stand in the next `memory`, and all.

    `last` holds for each row the last body of its document.
    """
    high = np.minimum(rows.body + reach, rows.after) + 1
    low = np.where(rows.after == NEVER, high, np.maximum(rows.body, rows.after - memory) + 1)
    return sums(low, high, rows.weight, gaps), sums(rows.body + 1, np.minimum(high, last + 1), rows.weight, gaps)


def crossing(rows: Postings, reach: int, gaps: int) -> Floats:
    """For each gap the weight of the links of at most `reach` bodies that cross it."""
    linked = (rows.before >= 0) & (rows.body - rows.before <= reach)
    return sums(rows.before[linked] + 1, rows.body[linked] + 1, rows.weight[linked], gaps)
