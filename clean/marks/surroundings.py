"""What a block looks like among its neighbours, as figures: the features that the learned mark weighs.

Neighbours are looked up in the *view*: the document without what rules have taken out and without short lines that
stand in it again and again, so that a widget between two paragraphs does not hide that they are neighbours.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.labels import METADATA, REMOVED
from clean.marks.measures import KIND, LINE, Floats, Measures, Numbers, Values
from clean.model import Mark

TAKEN = 0.5  # share of a block that rules take, from which it is out of the view
MOST_COPIES = 3  # printings of a line, from which it is out of the view
SHORT = 60  # weight up to which it is
FARTHEST = 60  # blocks; farther is far
STEPS = (1, 2, 3)  # neighbours looked at one by one
WINDOWS = (2, 4, 8, 16)  # neighbours looked at together
WIDER = (4, 12)
CROWD = (2, 5, 15)  # blocks around, in the document as it is, of which the share out of view counts
FAMILIES = ("comment", "related", "legal", "share", "promo", "meta", "nav", "credit", "paywall")
STRENGTH: Mapping[str, float] = {"high": 1.0, "medium": 0.6, "low": 0.3}
STRONG = 0.5  # of a mark, that makes a block stand for its family
GRAIN = 1024.0  # to which figures are rounded before they are added up: such sums are exact in any company
FILLER = -25.0  # what a short line takes from a run of prose, in characters
HALF_PROSE = 0.3  # of a long line without a sentence end


class Claims(NamedTuple):
    """What rules and other detectors say of each block of a batch.

    `taken`: the share of its text that is taken out. `strongest`: the strongest claim to remove it, from 0 to 1.
    `families`: for each of FAMILIES, whether the block is of it. `title`: whether it is a headline printed twice.
    """

    taken: Floats
    strongest: Floats
    families: Mapping[str, NDArray[np.bool_]]
    title: NDArray[np.bool_]


class View(NamedTuple):
    """The blocks in view: their numbers, and where each document's begin among them.

    For every block: how many in view are before it, whether it is in view itself, where its document's begin and end.
    """

    blocks: Numbers
    edges: Numbers
    before: Numbers
    itself: Numbers
    first: Numbers
    end: Numbers


def features(measures: Measures, claims: Claims) -> dict[str, Values]:
    """Every feature by name, each with one figure a block; the part of the name before the dot is its group."""
    out = (claims.taken >= TAKEN) | ((measures.copies >= MOST_COPIES) & (measures.weight < SHORT))
    view = view_of(~out, measures)
    found = dict(alone(measures, claims))
    found |= neighbours(measures, claims, view)
    found |= around(measures, view)
    found |= crowd(measures, out, claims.taken)
    found |= place(measures, view)
    found |= near_families(measures, claims, view)
    return found


def view_of(inside: NDArray[np.bool_], measures: Measures) -> View:
    """The view of the blocks that are inside."""
    blocks = np.flatnonzero(inside)
    before: Numbers = np.cumsum(inside) - inside
    edges = np.concatenate(([0], np.cumsum(inside)))[measures.edges]
    document = measures.document
    return View(blocks, edges, before, inside.astype(np.int64), edges[document], edges[document + 1])


def alone(measures: Measures, claims: Claims) -> Iterator[tuple[str, Values]]:
    """What a block shows by itself, and against the prose of its document."""
    words, length = np.maximum(measures.words, 1), np.maximum(measures.length, 1)
    counts = measures.counts
    size = np.log1p(measures.weight)
    yield "length.size", size
    yield "length.words", np.log1p(measures.words)
    yield "length.beside-prose", size - np.log1p(mean_prose(measures))[measures.document]
    yield "ending.closed", measures.closed
    for kind in ("stop", "query", "figure", "sign"):
        yield f"ending.{kind}", measures.last == KIND[kind]
    for kind in ("stop", "comma", "quote", "bracket"):
        yield f"punctuation.{kind}", counts[:, KIND[kind]]
    yield (
        "punctuation.per-word",
        (counts[:, KIND["stop"]] + counts[:, KIND["comma"]] + counts[:, KIND["query"]]) / words,
    )
    yield "punctuation.sign", counts[:, KIND["sign"]] / length
    yield "case.capitalised", measures.capitalised / words
    yield "case.capitals", counts[:, KIND["capital"]] / length
    yield "wording.figures", counts[:, KIND["figure"]] / length
    yield "wording.letters-per-word", measures.length / words
    yield "wording.long-words", measures.long_words / words
    yield "wording.of-the-prose", measures.known
    yield "wording.common-in-prose", measures.common
    yield "wording.returns", measures.returns
    yield "repetition.copies", measures.copies
    yield "rules.taken", claims.taken
    yield "rules.strongest", claims.strongest
    yield "rules.title", claims.title


def mean_prose(measures: Measures) -> Values:
    """The mean weight of each document's prose blocks; 0 where there are none."""
    documents = len(measures.edges) - 1
    total = np.bincount(measures.document, np.where(measures.prose, measures.weight, 0), minlength=documents)
    return total / np.maximum(np.bincount(measures.document, measures.prose, minlength=documents), 1)


def neighbours(measures: Measures, claims: Claims, view: View) -> dict[str, Values]:
    """The blocks next to a block in view, one by one."""
    looked_at = {
        "size": np.log1p(measures.weight),
        "closed": measures.closed.astype(np.float32),
        "common": measures.common,
        "capitalised": measures.capitalised / np.maximum(measures.words, 1),
        "strongest": claims.strongest,
    }
    found: dict[str, Values] = {}
    numbers = np.arange(len(view.before))
    for step in STEPS:
        for side, at in (("above", view.before - step), ("below", view.before + view.itself + step - 1)):
            there = (at >= view.first) & (at < view.end)
            other = at_block(view, at)
            for name, values in looked_at.items():
                found[f"neighbours.{name}-{step}-{side}"] = np.where(there, values[other], -1)
            if step == 1:
                far = np.where(there, np.abs(numbers - other), FARTHEST)
                found[f"neighbours.distance-{side}"] = np.minimum(far, FARTHEST)
    return found


def at_block(view: View, at: Values) -> Values:
    """The blocks at places of the view; any block where there is no such place."""
    if not len(view.blocks):
        return np.zeros(len(at), np.int64)
    found: Numbers = view.blocks[np.clip(at, 0, len(view.blocks) - 1)]
    return found


def windows(values: Values, view: View, reach: int) -> tuple[Values, Values]:
    """The sums of a figure over so many blocks in view above each block, and below it."""
    sums = np.concatenate(([0.0], np.cumsum(np.round(values[view.blocks] * GRAIN) / GRAIN)))
    after = np.minimum(view.before + view.itself, view.end)
    above = sums[view.before] - sums[np.maximum(view.before - reach, view.first)]
    return above, sums[np.minimum(after + reach, view.end)] - sums[after]


def both_sides(values: Values, view: View, reach: int) -> Values:
    """The sum of a figure over so many blocks in view on each side of a block."""
    above, below = windows(values, view, reach)
    total: Values = above + below
    return total


def around(measures: Measures, view: View) -> dict[str, Values]:
    """The blocks above and below a block, and all around it, taken together."""
    weight, size = measures.weight.astype(np.float64), np.log1p(measures.weight.astype(np.float64))
    prose = np.where(measures.prose, weight, 0.0)
    one = np.ones(len(weight))
    found: dict[str, Values] = {}
    for reach in WINDOWS:
        parts = [windows(values, view, reach) for values in (prose, weight, size, one)]
        for side, amount, total, sizes, count in zip(("above", "below"), *parts, strict=True):
            found[f"around.prose-{reach}-{side}"] = np.log1p(amount)
            found[f"around.prose-share-{reach}-{side}"] = amount / np.maximum(total, 1)
            found[f"around.size-{reach}-{side}"] = sizes / np.maximum(count, 1)
    words = np.maximum(measures.words, 1)
    shares: dict[str, Values] = {
        "capitalised": measures.capitalised / words,
        "common": measures.common,
        "figures": measures.counts[:, KIND["figure"]] / np.maximum(measures.length, 1),
        "letters-per-word": measures.length / words,
        "returns": measures.returns,
    }
    for reach in WIDER:
        sizes, squares = both_sides(size, view, reach), both_sides(size * size, view, reach)
        count, total = (np.maximum(both_sides(values, view, reach), 1) for values in (one, weight))
        spread = squares / count - (sizes / count) ** 2
        found[f"around.evenness-{reach}"] = np.sqrt(np.maximum(spread, 0))
        for name, values in shares.items():
            found[f"around.{name}-{reach}"] = both_sides(values * weight, view, reach) / total
    return found


def crowd(measures: Measures, out: NDArray[np.bool_], taken: Values) -> dict[str, Values]:
    """How much of what stands around a block, in the document as it is, is out of view."""
    sums = np.concatenate(([0], np.cumsum(out)))
    numbers = np.arange(len(out))
    first, end = measures.edges[measures.document], measures.edges[measures.document + 1]
    found: dict[str, Values] = {}
    for reach in CROWD:
        found[f"taken-around.{reach}-above"] = (sums[numbers] - sums[np.maximum(numbers - reach, first)]) / reach
        found[f"taken-around.{reach}-below"] = (sums[np.minimum(numbers + 1 + reach, end)] - sums[numbers + 1]) / reach
    found["taken-around.next-above"] = np.where(numbers > first, np.roll(taken, 1), -1)
    found["taken-around.next-below"] = np.where(numbers + 1 < end, np.roll(taken, -1), -1)
    return found


def place(measures: Measures, view: View) -> dict[str, Values]:
    """Where in its document a block stands, and against the document's prose and its longest run."""
    weight = measures.weight.astype(np.float64)
    prose = np.where(measures.prose, weight, 0.0)
    count = np.maximum(view.end - view.first, 1)
    after = np.minimum(view.before + view.itself, view.end)
    sums, prose_sums = (np.concatenate(([0], np.cumsum(values[view.blocks]))) for values in (weight, prose))
    total, all_prose = sums[view.end] - sums[view.first], prose_sums[view.end] - prose_sums[view.first]
    found: dict[str, Values] = {
        "place.blocks": np.log1p(count),
        "place.share": (view.before - view.first) / count,
        "place.from-start": np.log1p(view.before - view.first),
        "place.from-end": np.log1p(view.end - after),
        "place.share-of-text": (sums[view.before] - sums[view.first]) / np.maximum(total, 1),
        "prose.amount": np.log1p(all_prose),
        "prose.share": all_prose / np.maximum(total, 1),
        "prose.share-before": (prose_sums[view.before] - prose_sums[view.first]) / np.maximum(all_prose, 1),
        "prose.before": np.log1p(prose_sums[view.before] - prose_sums[view.first]),
        "prose.after": np.log1p(prose_sums[view.end] - prose_sums[after]),
    }
    for name, flags in (("prose", measures.prose), ("long", measures.weight >= LINE), ("closed", measures.closed)):
        found[f"prose.nearest-{name}-above"], found[f"prose.nearest-{name}-below"] = nearest(flags, view)
    score = np.where(measures.prose, weight, np.where(measures.weight >= LINE, weight * HALF_PROSE, FILLER))
    start, end, worth = longest_runs(score[view.blocks], view.edges)
    start, end, worth = start[measures.document], end[measures.document], worth[measures.document]
    found["run.before"] = np.clip(start - view.before, -FARTHEST, FARTHEST)
    found["run.behind"] = np.clip(view.before - end, -FARTHEST, FARTHEST)
    found["run.share"] = worth / np.maximum(total, 1)
    found["run.place"] = (view.before - start) / np.maximum(end - start, 1)
    return found


def nearest(flags: NDArray[np.bool_], view: View) -> tuple[Values, Values]:
    """How many blocks in view above, and below, the nearest one with the flag stands."""
    flagged = np.append(np.flatnonzero(flags[view.blocks]), -1)
    above = np.searchsorted(flagged[:-1], view.before) - 1
    at = flagged[above]
    up = np.where((above >= 0) & (at >= view.first), view.before - at, FARTHEST)
    after = view.before + view.itself
    below = np.searchsorted(flagged[:-1], after)
    at = flagged[below]
    down = np.where((at >= 0) & (at < view.end), at - after + 1, FARTHEST)
    return np.minimum(up, FARTHEST), np.minimum(down, FARTHEST)


def longest_runs(scores: Values, edges: Values) -> tuple[Values, Values, Values]:
    """For each document the run with the greatest sum of scores: start, end, sum (Bentley 1984, Kadane's way)."""
    runs = [longest_run(scores[first:end].tolist(), int(first)) for first, end in itertools.pairwise(edges)]
    start, end, worth = zip(*runs, strict=True)
    return np.array(start), np.array(end), np.array(worth)


def longest_run(scores: Sequence[float], offset: int) -> tuple[int, int, float]:
    """(start, end, sum) of the run with the greatest sum."""
    best, where, total, start = 0.0, (0, 0), 0.0, 0
    for number, score in enumerate(scores):
        if total <= 0:
            total, start = 0.0, number
        total += score
        if total > best:
            best, where = total, (start, number + 1)
    return where[0] + offset, where[1] + offset, best


def near_families(measures: Measures, claims: Claims, view: View) -> dict[str, Values]:
    """How many blocks in view lie between a block and the nearest mark of each family above, and below."""
    numbers = np.arange(len(measures.weight))
    first, end = measures.edges[measures.document], measures.edges[measures.document + 1]
    found: dict[str, Values] = {}
    for family in FAMILIES:
        marked = np.append(np.flatnonzero(claims.families[family]), -1)
        above = np.searchsorted(marked[:-1], numbers) - 1
        at = marked[above]
        up = np.where((above >= 0) & (at >= first), view.before - view.before[at], FARTHEST)
        at = marked[np.searchsorted(marked[:-1], numbers + 1)]
        down = np.where((at >= 0) & (at < end), view.before[at] - view.before, FARTHEST)
        found[f"marks.{family}-above"] = np.minimum(up, FARTHEST)
        found[f"marks.{family}-below"] = np.minimum(down, FARTHEST)
    return found


def claims_of(marks: Sequence[Sequence[Mark]], taken: Sequence[Mapping[int, float]], measures: Measures) -> Claims:
    """What the marks of each document, by block, and the shares already taken out, say of all blocks of a batch."""
    blocks = len(measures.weight)
    strongest, share = np.zeros(blocks, np.float32), np.zeros(blocks, np.float32)
    families = {family: np.zeros(blocks, bool) for family in FAMILIES}
    title = np.zeros(blocks, bool)
    length = measures.length
    for first, row, gone in zip(measures.edges, marks, taken, strict=False):
        for mark in row:
            place = first + mark.block
            strength = (mark.end - mark.start) / max(1.0, length[place]) * STRENGTH[mark.confidence]
            family = family_of(mark.label)
            title[place] |= mark.label == "title"
            if family in families and strength > STRONG:
                families[family][place] = True
            if family not in ("meta", ""):
                strongest[place] = max(strongest[place], strength)
        for number, part in gone.items():
            share[first + number] = part
    return Claims(share, strongest, families, title)


def family_of(label: str) -> str:
    """The family of a label: `meta` for what goes into fields, nothing for what is kept.

    >>> family_of("promo.app"), family_of("byline"), family_of("caption")
    ('promo', 'meta', '')
    """
    if label in METADATA:
        return "meta"
    return label.split(".")[0] if label in REMOVED else ""
