"""What of a page is no story: weighed by a model that knows its text, its markup, the rules and second opinions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import pairwise
from math import exp, log
from pathlib import Path
from typing import NamedTuple

import numpy as np

from clean.labels import REMOVED
from clean.marks import learned
from clean.marks.headlines import lines_of
from clean.marks.kinds import captions, kinds
from clean.marks.layout import Ground, by_markup, by_opinion, ground_of
from clean.marks.learned import CERTAINTY
from clean.marks.neighbours import Standing
from clean.marks.opinions import Opinions, opinions
from clean.marks.shapes import is_closed
from clean.model import Block, Line, Mark, Page
from clean.trees import Trees

FOLDER = Path(__file__).parent.parent / "weights"
SLOW, QUICK = "trafilatura", "resiliparse"
BOTH: tuple[str, ...] = (SLOW, QUICK)  # who gave an opinion
FAST: tuple[str, ...] = (QUICK,)
WEIGHTS: Mapping[tuple[str, ...], Path] = {BOTH: FOLDER / "pages.json", FAST: FOLDER / "pages-fast.json"}
UNSURE = 1.0  # log-odds; a block that is kept with less is kept on a guess: what trafilatura knows is what to drop
DOUBT = 0.1  # share of the kept text that is guessed, from which trafilatura is asked: one page in nine; .12 loses F1
LEAST_BRIEF = 30  # characters of a story that is one sentence
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


Models = Callable[[tuple[str, ...]], Trees]  # the model for those who gave an opinion
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


def bundled_for(who: tuple[str, ...]) -> Trees:
    """The model that comes with the package, for those who gave an opinion."""
    return bundled(WEIGHTS[who])


def decided(parts: Parts, how: Weighing, models: Models, ask: Ask) -> list[dict[int, list[Mark]]]:
    """The marks that stand on each page, of which trafilatura is asked only where that leaves doubt.

    It takes most of the time. With `fast` it is not asked at all. The model of texts, which never doubts, judges pages
    of which nobody has an opinion.
    """
    found: list[dict[int, list[Mark]]] = [{} for _ in parts.documents]
    for is_told in (True, False):
        numbers = [
            number
            for number, (said, blocks) in enumerate(zip(parts.opinions, parts.documents, strict=True))
            if blocks and bool(said) is is_told
        ]
        own = some(parts, numbers)
        if is_told and numbers:
            own = opened(own, how.open_rules)
            rows = weighed(own, how, models, [partial(ask, number) for number in numbers])
        else:
            rows = learned.find(own.documents, own.marks, own.standing, how.certainty)
        for number, row, blocks, page, marks, standing, _ in zip(numbers, rows, *own, strict=True):
            found[number] = joined(row, blocks, page, marks, standing)
    return found


def some(parts: Parts, numbers: Sequence[int]) -> Parts:
    """Some of the pages."""
    return Parts(
        [parts.documents[number] for number in numbers],
        [parts.pages[number] for number in numbers],
        [parts.marks[number] for number in numbers],
        [parts.standing[number] for number in numbers],
        [parts.opinions[number] for number in numbers],
    )


def weighed(parts: Parts, how: Weighing, models: Models, ask: Sequence[Callable[[], Opinions]]) -> list[list[Mark]]:
    """What is boilerplate on each page, by the model for those who gave an opinion of it; there is one at least."""
    ground, seen = looks(parts)
    quick = learned.asked(seen, models(FAST), "page")
    doubts = [] if how.fast else doubts_of(quick)
    heard = {number: ask[number]() for number, doubt in enumerate(doubts) if doubt >= DOUBT}
    told = {number: said[SLOW] for number, said in heard.items() if SLOW in said}
    again = np.isin(ground.document[seen.blocks], list(told))
    leaning = 1 / (1 + exp(log(1 / how.certainty - 1) + LEAN))
    found = learned.told(quick.only(~again), parts.documents, parts.marks, parts.standing, leaning)
    if not told:
        return found
    share = np.zeros(len(ground.at))
    for number, said in told.items():
        share[ground.edges[number] : ground.edges[number + 1]] = said
    seen = seen._replace(features={**seen.features, **by_opinion(ground, SLOW, share)}, blocks=seen.blocks[again])
    slow = learned.told(
        learned.asked(seen, models(BOTH), "page"), parts.documents, parts.marks, parts.standing, leaning
    )
    return [slow[number] if number in told else row for number, row in enumerate(found)]


def looks(parts: Parts) -> tuple[Ground, learned.Looks]:
    """Where the blocks of pages stand, and what they look like: to the eye, in their markup, and to the quick."""
    seen = learned.looks(parts.documents, parts.marks, parts.standing, rests_stay=False)
    ground = ground_of(parts.pages, parts.documents, seen.measures)
    said = by_opinion(ground, QUICK, np.concatenate([opinion[QUICK] for opinion in parts.opinions]))
    return ground, seen._replace(features={**seen.features, **by_markup(ground), **said})


def doubts_of(told: learned.Weighed) -> Iterator[float]:
    """For each page the text that the model would keep on a guess, as a share of all that it would keep."""
    weight = told.measures.weight[told.blocks].astype(np.float64)
    for first, end in pairwise(np.searchsorted(told.blocks, told.measures.edges)):
        odds, size = told.odds[first:end], weight[first:end]
        yield float(size[(odds > 0) & (odds < UNSURE)].sum() / max(1.0, size[odds > 0].sum()))


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


def briefs(found: Sequence[Mark], blocks: Sequence[Block], lines: Sequence[Line]) -> set[int]:
    """The blocks that are the whole story where nothing else is: sentences that stand alone, and no links."""
    return {
        mark.block
        for mark in found
        if len(blocks[mark.block].text) >= LEAST_BRIEF
        and is_closed(blocks[mark.block].text)
        and 2 * lines[mark.block].linked < len(blocks[mark.block].text)
    }


def named(found: Sequence[Mark], blocks: Sequence[Block], page: Page, marks: Sequence[Mark]) -> Iterator[Mark]:
    """The marks, with labels by the page's own names where no rule gives one; captions of the story stay."""
    claimed = {mark.block for mark in marks if mark.label in REMOVED}
    lines = lines_of(blocks, page)
    told = kinds(lines, page, [mark.block for mark in found])
    below_pictures = captions(lines, page)
    gone = {mark.block for mark in found}
    kept = [number for number in range(len(blocks)) if number not in gone and number not in claimed]
    titles = {mark.block for mark in marks if mark.label == "title"}
    only = briefs(found, blocks, [page.lines[line] for line in lines]) if titles and not set(kept) - titles else set()
    for mark in found:
        if mark.block in only and mark.block > min(titles) and mark.block not in claimed and not told[mark.block]:
            continue
        if mark.block in below_pictures and kept and kept[0] < mark.block < kept[-1] and not told[mark.block]:
            yield mark._replace(label="caption")
        elif mark.block not in claimed and told[mark.block]:
            yield mark._replace(label=told[mark.block])
        else:
            yield mark
