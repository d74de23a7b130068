"""What becomes of the pages of a bench, each publisher's by a model that never saw it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from clean.marks.opinions import Opinions
from clean.marks.pages import BOTH, FAST, SLOW, Parts, decided
from clean.model import Page, Result
from clean.pipeline import Cleaner, Options
from clean.settle import accept
from clean.train.boilerplate import Table
from clean.train.figures import fold_of
from clean.train.golds import Lesson, of_bench, of_corpus
from clean.train.pages import OF_CORPUS
from clean.train.web import NOT_LEARNED, asked, fit, only, table
from clean.trees import Trees

BATCH = 32  # pages cleaned together


class Exam(NamedTuple):
    """The pages of a bench, what is learned from them and from a corpus, and the fold of each publisher."""

    pages: list[Lesson]
    said: list[Opinions]
    learned: Table
    fold_of_row: Sequence[str]
    folds: dict[str, str]


def exam(bench: Path, corpus: Path, folds: int) -> Exam:
    """Read a bench; ask others about each page, once. Pages of which any has no opinion are left out."""
    lessons = [*of_bench(bench), *of_corpus(corpus)]
    said = {id(lesson): one for lesson, one in zip(lessons, asked(lessons), strict=True)}
    lessons = [lesson for lesson in lessons if tuple(said[id(lesson)]) == BOTH]
    pages = [lesson for lesson in lessons if lesson.kind != OF_CORPUS]
    taught = [lesson for lesson in lessons if lesson.kind not in NOT_LEARNED]
    learned = table(taught, [said[id(lesson)] for lesson in taught], Cleaner())
    names = fold_of((page.publisher for page in pages), folds)
    of_row = [names.get(taught[number].publisher, "") for number in learned.page.tolist()]
    return Exam(pages, [said[id(page)] for page in pages], learned, of_row, names)


def results(given: Exam, fast: bool = False, cleaner: Cleaner | None = None) -> Iterator[Result]:
    """What becomes of each page, in the order of folds. Raises ImportError where LightGBM is missing."""
    cleaner = cleaner or Cleaner(Options(fast=fast))
    tables = {who: only(given.learned, who) for who in ((FAST,) if fast else (FAST, BOTH))}
    of_row = np.array(given.fold_of_row)
    for fold in sorted(set(given.folds.values())):
        rows = np.flatnonzero(of_row != fold)
        models = {who: Trees(fit(table, rows)) for who, table in tables.items()}
        numbers = [number for number, page in enumerate(given.pages) if given.folds[page.publisher] == fold]
        for first in range(0, len(numbers), BATCH):
            some = numbers[first : first + BATCH]
            yield from cleaned([given.pages[one] for one in some], [given.said[one] for one in some], models, cleaner)


def cleaned(
    lessons: Sequence[Lesson], said: Sequence[Opinions], models: Mapping[tuple[str, ...], Trees], cleaner: Cleaner
) -> Iterable[Result]:
    """What becomes of some pages by some models."""
    blocks = [lesson.blocks for lesson in lessons]
    pages: list[Page] = [lesson.source.page for lesson in lessons if lesson.source.page]
    marks = cleaner.marks(blocks, of_pages=pages)
    standing = [accept(*row) for row in zip(blocks, marks, strict=True)]
    quick = [{name: one[name] for name in FAST} for one in said]
    parts = Parts(blocks, pages, marks, standing, quick)
    stood = decided(parts, cleaner.weighing, models.__getitem__, lambda number: {SLOW: said[number][SLOW]})
    sources = [lesson.source for lesson in lessons]
    return cleaner.results(sources, blocks, cleaner.side_by_side(sources, blocks, stood))
