"""Trains the mark of pages, on pages of HTML whose story is known."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from clean.marks.layout import layout
from clean.marks.learned import looks
from clean.marks.opinions import Opinions, opinions
from clean.marks.pages import BOTH, FAST, Parts, opened
from clean.marks.pages import WEIGHTS as ALL
from clean.model import Mark, Page
from clean.pipeline import Cleaner
from clean.settle import accept
from clean.train.boilerplate import Table
from clean.train.boosting import boosted
from clean.train.golds import Lesson, of_bench, of_corpus
from clean.train.pages import ASIDE, BOILERPLATE, CONTENT, OF_CORPUS

WEIGHTS = ALL[BOTH]
BATCH = 32  # pages measured together
WEIGHT: Mapping[str, float] = {CONTENT: 1.0, BOILERPLATE: 1.0, ASIDE: 0.3}  # a standfirst may stay or go
WEIGHT_OF_KIND: Mapping[str, float] = {OF_CORPUS: 3.0}
SETTINGS: Mapping[str, Any] = {  # of LightGBM; what is not named here is its default
    "num_leaves": 12,
    "learning_rate": 0.05,
    "min_data_in_leaf": 60,
    "lambda_l2": 5,
    "feature_fraction": 0.15,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "max_bin": 31,
}
ROUNDS = 400  # trees
NOT_LEARNED = ("peer",)  # kinds of gold that are judged and not learned from: another tool's output


def table(lessons: Sequence[Lesson], said: Sequence[Opinions], cleaner: Cleaner) -> Table:
    """The features of all blocks of pages that are not decided without a model, and that have a label to learn.

    A page weighs by the root of its length, since every page counts the same where extractors are judged.
    """
    parts = [
        rows_of(lessons[first : first + BATCH], said[first : first + BATCH], cleaner, first)
        for first in range(0, len(lessons), BATCH)
    ]
    matrix = np.concatenate([part.matrix for part in parts], axis=1)
    wanted, weight, page = (np.concatenate([part[place] for part in parts]) for place in (2, 3, 4))
    of_page = np.bincount(page, weight, minlength=len(lessons))
    kinds = np.array([WEIGHT_OF_KIND.get(lesson.kind, 1.0) for lesson in lessons])
    return Table(parts[0].names, matrix, wanted, weight / np.sqrt(np.maximum(of_page, 1))[page] * kinds[page], page)


def rows_of(lessons: Sequence[Lesson], said: Sequence[Opinions], cleaner: Cleaner, first: int) -> Table:
    """The table of a batch of pages, of which the first has that number."""
    documents = [lesson.blocks for lesson in lessons]
    pages: list[Page] = [lesson.source.page for lesson in lessons if lesson.source.page]
    marks: list[list[Mark]] = cleaner.marks(documents, of_pages=pages)
    standing = [accept(*row) for row in zip(documents, marks, strict=True)]
    parts = opened(Parts(documents, pages, marks, standing, said), cleaner.weighing.open_rules)
    measures, found, blocks = looks(documents, parts.marks, parts.standing, rests_stay=False)
    found = {**found, **layout(pages, documents, measures, said)}
    labels = np.array([label or "" for lesson in lessons for label in lesson.labels])
    rows = blocks[np.isin(labels[blocks], list(WEIGHT))]
    length = measures.length[rows].astype(np.float64)
    return Table(
        tuple(found),
        np.stack([values[rows].astype(np.float32) for values in found.values()]),
        (labels[rows] != BOILERPLATE).astype(np.int64),
        (np.sqrt(length) + 0.1 * length) * np.array([WEIGHT[label] for label in labels[rows]]),
        measures.document[rows] + first,
    )


def only(learned: Table, names: Sequence[str]) -> Table:
    """The table without what others say than those who are named."""
    gone = set(BOTH) - set(names)
    chosen = [number for number, name in enumerate(learned.names) if name.split(".")[0] not in gone]
    return learned._replace(names=tuple(learned.names[number] for number in chosen), matrix=learned.matrix[chosen])


def fit(learned: Table, rows: NDArray[Any]) -> dict[str, Any]:
    """A model of some rows of a table, as its file holds it. Raises ImportError where LightGBM is not installed."""
    return boosted(
        learned.names, learned.matrix[:, rows].T, learned.wanted[rows], learned.weight[rows], SETTINGS, ROUNDS
    )


def asked(lessons: Sequence[Lesson]) -> list[Opinions]:
    """What others say of every page."""
    return [opinions(lesson.source.page, lesson.blocks, BOTH) if lesson.source.page else {} for lesson in lessons]


def train(bench: Path, corpus: Path, out: Path) -> Path:
    """Train on all pages of a bench and a corpus, and write the weights to two files: `-fast` needs no trafilatura."""
    lessons = [*(page for page in of_bench(bench) if page.kind not in NOT_LEARNED), *of_corpus(corpus)]
    said = asked(lessons)
    told = [number for number, one in enumerate(said) if tuple(one) == BOTH]
    learned = table([lessons[number] for number in told], [said[number] for number in told], Cleaner())
    out.parent.mkdir(parents=True, exist_ok=True)
    fast = out.with_name(f"{out.stem}-fast{out.suffix}")
    for path, names in ((out, BOTH), (fast, FAST)):
        data = only(learned, names)
        model = fit(data, np.arange(len(data.wanted)))
        path.write_bytes(orjson.dumps(model, option=orjson.OPT_APPEND_NEWLINE))
    return out
