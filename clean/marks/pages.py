"""What of a page is no story: weighed by a model that knows its text, its markup and a second opinion."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from clean.marks import learned
from clean.marks.layout import layout
from clean.marks.learned import CERTAINTY, Standing
from clean.marks.measures import Measures, Values
from clean.marks.opinions import opinion
from clean.model import Block, Mark, Page
from clean.trees import Trees

FOLDER = Path(__file__).parent.parent / "weights"
WEIGHTS: Mapping[bool, Path] = {  # whether there is a second opinion
    True: FOLDER / "pages.json",
    False: FOLDER / "pages-fast.json",
}


@cache
def bundled(asked: bool) -> Trees:
    """The model that comes with the package, for pages with a second opinion or without one."""
    return Trees.read(WEIGHTS[asked])


def find(
    documents: Sequence[Sequence[Block]],
    pages: Sequence[Page],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    certainty: float = CERTAINTY,
    fast: bool = False,
) -> list[list[Mark]]:
    """Mark the blocks of each page that are boilerplate.

    As `learned.find`, and with `fast` without a second opinion, which takes most of the time.
    """
    if certainty >= 1:
        return [[] for _ in documents]
    opinions = [None if fast else opinion(page, blocks) for page, blocks in zip(pages, documents, strict=True)]
    found: list[list[Mark]] = [[] for _ in documents]
    for asked in (True, False):
        some = [number for number, one in enumerate(opinions) if (one is not None) == asked and documents[number]]
        if not some:
            continue
        parts = [[row[number] for number in some] for row in (documents, pages, marks, standing, opinions)]
        rows = weighed(*parts, certainty, bundled(asked))  # type: ignore[arg-type]
        for number, row in zip(some, rows, strict=True):
            found[number] = row
    return found


def weighed(
    documents: Sequence[Sequence[Block]],
    pages: Sequence[Page],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    opinions: Sequence[Values | None],
    certainty: float,
    trees: Trees,
) -> list[list[Mark]]:
    """The marks of pages that all have a second opinion, or all have none."""

    def more(measures: Measures) -> Mapping[str, Values]:
        return layout(pages, documents, measures, opinions)

    return learned.find(documents, marks, standing, certainty, trees, more)


__all__ = ["WEIGHTS", "bundled", "find", "layout", "np", "opinion", "weighed"]
