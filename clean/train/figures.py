"""How well boilerplate is told from news on a bench, on publishers and languages that the model never saw.

The measure is that of the bench's own scorer: characters, pooled over pages; positive is content. Headlines, summaries
and metadata count neither way.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from clean.labels import KEPT
from clean.marks.learned import CERTAINTY, OF_STORIES, bundled, find
from clean.model import Block, Mark, Source
from clean.pipeline import Cleaner
from clean.settle import accept, settle
from clean.train.boilerplate import BATCH, Table, fit, lessons, table
from clean.train.pages import BOILERPLATE, CONTENT, Page, of_bench
from clean.trees import Trees

POINTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LEAST_PAGES = 4  # of a language that is left out by itself; the others are left out together

Standing = Mapping[int, Sequence[Mark]]
Models = Mapping[str, Trees]  # by publisher


class Figures(NamedTuple):
    """Figures of some pages: all from 0 to 1. `lost` is content removed, `left` boilerplate kept."""

    name: str
    pages: int
    f1: float
    precision: float
    recall: float
    lost: float
    left: float


class Claimed(NamedTuple):
    """What the rules make of pages: marks and what stands of them, a page each."""

    marks: list[list[Mark]]
    standing: list[dict[int, list[Mark]]]


PARTS = ("both", "model", "languages")


class Bench(NamedTuple):
    """The pages to judge, what the rules make of them, and what models learn from."""

    pages: list[Page]
    claimed: Claimed
    taught: list[Page]
    learned: Table
    folds: dict[str, str]


def boilerplate(
    bench: Path, corpus: Path, folds: int, tell: Callable[[str], None], parts: Sequence[str] = PARTS
) -> Iterator[Figures]:
    """All figures, of the shipped operating point unless they say otherwise.

    With `folds`, each publisher's pages are judged by a model that was trained on those of other folds (and on the
    corpus); without, by the shipped model, which was trained on them. `parts`: rules and model together; the model
    without the rules; languages it never saw. Raises ImportError where LightGBM is missing.
    """
    pages = [page for page in of_bench(bench) if page.blocks]
    cleaner = Cleaner()
    claimed = claims(pages, cleaner)
    yield figures("rules alone", pages, kept(pages, claimed, {}))
    if not folds:
        shipped = {page.publisher: bundled(OF_STORIES) for page in pages}
        yield from judged("shipped model, on what it was trained on", pages, claimed, shipped)
        return
    taught = lessons(bench, corpus)
    data = Bench(pages, claimed, taught, table(taught, cleaner), fold_of((page.publisher for page in pages), folds))
    if "both" in parts:
        tell(f"training {folds} models, each without the publishers it will judge")
        models = by_publisher(data.folds, without(folds_of(data), data.learned))
        yield from judged("rules and model", pages, claimed, models)
    if "model" in parts:
        tell(f"training {folds} models that know no rules")
        yield model_alone(data, cleaner)
    if "languages" in parts:
        tell("training models that never saw a language")
        yield from languages(data)


def folds_of(data: Bench) -> list[str]:
    """The fold of each page to learn from; none for our own cases."""
    return [data.folds.get(page.publisher, "") for page in data.taught]


def model_alone(data: Bench, cleaner: Cleaner) -> Figures:
    """The figures of models that are not told what rules say."""
    trees = without(folds_of(data), table(data.taught, cleaner, rules=False))
    nothing = Claimed([[] for _ in data.pages], [{} for _ in data.pages])
    return figures("model alone", data.pages, kept(data.pages, nothing, by_publisher(data.folds, trees)))


def languages(data: Bench) -> Iterator[Figures]:
    """The figures of each language, by a model that never saw it."""
    groups = language_groups(data.pages)
    trees = without([groups.get(page.language, "") for page in data.taught], data.learned)
    for group, model in trees.items():
        chosen = [number for number, page in enumerate(data.pages) if groups[page.language] == group]
        some = [data.pages[number] for number in chosen]
        marks, standing = ([rows[number] for number in chosen] for rows in data.claimed)
        unseen = {page.publisher: model for page in some}
        stays = kept(some, Claimed(marks, standing), unseen)  # type: ignore[arg-type]
        yield figures(f"language never seen: {group}", some, stays)


def fold_of(publishers: Iterable[str], folds: int) -> dict[str, str]:
    """A fold for every publisher, at random but always the same."""
    names = sorted(set(publishers))
    random.Random(0).shuffle(names)
    return {name: str(number % folds) for number, name in enumerate(names)}


def by_publisher(of_page: Mapping[str, str], trees: Mapping[str, Trees]) -> Models:
    """The model of each publisher's fold."""
    return {publisher: trees[fold] for publisher, fold in of_page.items()}


def language_groups(pages: Sequence[Page]) -> dict[str, str]:
    """The languages, those with few pages as one group."""
    count = Counter(page.language for page in pages if page.style == "blocks")
    return {page.language: page.language if count[page.language] >= LEAST_PAGES else "others" for page in pages}


def without(groups: Sequence[str], learned: Table) -> dict[str, Trees]:
    """For each group of the pages that a table is of, a model trained on all others; `""` is always learned from."""
    of_row = np.array(groups)[learned.page]
    return {group: Trees(fit(learned, np.flatnonzero(of_row != group))) for group in sorted(set(groups) - {""})}


def claims(pages: Sequence[Page], cleaner: Cleaner) -> Claimed:
    """What the rules make of pages."""
    marks: list[list[Mark]] = []
    for first in range(0, len(pages), BATCH):
        marks += cleaner.marks([page.blocks for page in pages[first : first + BATCH]])
    return Claimed(marks, [accept(page.blocks, row) for page, row in zip(pages, marks, strict=True)])


def judged(name: str, pages: Sequence[Page], claimed: Claimed, models: Models) -> Iterator[Figures]:
    """The figures of all pages, of each style, of English and other pages, and at other operating points."""
    stays = kept(pages, claimed, models)
    yield figures(name, pages, stays)
    groups: dict[str, Callable[[Page], bool]] = {
        style: lambda page, style=style: page.style == style  # type: ignore[misc]
        for style in dict.fromkeys(page.style for page in pages)
    }
    groups |= {"English": lambda page: page.language == "en", "not English": lambda page: page.language != "en"}
    for group, belongs in groups.items():
        some = [number for number, page in enumerate(pages) if belongs(page)]
        yield figures(f"  {group}", [pages[number] for number in some], [stays[number] for number in some])
    for point in POINTS:
        yield figures(f"  certainty {point}", pages, kept(pages, claimed, models, point))


def kept(pages: Sequence[Page], claimed: Claimed, models: Models, certainty: float = CERTAINTY) -> list[list[int]]:
    """How many characters of each block of each page stay."""
    found: list[list[int]] = [[] for _ in pages]
    for model in dict.fromkeys(models.get(page.publisher) for page in pages):
        numbers = [number for number, page in enumerate(pages) if models.get(page.publisher) is model]
        for first in range(0, len(numbers), BATCH):
            some = numbers[first : first + BATCH]
            blocks = [pages[number].blocks for number in some]
            marks, standing = [claimed.marks[number] for number in some], [claimed.standing[number] for number in some]
            learned = find(blocks, marks, standing, certainty, model) if model else [[] for _ in some]
            for number, row, stands, more in zip(some, blocks, standing, learned, strict=True):
                found[number] = characters_kept(pages[number], row, stands, more)
    return found


def characters_kept(page: Page, blocks: Sequence[Block], standing: Standing, learned: Sequence[Mark]) -> list[int]:
    """How many characters of each block stay in the text."""
    both = {number: list(marks) for number, marks in standing.items()}
    for mark in learned:
        both.setdefault(mark.block, []).append(mark)
    stays = [0] * len(blocks)
    for span in settle(Source(page.name, page.text), blocks, both):
        if span.label in KEPT:
            stays[span.block] += span.end - span.start
    return stays


def figures(name: str, pages: Sequence[Page], stays: Sequence[Sequence[int]]) -> Figures:
    """The figures of pages, by what stays of each of their blocks."""
    all_of: Counter[str] = Counter()
    kept_of: Counter[str] = Counter()
    for page, row in zip(pages, stays, strict=True):
        for block, label, kept_characters in zip(page.blocks, page.labels, row, strict=True):
            all_of[str(label)] += block.end - block.start
            kept_of[str(label)] += kept_characters
    good, bad = kept_of[CONTENT], kept_of[BOILERPLATE]
    precision, recall = good / max(1, good + bad), good / max(1, all_of[CONTENT])
    f1 = 2 * precision * recall / (precision + recall) if good else 0.0
    return Figures(name, len(pages), f1, precision, recall, 1 - recall, bad / max(1, all_of[BOILERPLATE]))
