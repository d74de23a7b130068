"""What the other likely boundaries of a file say of each: how alike they look, and what lies between them."""

from typing import NamedTuple

import numpy as np

from clean.boundaries.page import FAR, LEAST, Columns, Flags, Floats, Integers, Page, Slots
from clean.boundaries.terms import Terms

SURE = 8.0  # log-odds; what is surer is no surer
CLEAR, LIKELY, POSSIBLE = (
    0.5,
    0.3,
    0.15,
)  # chance from which another slot is taken for a boundary, for different questions
WORTH_A_LOOK = 0.03  # chance from which the stories on both sides of a slot are compared
WEIGHT_BITS = 9  # that hold the weight of a term, and whether it is a name
REACH = 24  # bodies of a story that are compared
NEAR = (-3, -2, -1, 1, 2, 3)  # slots beside a slot
AROUND = 5  # slots on each side, of which the likeliest is told
# Traits in which the boundaries of one file are mostly alike, and up to what they are counted.
TRAITS = {
    "headline.is-there": 1.0,
    "clock.from-here": 1.0,
    "gaps.over-usual": 6.0,
    "gaps.at-body": 6.0,
    "headline.size": 300.0,
    "headline.capitals": 1.0,
    "slot.lines-from-here": 10.0,
    "headline.prefix": 1.0,
    "headline.shouted": 1.0,
    "byline.from-here": 1.0,
    "again.from-here": 1.0,
    "dateline.here": 1.0,
    "share.from-here": 1.0,
}


class Bags(NamedTuple):
    """The terms of each body, those of one in a row: from edges[body] up to edges[body + 1].

    A term is its number, its weight, and whether it is a name, in one integer.
    """

    term: Integers
    edges: Integers


def bags_of(page: Page, terms: Terms) -> Bags:
    """The terms of the bodies of a page."""
    chosen = page.is_body[terms.unit] & (terms.weight > 0)
    edges = np.searchsorted(page.body[terms.unit][chosen], np.arange(page.gaps))
    term = terms.term[chosen] << WEIGHT_BITS | terms.weight[chosen] << 1 | terms.is_name[chosen]
    return Bags(term, edges)


def context(page: Page, slots: Slots, figures: Columns, bags: Bags, odds: Floats) -> Columns:
    """The figures of each slot that depend on the log-odds of all slots of its document."""
    odds = np.where(slots.is_first, -SURE, np.clip(odds, -SURE, SURE))
    chance = np.where(slots.is_first, 0.0, 1 / (1 + np.exp(-odds)))
    return (
        beside(slots, odds)
        | alike(slots, figures, chance)
        | spaced(page, slots, chance)
        | compared(page, slots, bags, chance)
    )


def beside(slots: Slots, odds: Floats) -> Columns:
    """The log-odds of a slot and of those beside it."""
    columns: Columns = {"odds.here": odds}
    index = np.arange(len(odds))
    above, below = np.full(len(odds), -SURE), np.full(len(odds), -SURE)
    for step in range(1, AROUND + 1):
        for side, best in ((-step, above), (step, below)):
            values = shifted(odds, index + side, slots)
            np.maximum(best, values, out=best)
            if side in NEAR:
                columns[f"odds.step{side:+d}"] = values
    return columns | {"odds.best-above": above, "odds.best-below": below}


def habits(context: Columns, slot: Integers) -> Columns:
    """How stories begin elsewhere in the file, for lines of given slots: with a headline, if others do."""
    return {name: values[slot] for name, values in context.items() if name.startswith("habit.")}


def shifted(values: Floats, place: Integers, slots: Slots) -> Floats:
    """The values of slots by number, and -SURE where a number is not one of the same document."""
    safe = np.clip(place, 0, max(len(values) - 1, 0))
    return np.where((place == safe) & (slots.document[safe] == slots.document), values[safe], -SURE)


def alike(slots: Slots, figures: Columns, chance: Floats) -> Columns:
    """How many boundaries a file is likely to have; how a slot differs from the others of them, and from the first.

    The habits are the same beside no slot: what the others are like, and the first.
    """
    document = slots.document
    many = int(document.max(initial=-1)) + 1
    total = np.bincount(document, chance, many)[document]
    others = total - chance + 1e-6
    first = np.zeros(many)
    np.maximum.at(first, document, chance)
    below = np.where(chance == first[document], 0.0, chance)
    second = np.zeros(many)
    np.maximum.at(second, document, below)
    columns: Columns = {
        "file.boundaries": np.minimum(np.round(total, 6), FAR),
        "file.clear": np.bincount(document, chance > CLEAR, many)[document],
        "file.best-other": np.where(chance == first[document], second[document], first[document]),
    }
    for name, most in TRAITS.items():
        values = np.clip(figures[name], LEAST, most)
        mean = (np.bincount(document, chance * values, many)[document] - chance * values) / others
        columns[f"file.{name.replace('.', '-')}"] = np.round(values - mean, 6)
        opening = values[np.searchsorted(document, document)]
        columns[f"opening.{name.replace('.', '-')}"] = np.abs(values - opening)
        columns[f"habit.first-{name.replace('.', '-')}"] = opening
        columns[f"habit.others-{name.replace('.', '-')}"] = np.where(others < POSSIBLE, LEAST, np.round(mean, 6))
    return columns


def spaced(page: Page, slots: Slots, chance: Floats) -> Columns:
    """Characters of body to the boundaries on both sides."""
    columns: Columns = {}
    at = page.at[slots.body]
    ends = np.append(at, at[-1:] + page.size[slots.body[-1:]])
    for name, least in (("clear", CLEAR), ("possible", POSSIBLE)):
        last, following = neighbours(slots, chance > least)
        columns[f"file.since-{name}"] = np.minimum(at - at[last], FAR)
        columns[f"file.until-{name}"] = np.minimum(ends[following] - at, FAR)
    return columns


def neighbours(slots: Slots, chosen: Flags) -> tuple[Integers, Integers]:
    """For each slot the last chosen one in front of it, or the document's first, and the next behind it, or the end."""
    index = np.arange(len(chosen))
    first = np.searchsorted(slots.document, slots.document)
    end = np.searchsorted(slots.document, slots.document, side="right")
    picked = np.flatnonzero(chosen)
    last = np.append(picked, 0)[np.searchsorted(picked, index) - 1]
    following = np.append(picked, len(chosen))[np.searchsorted(picked, index, side="right")]
    return np.maximum(np.where(last < index, last, 0), first), np.minimum(following, end)


def compared(page: Page, slots: Slots, bags: Bags, chance: Floats) -> Columns:
    """How much the two stories that a slot would part have in common, and how much those around an interruption."""
    last, following = neighbours(slots, chance > LIKELY)
    names = ("words-alike", "words-held", "names-alike", "names-held", "words-over", "names-over", "leads-alike")
    table = np.full((len(chance), len(names)), LEAST)
    for slot in np.flatnonzero(chance > WORTH_A_LOOK).tolist():
        low, high = max(int(last[slot]), slot - REACH), min(int(following[slot]), slot + REACH)
        right = terms_in(bags, slot, high)
        table[slot, :4] = shared(terms_in(bags, low, slot), right)
        lead = int(last[slot])
        table[slot, 6] = shared(terms_in(bags, lead, lead + 1), terms_in(bags, slot, slot + 1))[0]
        before = int(last[last[slot]])
        if before < last[slot]:
            table[slot, 4:6] = shared(terms_in(bags, max(before, int(last[slot]) - REACH), int(last[slot])), right)[::2]
    columns: Columns = {f"stories.{name}": table[:, number] for number, name in enumerate(names)}
    looked = chance > WORTH_A_LOOK
    index = np.arange(len(chance))
    at = page.at[slots.body]
    columns["stories.bodies-before"] = np.where(looked, np.minimum(index - last, REACH), LEAST)
    columns["stories.bodies-after"] = np.where(looked, np.minimum(following - index, REACH), LEAST)
    ends = np.append(at, at[-1:] + page.size[slots.body[-1:]])
    columns["stories.length-before"] = np.where(looked, np.minimum(at - at[last], FAR), LEAST)
    columns["stories.length-after"] = np.where(looked, np.minimum(ends[following] - at, FAR), LEAST)
    return columns


def terms_in(bags: Bags, low: int, high: int) -> Integers:
    """The different terms of the bodies from low up to but without high."""
    return np.unique(bags.term[bags.edges[low] : bags.edges[high]])


def shared(left: Integers, right: Integers) -> tuple[float, float, float, float]:
    """What two sets of terms share, beside the mean of both and beside the smaller one; first of all, then of names."""
    both = left[np.isin(left, right, assume_unique=True, kind="sort")]
    found: list[float] = []
    for of_names in (False, True):
        one, other, common = (weight_of(terms, of_names) for terms in (left, right, both))
        found += [common / (one * other) ** 0.5, common / min(one, other)] if one and other else [LEAST, LEAST]
    return found[0], found[1], found[2], found[3]


def weight_of(terms: Integers, of_names: bool) -> int:
    """What some terms weigh together, or the names among them."""
    weight = (terms & (1 << WEIGHT_BITS) - 1) >> 1
    return int((weight * (terms & 1)).sum() if of_names else weight.sum())
