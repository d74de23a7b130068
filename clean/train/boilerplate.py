"""Trains the learned mark on pages whose lines are labelled as content or boilerplate."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from clean.marks.learned import WEIGHTS, looks
from clean.model import Mark
from clean.pipeline import Cleaner
from clean.settle import accept
from clean.train.boosting import boosted
from clean.train.pages import ASIDE, BOILERPLATE, CONTENT, Page, barer, joined, of_bench, of_corpus

__all__ = ["WEIGHTS", "fit", "lessons", "table", "train"]

STYLES = ("blocks", "inscriptis", "paras")  # `lines` has the same lines as `blocks`, less far apart
BATCH = 64  # pages measured together
WEIGHT: Mapping[str, float] = {
    CONTENT: 1.0,
    BOILERPLATE: 1.0,
    ASIDE: 0.4,
}  # a headline on a list of other stories is told from that of the page by luck
WEIGHT_OF_STYLE: Mapping[str, float] = {"corpus": 3.0, "barer": 0.5, "joined": 0.5}
SETTINGS: Mapping[str, Any] = {  # of LightGBM; what is not named here is its default
    "num_leaves": 12,
    "learning_rate": 0.05,
    "min_data_in_leaf": 60,
    "lambda_l2": 5,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "max_bin": 31,
}
ROUNDS = 420  # trees


class Table(NamedTuple):
    """Blocks to learn from: [feature, row] figures; for each row whether it is news, its weight, its page's number."""

    names: tuple[str, ...]
    matrix: NDArray[np.float32]
    wanted: NDArray[np.int64]
    weight: NDArray[np.float64]
    page: NDArray[np.int64]


def table(pages: Sequence[Page], cleaner: Cleaner, rules: bool = True) -> Table:
    """The features of all blocks of the pages that rules do not decide, and that have a label to learn."""
    parts = [rows_of(pages[first : first + BATCH], cleaner, first, rules) for first in range(0, len(pages), BATCH)]
    matrix = np.concatenate([part.matrix for part in parts], axis=1)
    wanted, weight, page = (np.concatenate([part[place] for part in parts]) for place in (2, 3, 4))
    return Table(parts[0].names, matrix, wanted, weight, page)


def rows_of(pages: Sequence[Page], cleaner: Cleaner, first: int, rules: bool) -> Table:
    """The table of a batch of pages, of which the first has that number."""
    documents = [page.blocks for page in pages]
    marks: list[list[Mark]] = cleaner.marks(documents) if rules else [[] for _ in pages]
    standing = [accept(*row) for row in zip(documents, marks, strict=True)]
    measures, found, blocks = looks(documents, marks, standing)
    labels = np.array([label or "" for page in pages for label in page.labels])
    rows = blocks[np.isin(labels[blocks], list(WEIGHT))]
    of_label = np.array([WEIGHT[label] for label in labels[rows]])
    of_style = np.array([WEIGHT_OF_STYLE.get(page.style, 1.0) for page in pages])[measures.document[rows]]
    length = measures.length[rows].astype(np.float64)
    return Table(
        tuple(found),
        np.stack([values[rows].astype(np.float32) for values in found.values()]),
        (labels[rows] != BOILERPLATE).astype(np.int64),
        (np.sqrt(length) + 0.1 * length) * of_label * of_style,
        measures.document[rows] + first,
    )


def fit(learned: Table, rows: NDArray[Any]) -> dict[str, Any]:
    """A model of some rows of a table, as its file holds it. Raises ImportError where LightGBM is not installed."""
    return boosted(
        learned.names, learned.matrix[:, rows].T, learned.wanted[rows], learned.weight[rows], SETTINGS, ROUNDS
    )


def lessons(bench: Path, corpus: Path) -> list[Page]:
    """All pages to learn from."""
    pages = [page for page in of_bench(bench) if page.style in STYLES and page.blocks]
    bare, cases = list(barer(pages)), list(of_corpus(corpus))
    return [*pages, *bare, *cases, *joined(bare, cases)]


def train(bench: Path, corpus: Path, out: Path) -> Path:
    """Train on all pages of a bench and a corpus, and write the weights to a file."""
    learned = table(lessons(bench, corpus), Cleaner())
    model = fit(learned, np.arange(len(learned.wanted)))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(orjson.dumps(model, option=orjson.OPT_APPEND_NEWLINE))
    return out
