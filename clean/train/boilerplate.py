"""Trains the learned mark on pages whose lines are labelled as content or boilerplate."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from clean.marks.learned import OF_FILES, OF_STORIES, looks
from clean.model import Mark
from clean.pipeline import Cleaner
from clean.settle import accept
from clean.train.boosting import boosted
from clean.train.pages import ASIDE, BOILERPLATE, CONTENT, Page, barer, joined, of_bench, of_corpus

WEIGHTS = OF_STORIES

STYLES = ("blocks", "inscriptis", "paras")  # `lines` has the same lines as `blocks`, less far apart
BATCH = 64  # pages measured together
WEIGHT: Mapping[str, float] = {
    CONTENT: 1.0,
    BOILERPLATE: 1.0,
    ASIDE: 0.4,
}  # a headline on a list of other stories is told from that of the page by luck
WEIGHT_OF_STYLE: Mapping[str, float] = {"corpus": 9.0, "barer": 0.5, "joined": 0.5}
SETTINGS: Mapping[str, Any] = {  # of LightGBM; what is not named here is its default
    "num_leaves": 8,
    "learning_rate": 0.025,
    "min_data_in_leaf": 60,
    "lambda_l2": 5,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "max_bin": 31,
}
ROUNDS = 1120  # trees


class Table(NamedTuple):
    """Blocks to learn from: [feature, row] figures; for each row whether it is news, its weight, its page's number."""

    names: tuple[str, ...]
    matrix: NDArray[np.float32]
    wanted: NDArray[np.int64]
    weight: NDArray[np.float64]
    page: NDArray[np.int64]


def table(pages: Sequence[Page], cleaner: Cleaner, rules: bool = True) -> Table:
    """The features of all blocks of the pages of which rules do not take all, and that have a label to learn."""
    parts = [rows_of(pages[first : first + BATCH], cleaner, first, rules) for first in range(0, len(pages), BATCH)]
    matrix = np.concatenate([part.matrix for part in parts], axis=1)
    wanted, weight, page = (np.concatenate([part[place] for part in parts]) for place in (2, 3, 4))
    return Table(parts[0].names, matrix, wanted, weight, page)


def rows_of(pages: Sequence[Page], cleaner: Cleaner, first: int, rules: bool) -> Table:
    """The table of a batch of pages, of which the first has that number."""
    documents = [page.blocks for page in pages]
    marks: list[list[Mark]] = cleaner.marks(documents) if rules else [[] for _ in pages]
    standing = [accept(*row) for row in zip(documents, marks, strict=True)]
    measures, found, blocks = looks(documents, marks, standing, rests_stay=False)  # a lead behind its dateline teaches
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
    """All pages of one story to learn from."""
    pages = [page for page in of_bench(bench) if page.style in STYLES and page.blocks]
    return [*pages, *barer(pages), *of_corpus(corpus)]


def of_several(pages: Sequence[Page]) -> Iterator[Page]:
    """Files of several stories to learn from, made of such pages."""
    bare, cases = ([page for page in pages if page.style == style] for style in ("barer", "corpus"))
    return joined(bare, cases)


def train(bench: Path, corpus: Path, out: Path) -> Path:
    """Train on all pages of a bench and a corpus, and write the weights to two files.

    `-files` was trained on files of several stories, too: it is asked before a file is parted, the other of each story.
    """
    pages, cleaner = lessons(bench, corpus), Cleaner()
    alone = table(pages, cleaner)
    every = both(alone, table(list(of_several(pages)), cleaner))
    out.parent.mkdir(parents=True, exist_ok=True)
    for path, data in ((out, alone), (out.with_name(OF_FILES.name), every)):
        model = fit(data, np.arange(len(data.wanted)))
        path.write_bytes(orjson.dumps(model, option=orjson.OPT_APPEND_NEWLINE))
    return out


def both(one: Table, other: Table) -> Table:
    """The rows of two tables; pages are numbered on."""
    matrix = np.concatenate([one.matrix, other.matrix], axis=1)
    page = np.concatenate([one.page, other.page + one.page.max(initial=-1) + 1])
    wanted, weight = (np.concatenate([one[place], other[place]]) for place in (2, 3))
    return Table(one.names, matrix, wanted, weight, page)
