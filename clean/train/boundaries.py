"""Trains the model of boundaries on files that are composed of single stories."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from clean.boundaries.context import bags_of, context, habits
from clean.boundaries.model import WEIGHTS, Measured, lines, measured
from clean.boundaries.sides import sides
from clean.boundaries.terms import EARLY, FULL, LEAD, RARE, STEM, Vocabulary, lead_keys, shape_keys, tokens
from clean.boundaries.units import Unit, units_of
from clean.pipeline import Cleaner
from clean.readers import read
from clean.repair import repair
from clean.settle import settle
from clean.train.boosting import boosted
from clean.train.compose import KINDS, Composer
from clean.train.lessons import Lessons, halves, lessons
from clean.train.parts import Composed, Story
from clean.trees import Trees

__all__ = ["WEIGHTS", "train"]

FILES = 14400  # composed for training; with fewer, one training and the next differ more, and find less
BATCH = 48  # documents that are measured in one go
COMMON = 0.012  # share of stories of a language from which a stem is common
LEAST_STORIES = 3  # of a language, and of those that have a stem, before it is called common
LEAD_SCALE = 100  # a weight of 1 for a lead becomes so many
LEAST_LEAD = 0.02  # weights below say nothing
LEAD_PARAGRAPHS = 25  # of a story that are held against its first
LEAD_STORIES = 8  # paragraphs that must have a word before it may speak
NEAR_WEIGHT = 0.4  # weight of a slot beside the true one, within the furniture of the same boundary
SHARED: Mapping[str, Any] = {  # settings of LightGBM that all models have; what is not named is its default
    "num_leaves": 16,
    "min_data_in_leaf": 40,
    "lambda_l2": 10,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "max_bin": 63,
}
# How fast each of the three models learns, and its trees.
FIRST = ({**SHARED, "learning_rate": 0.07}, 400)
SECOND = ({**SHARED, "learning_rate": 0.05}, 300)
PLACE = ({**SHARED, "learning_rate": 0.05}, 300)


class Table(NamedTuple):
    """Composed files, measured: [row, feature] figures of all slots, and of the lines within those with a start."""

    names: tuple[str, ...]
    slots: NDArray[np.float32]
    wanted: NDArray[np.int8]
    weight: NDArray[np.float32]
    line_names: tuple[str, ...]
    lines: NDArray[np.float32]
    chosen: NDArray[np.int8]
    slot: NDArray[np.int64]  # of each line


def compose(given: Lessons, seed: int, files: int) -> Iterator[Composed]:
    """So many files of all kinds."""
    kinds = [kind for kind, share in KINDS.items() for _ in range(share)]
    composer = Composer(*given, seed)
    for place in range(files):
        yield composer.file(kinds[place % len(kinds)])


def common_words(given: Iterable[Story]) -> dict[str, int]:
    """What stems weigh that are common in a language: the less, the more stories have them."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    count: Counter[str] = Counter()
    for story in given:
        count[story.language] += 1
        stems = {token.lower()[:STEM] for paragraph in story.paragraphs for token in tokens(paragraph)}
        seen[story.language].update(stems)
    weights: dict[str, int] = {}
    for language in sorted(seen):
        for stem, stories_with in sorted(seen[language].items()):
            share = stories_with / count[language]
            if count[language] >= LEAST_STORIES <= stories_with and share >= COMMON:
                weight = round(FULL * math.log10(1 / share))
                weights[stem] = min(weights.get(stem, RARE), weight)
    return {stem: weight for stem, weight in weights.items() if weight < RARE}


def lead_words(given: Iterable[Story]) -> dict[str, int]:
    """How much words speak for the first paragraph of a story, by logistic regression over paragraphs."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    texts: list[str] = []
    is_lead: list[bool] = []
    for story in given:
        long = [paragraph for paragraph in story.paragraphs if len(paragraph) > 50][:LEAD_PARAGRAPHS]
        texts += long
        is_lead += [number == 0 for number in range(len(long))]
    counter = CountVectorizer(analyzer=lead_bag, min_df=LEAD_STORIES)
    model = LogisticRegression(C=0.05, max_iter=300, class_weight="balanced").fit(counter.fit_transform(texts), is_lead)
    weights = zip(counter.get_feature_names_out(), model.coef_[0], strict=True)
    return {str(word): round(weight * LEAD_SCALE) for word, weight in weights if abs(weight) > LEAST_LEAD}


def lead_bag(text: str) -> list[str]:
    """What speaks for a lead in a paragraph: its words as they are filed under, and its form."""
    words = tokens(text)
    keys = [lead_keys(word) for word in words[:LEAD]]
    bag = (
        [inside for inside, _, _ in keys]
        + [early for _, early, _ in keys[:EARLY]]
        + [first for _, _, first in keys[:1]]
    )
    return bag + shape_keys(text, words) if words else []


def units(texts: Sequence[str], cleaner: Cleaner) -> Iterator[list[Unit]]:
    """The units of documents, as `split` will see them."""
    for first in range(0, len(texts), BATCH):
        sources = [read(text, kind="text") for text in texts[first : first + BATCH]]
        blocks = [repair(source) for source in sources]
        for text in cleaner.looked_at(sources, blocks):
            yield units_of(settle(text.source, text.blocks, text.before_split), [block.gap for block in text.blocks])


def table(files: Sequence[Composed], rows: Sequence[list[Unit]], vocabulary: Vocabulary) -> Table:
    """The figures and labels of all slots of composed files."""
    parts: list[Table] = []
    for first in range(0, len(files), BATCH):
        seen = measured(rows[first : first + BATCH], vocabulary)
        wanted, weight, units, chosen = wants(files[first : first + BATCH], seen)
        slots = np.stack([values.astype(np.float32) for values in seen.figures.values()], axis=1)
        slot = np.searchsorted(seen.slots.body, units)
        opens = units == seen.slots.low[slot]
        figures = lines(seen.columns, units) | sides(seen.page, units[opens], seen.slots.body[slot[opens]])
        stacked = np.stack([values.astype(np.float32) for values in figures.values()], axis=1)
        parts.append(Table(tuple(seen.figures), slots, wanted, weight, tuple(figures), stacked, chosen, slot))
    return joined(parts)


def joined(parts: Sequence[Table]) -> Table:
    """Tables of the same columns as one."""
    first = parts[0]
    slots, wanted, weight = (np.concatenate(rows) for rows in zip(*(part[1:4] for part in parts), strict=True))
    lines, chosen = (np.concatenate(rows) for rows in zip(*(part[5:7] for part in parts), strict=True))
    before = np.cumsum([0, *(len(part.slots) for part in parts)])
    slot = np.concatenate([part.slot + many for part, many in zip(parts, before, strict=False)])
    return Table(first.names, slots, wanted, weight, first.line_names, lines, chosen, slot)


def wants(files: Sequence[Composed], seen: Measured) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Of each slot whether a story begins in it, and what it weighs; the lines of those slots, and the right ones."""
    page, slots = seen.page, seen.slots
    starts = np.array([unit.spans[0].start for unit in page.units], dtype=np.int64)
    wanted = np.zeros(len(slots.body), np.int8)
    weight = np.ones(len(slots.body), np.float32)
    lines: list[int] = []
    chosen: list[int] = []
    for number, file in enumerate(files):
        low, high = int(page.first[number]), int(page.end[number])
        for before, story in zip(file.stories, file.stories[1:], strict=False):
            inside = low + np.flatnonzero((starts[low:high] >= before.end) & (starts[low:high] <= story.body))
            if not len(inside):
                continue
            begins = next((unit for unit in inside.tolist() if starts[unit] >= story.start), int(inside[-1]))
            near = np.unique(np.searchsorted(slots.body, inside))
            weight[near[near < len(weight)]] = NEAR_WEIGHT
            slot = int(np.searchsorted(slots.body, begins))
            if slot < len(wanted) and slots.document[slot] == number:
                wanted[slot], weight[slot] = 1, 1
                row = range(int(slots.low[slot]), int(slots.body[slot]) + 1)
                lines += row
                chosen += [int(unit == begins) for unit in row]
    weight[slots.is_first] = 0
    return wanted, weight, np.array(lines, np.int64), np.array(chosen, np.int8)


def contexts(
    rows: Sequence[list[Unit]], vocabulary: Vocabulary, odds: NDArray[Any]
) -> tuple[tuple[str, ...], NDArray[Any]]:
    """The further figures of all slots, given the log-odds that others gave them; names and [row, feature]."""
    parts: list[Any] = []
    names: tuple[str, ...] = ()
    at = 0
    for first in range(0, len(rows), BATCH):
        page, terms, _, slots, figures = measured(rows[first : first + BATCH], vocabulary)
        found = context(page, slots, figures, bags_of(page, terms), odds[at : at + len(slots.body)])
        names = tuple(found)
        at += len(slots.body)
        parts.append(np.stack([values.astype(np.float32) for values in found.values()], axis=1))
    return names, np.concatenate(parts)


def train(bench: Path, corpus: Path, out: Path) -> Path:
    """Train on files composed of the stories of a bench and a corpus, and write the weights to a file."""
    model = trained(lessons(bench, corpus), FILES)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(orjson.dumps(model, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS))
    return out


def trained(given: Lessons, many: int) -> dict[str, Any]:
    """The model, as its file holds it, of so many composed files.

    The second trees learn from what the first say of stories that these have not seen: each half of the publishers is
    judged by trees that were trained on the other half.
    """
    words, cleaner = common_words(given.stories), Cleaner()
    parts: list[tuple[Sequence[Composed], Sequence[list[Unit]], Vocabulary]] = []
    for number, (own, other) in enumerate(permutations(halves(given))):
        files = list(compose(own, number, many // 2))
        rows = list(units([file.text for file in files], cleaner))
        parts.append((files, rows, Vocabulary(words, lead_words(other.stories))))
    return {**fitted(parts), "weights": words, "lead": lead_words(given.stories)}


def fitted(parts: Sequence[tuple[Sequence[Composed], Sequence[list[Unit]], Vocabulary]]) -> dict[str, Any]:
    """The three models, as their file holds them, of two parts: files, their units, a vocabulary to read them with."""
    tables = [table(*part) for part in parts]
    firsts = [fit(one.names, one.slots, one.wanted, one.weight, FIRST) for one in tables]
    further: list[NDArray[Any]] = []
    names: tuple[str, ...] = ()
    for one, (_, rows, vocabulary), first in zip(tables, parts, firsts[::-1], strict=True):
        names, found = contexts(rows, vocabulary, odds_of(first, one.slots))
        further.append(found)
    every = joined(tables)
    both = np.hstack([every.slots, np.concatenate(further)])
    line_names, lines = with_habits(every, names, np.concatenate(further))
    alike = np.ones(len(every.chosen), np.float32)
    return {
        "first": fit(every.names, every.slots, every.wanted, every.weight, FIRST),
        "second": fit(every.names + names, both, every.wanted, every.weight, SECOND),
        "place": fit(line_names, lines, every.chosen, alike, PLACE),
    }


def with_habits(
    every: Table, names: Sequence[str], further: NDArray[np.float32]
) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The figures of the lines with how stories begin elsewhere in their files; `further` is [slot, name]."""
    found = habits({name: further[:, number] for number, name in enumerate(names)}, every.slot)
    return every.line_names + tuple(found), np.column_stack([every.lines, *found.values()])


def fit(
    names: Sequence[str],
    rows: NDArray[np.float32],
    wanted: NDArray[Any],
    weight: NDArray[np.float32],
    settings: tuple[Mapping[str, Any], int],
) -> dict[str, Any]:
    """A model of those [row, feature] figures that weigh something. Raises ImportError where LightGBM is missing."""
    used = weight > 0
    return boosted(names, rows[used], wanted[used], weight[used], *settings)


def odds_of(model: Mapping[str, Any], rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """The log-odds of [row, feature] figures by a model."""
    trees = Trees(model)
    return trees.odds(trees.leaves(np.ascontiguousarray(rows.T)))
