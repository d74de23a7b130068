"""The model: how likely a new story begins in front of each body, at which line, and why."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from clean.boundaries.context import bags_of, context, habits
from clean.boundaries.page import Columns, Floats, Integers, Page, Slots, page_of
from clean.boundaries.sides import sides
from clean.boundaries.slots import look, slots
from clean.boundaries.terms import Terms, Vocabulary, terms_of
from clean.boundaries.units import Unit
from clean.trees import Trees

WEIGHTS = Path(__file__).parent.parent / "weights" / "boundaries.json"
CHUNK = 6000  # units that are looked at in one go; a longer document goes in pieces, so that memory stays bounded
OVERLAP = 300  # units that two pieces share, so that each gap is seen with what stands around it
HOPELESS = 0.004  # chance by the first trees below which the second were never seen to believe in a boundary
MOST_REASONS = 6
BRIEFS = 3  # other clear boundaries in a file that may hold briefs of a headline and no paragraph
BRIEF = 0.3  # chance from which a further line of a slot is the headline of one
LEAST_REASON = 0.05  # log-odds; what says less is not told

# What is told of a group of features that spoke for a boundary.
REASONS: Mapping[str, str] = {
    "words": "other words before than after",
    "names": "other names before than after",
    "stories": "the stories on both sides have little in common",
    "style": "what follows is set by another house",
    "language": "another language",
    "headline": "a line like a headline, whose words come after it",
    "title": "a headline that is printed twice",
    "around": "lines as they stand around a headline",
    "lead": "what follows sounds like a lead",
    "retold": "what follows tells the news of the file's first paragraph again",
    "dateline": "a dateline",
    "clock": "a clock",
    "byline": "a byline",
    "gaps": "a wide gap",
    "sections": "long text on both sides",
    "lengths": "where it stands in the file",
    "file": "like the other boundaries of the file",
    "opening": "as the file begins",
    "slot": "several lines between two paragraphs",
    "publisher": "the name of a publisher",
    "share": "a share bar",
    "credit": "a credit or sign-off",
    "related": "a list of other stories ends before it",
    "item": "a list of other stories ends before it",
    "nav": "a menu",
    "promo": "an offer of the publisher",
    "legal": "a copyright notice",
    "comment": "reader comments",
    "other": "a rule between two parts",
}
SILENT = frozenset(("odds", "habit"))  # groups that repeat what others said


class Cut(NamedTuple):
    """A place where a story begins: the number of its first unit, the chance from 0 to 1, and the reasons."""

    unit: int
    score: float
    reasons: tuple[str, ...]


class Model(NamedTuple):
    """The trees and words that were trained together.

    `first` asks each slot alone, `second` once more, knowing what the first said of all; `place` finds the line.
    """

    first: Trees
    second: Trees
    place: Trees
    vocabulary: Vocabulary


class Measured(NamedTuple):
    """Everything of some documents that does not depend on trees."""

    page: Page
    terms: Terms
    columns: Columns
    slots: Slots
    figures: Columns


class Seen(NamedTuple):
    """A page with everything that was measured on it."""

    page: Page
    columns: Columns
    slots: Slots
    figures: Columns
    context: Columns
    leaves: NDArray[np.uint8]  # [tree, slot] of the first trees
    odds: Floats  # by them


@lru_cache(1)
def bundled() -> Model:
    """The model that comes with the package."""
    return model_of(orjson.loads(WEIGHTS.read_bytes()))


def model_of(table: Mapping[str, Any]) -> Model:
    """The model in a table, as its file holds it."""
    first, second, place = (Trees(table[name]) for name in ("first", "second", "place"))
    return Model(first, second, place, Vocabulary(table["weights"], table["lead"]))


def measured(documents: Sequence[Sequence[Unit]], vocabulary: Vocabulary) -> Measured:
    """Measure some documents."""
    page = page_of(documents)
    terms = terms_of([unit.text for unit in page.units], page.document, vocabulary)
    columns = look(page, terms)
    return Measured(page, terms, columns, *slots(page, columns))


def see(documents: Sequence[Sequence[Unit]], model: Model) -> Seen:
    """Measure some documents, and let the first trees judge them."""
    page, terms, columns, found, figures = measured(documents, model.vocabulary)
    leaves = model.first.leaves(model.first.matrix(figures, np.arange(len(found.body))))
    odds = model.first.odds(leaves)
    further = context(page, found, figures, bags_of(page, terms), odds)
    return Seen(page, columns, found, figures, further, leaves, odds)


def cuts(documents: Sequence[Sequence[Unit]], least: float, model: Model | None = None) -> list[list[Cut]]:
    """Where stories begin in each document, but for the first: wherever the chance of that is at least `least`."""
    model = model or bundled()
    found: list[list[Cut]] = [[] for _ in documents]
    for batch in batches(documents):
        pieces = [documents[number][start:end] for number, start, end in batch]
        for (number, start, end), row in zip(batch, cuts_of(pieces, least, model), strict=True):
            low = start + OVERLAP // 2 if start else 0
            high = end - OVERLAP // 2 if end < len(documents[number]) else end
            found[number] += [one._replace(unit=start + one.unit) for one in row if low <= start + one.unit < high]
    return found


def batches(documents: Sequence[Sequence[Unit]]) -> Iterator[list[tuple[int, int, int]]]:
    """The documents in batches, each a list of (number, first unit, unit behind the last), long documents in pieces."""
    batch: list[tuple[int, int, int]] = []
    size = 0
    for number, document in enumerate(documents):
        start = 0
        while start < len(document):
            end = len(document) if len(document) - start <= CHUNK else start + CHUNK
            if batch and size + end - start > CHUNK:
                yield batch
                batch, size = [], 0
            batch.append((number, start, end))
            size += end - start
            start = end if end == len(document) else end - OVERLAP
    if batch:
        yield batch


def cuts_of(pieces: Sequence[Sequence[Unit]], least: float, model: Model) -> list[list[Cut]]:
    """The cuts of a batch of documents."""
    found: list[list[Cut]] = [[] for _ in pieces]
    seen = see(pieces, model)
    if not len(seen.slots.body):
        return found
    hoped = np.flatnonzero((1 / (1 + np.exp(-seen.odds)) >= HOPELESS) & ~seen.slots.is_first)
    leaves = model.second.leaves(model.second.matrix(seen.figures | seen.context, hoped))
    chance = 1 / (1 + np.exp(-model.second.odds(leaves)))
    likely = chance >= least
    chosen = hoped[likely]
    scores = np.round(chance[likely], 3).tolist()
    said = model.second.said(leaves[:, likely]), model.first.said(seen.leaves[:, chosen])
    for slot, score, begins, second, first in zip(
        chosen.tolist(), scores, places(seen, chosen, model), *said, strict=True
    ):
        document = int(seen.slots.document[slot])
        reasons = reasons_of(second, first, model)
        found[document] += [Cut(unit - int(seen.page.first[document]), score, reasons) for unit in begins]
    return found


def places(seen: Seen, chosen: Integers, model: Model) -> Iterator[list[int]]:
    """The units with which stories begin in each of the chosen slots: mostly one."""
    low, body = seen.slots.low[chosen], seen.slots.body[chosen]
    counts = body - low + 1
    units = np.repeat(low, counts) + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    beside = sides(seen.page, low, body)
    figures = lines(seen.columns, units) | beside | habits(seen.context, np.repeat(chosen, counts))
    fit: Floats = model.place.odds(model.place.leaves(model.place.matrix(figures, np.arange(len(units)))))
    several = seen.context["file.clear"][chosen] > BRIEFS
    for end, count, briefs in zip(np.cumsum(counts).tolist(), counts.tolist(), several.tolist(), strict=True):
        first = int(units[end - count])
        row = [seen.page.units[number] for number in range(first, first + count)]
        yield [first + place for place in openings(row, 1 / (1 + np.exp(-fit[end - count : end])), briefs)]


def openings(units: Sequence[Unit], chance: Floats, briefs: bool) -> list[int]:
    """With which of the lines of a slot stories begin, given the chance of each.

    It is one, but where there are briefs: two headlines with something short between them part two stories.
    """
    best = int(chance.argmax())
    if briefs and units[best].is_headline:
        for other in np.argsort(-chance)[1:].tolist():
            low, high = sorted((best, other))
            between = units[low + 1 : high]
            if chance[other] < BRIEF:
                break
            if units[other].is_headline and between and all(unit.text for unit in between):
                return [low, high]
    return [best]


def lines(columns: Columns, units: Integers) -> Columns:
    """The figures of some lines."""
    return {name: values[units] for name, values in columns.items()}


def reasons_of(second: Floats, first: Floats, model: Model) -> tuple[str, ...]:
    """What spoke most for a boundary, in words, the strongest first."""
    total: dict[str, float] = {}
    for trees, said in ((model.second, second), (model.first, first)):
        for group, value in zip(trees.groups, said.tolist(), strict=True):
            if group not in SILENT and group in REASONS:
                total[REASONS[group]] = total.get(REASONS[group], 0.0) + value
    best = sorted(total, key=lambda reason: (-total[reason], reason))[:MOST_REASONS]
    told = tuple(reason for reason in best if total[reason] >= LEAST_REASON)
    return told or tuple(best[:1])
