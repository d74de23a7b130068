"""What of a page is no story: weighed by a model that knows its text, its markup, the rules and second opinions."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from math import exp, log
from pathlib import Path
from typing import NamedTuple

import numpy as np

from clean.labels import REMOVED
from clean.marks import learned
from clean.marks.headlines import lines_of
from clean.marks.kinds import captions, kinds
from clean.marks.layout import layout
from clean.marks.learned import CERTAINTY, Standing
from clean.marks.measures import Measures, Values
from clean.marks.opinions import Opinions, opinions
from clean.model import Block, Mark, Page
from clean.trees import Trees

FOLDER = Path(__file__).parent.parent / "weights"
SLOW, QUICK = "trafilatura", "resiliparse"
BOTH: tuple[str, ...] = (SLOW, QUICK)  # who gave an opinion
FAST: tuple[str, ...] = (QUICK,)
WEIGHTS: Mapping[tuple[str, ...], Path] = {BOTH: FOLDER / "pages.json", FAST: FOLDER / "pages-fast.json"}
UNSURE = 1.0  # log-odds; what is said of a block with less is a guess
DOUBT = (
    0.08  # guessed text to kept text, from which trafilatura is asked: three pages in ten, and no loss on the others
)
LEAN = -0.07  # log-odds beside what `certainty` asks: a page says more than text that was extracted


@cache
def bundled(path: Path) -> Trees:
    """A model that comes with the package."""
    return Trees.read(path)


class Weighing(NamedTuple):
    """How pages are weighed. `certainty` and `fast` as in `Options`; `open_rules`: ids of the rules that only speak.

    What they would remove as a whole is asked of the model, which knows what they say and more.
    """

    certainty: float = CERTAINTY
    fast: bool = False
    open_rules: frozenset[str] = frozenset()


class Parts(NamedTuple):
    """Pages of which the same tools have an opinion: their blocks, markup, marks, and what was said of them."""

    documents: Sequence[Sequence[Block]]
    pages: Sequence[Page]
    marks: Sequence[Sequence[Mark]]
    standing: Sequence[Standing]
    opinions: Sequence[Opinions]


Models = Callable[[tuple[str, ...]], Trees | None]  # the model for those who gave an opinion, if there is one
Ask = Callable[[int], Opinions]  # what trafilatura says of a page, by its number


def find(
    documents: Sequence[Sequence[Block]],
    pages: Sequence[Page],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    how: Weighing,
) -> list[dict[int, list[Mark]]]:
    """The marks that stand on each page, by block: those that stood, and what else is boilerplate; not what is none.

    As `learned.find`, whose model it takes where nobody gives an opinion.
    """
    if how.certainty >= 1:
        return [{number: list(row) for number, row in one.items()} for one in standing]
    said = [opinions(page, blocks, FAST) for page, blocks in zip(pages, documents, strict=True)]

    def ask(number: int) -> Opinions:
        return opinions(pages[number], documents[number], (SLOW,))

    return decided(Parts(documents, pages, marks, standing, said), how, bundled_for, ask)


def bundled_for(who: tuple[str, ...]) -> Trees | None:
    """The model that comes with the package, for those who gave an opinion."""
    return bundled(WEIGHTS[who]) if who in WEIGHTS else None


def decided(parts: Parts, how: Weighing, models: Models, ask: Ask) -> list[dict[int, list[Mark]]]:
    """The marks that stand on each page, of which trafilatura is asked only where that leaves doubt.

    It takes most of the time. With `fast` it is not asked at all.
    """
    found, doubts = weighed(parts, how, models)
    unsure = [] if how.fast else [number for number, doubt in enumerate(doubts) if doubt >= DOUBT]
    heard = {number: {**ask(number), **parts.opinions[number]} for number in unsure}
    told = {number: said for number, said in heard.items() if SLOW in said}
    again = some(parts._replace(opinions=[told.get(number, said) for number, said in enumerate(parts.opinions)]), told)
    for number, row in zip(told, weighed(again, how, models)[0], strict=True):
        found[number] = row
    return found


def some(parts: Parts, numbers: Collection[int]) -> Parts:
    """Some of the pages."""
    return Parts(
        [parts.documents[number] for number in numbers],
        [parts.pages[number] for number in numbers],
        [parts.marks[number] for number in numbers],
        [parts.standing[number] for number in numbers],
        [parts.opinions[number] for number in numbers],
    )


def weighed(parts: Parts, how: Weighing, models: Models) -> tuple[list[dict[int, list[Mark]]], list[float]]:
    """The marks that stand on each page, by the model for those who gave an opinion of it; and how much is in doubt."""
    found: list[dict[int, list[Mark]]] = [{} for _ in parts.documents]
    doubts = [0.0] * len(parts.documents)
    groups = [tuple(one) for one in parts.opinions]
    for group in sorted(set(groups)):
        numbers = [number for number, one in enumerate(groups) if one == group and parts.documents[number]]
        if not numbers:
            continue
        rows, told = by_model(some(parts, numbers), how, models(group))
        for number, row, doubt in zip(numbers, rows, told, strict=True):
            found[number], doubts[number] = row, doubt
    return found, doubts


def by_model(parts: Parts, how: Weighing, trees: Trees | None) -> tuple[list[dict[int, list[Mark]]], list[float]]:
    """What `weighed` gives, by a model of pages, or by that of texts if there is none, which never doubts."""

    def more(measures: Measures) -> Mapping[str, Values]:
        return layout(parts.pages, parts.documents, measures, parts.opinions)

    if trees is None:
        doubts = [0.0] * len(parts.documents)
        found = learned.find(parts.documents, parts.marks, parts.standing, how.certainty)
    else:
        parts = opened(parts, how.open_rules)
        told = learned.weigh(parts.documents, parts.marks, parts.standing, trees, more)
        doubts = list(doubts_of(told))
        leaning = 1 / (1 + exp(log(1 / how.certainty - 1) + LEAN))
        found = learned.told(told, parts.documents, parts.marks, parts.standing, leaning)
    rows = zip(found, parts.documents, parts.pages, parts.marks, parts.standing, strict=True)
    return [joined(*row) for row in rows], doubts


def doubts_of(told: learned.Weighed) -> Iterator[float]:
    """For each page the text that the model is unsure of, as a share of what it would keep."""
    weight = told.measures.weight[told.blocks].astype(np.float64)
    for first, end in pairwise(np.searchsorted(told.blocks, told.measures.edges)):
        odds, size = told.odds[first:end], weight[first:end]
        yield float(size[np.abs(odds) < UNSURE].sum() / max(1.0, size[odds > 0].sum()))


def opened(parts: Parts, rules: frozenset[str]) -> Parts:
    """The pages, with what some rules remove as a whole not standing any more, but claimed."""
    marks: list[Sequence[Mark]] = []
    standing: list[Standing] = []
    for blocks, claims, stands in zip(parts.documents, parts.marks, parts.standing, strict=True):
        waiting = {mark: None for row in stands.values() for mark in row if is_open(mark, blocks[mark.block], rules)}
        kept = {number: [mark for mark in row if mark not in waiting] for number, row in stands.items()}
        marks.append(list(dict.fromkeys([*claims, *waiting])))
        standing.append({number: row for number, row in kept.items() if row})
    return parts._replace(marks=marks, standing=standing)


def is_open(mark: Mark, block: Block, rules: frozenset[str]) -> bool:
    """Whether a mark removes its whole block by one of some rules."""
    return mark.label in REMOVED and mark.rule in rules and mark.start == 0 and mark.end >= len(block.text)


def joined(
    found: Sequence[Mark], blocks: Sequence[Block], page: Page, marks: Sequence[Mark], standing: Standing
) -> dict[int, list[Mark]]:
    """The marks that stand, with those that were found; where a rule says what a block is, its mark is taken."""
    rows = {number: list(row) for number, row in standing.items()}
    ruled = {mark.block: mark for mark in marks if mark.confidence == "high" and mark.label in REMOVED}
    for mark in named(found, blocks, page, marks):
        rule = ruled.get(mark.block)
        whole = rule is not None and rule.start == 0 and rule.end >= len(blocks[mark.block].text)
        rows.setdefault(mark.block, []).append(rule if rule and whole and mark.label != "caption" else mark)
    return rows


def named(found: Sequence[Mark], blocks: Sequence[Block], page: Page, marks: Sequence[Mark]) -> Iterator[Mark]:
    """The marks, with labels by the page's own names where no rule gives one; captions of the story stay."""
    claimed = {mark.block for mark in marks if mark.label in REMOVED}
    lines = lines_of(blocks, page)
    told = kinds(lines, page, [mark.block for mark in found])
    below_pictures = captions(lines, page)
    gone = {mark.block for mark in found}
    kept = [number for number in range(len(blocks)) if number not in gone and number not in claimed]
    for mark in found:
        if mark.block in below_pictures and kept and kept[0] < mark.block < kept[-1] and not told[mark.block]:
            yield mark._replace(label="caption")
        elif mark.block not in claimed and told[mark.block]:
            yield mark._replace(label=told[mark.block])
        else:
            yield mark
