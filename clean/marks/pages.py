"""What of a page is no story: weighed by a model that knows its text, its markup, the rules and second opinions."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import exp, log
from pathlib import Path
from typing import NamedTuple

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
WEIGHTS: Mapping[tuple[str, ...], Path] = {  # who gave an opinion
    ("trafilatura", "resiliparse"): FOLDER / "pages.json",
    ("resiliparse",): FOLDER / "pages-fast.json",
}
LEAN = 0.25  # log-odds towards boilerplate, of which a page has more than text that somebody extracted


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


def find(
    documents: Sequence[Sequence[Block]],
    pages: Sequence[Page],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    how: Weighing,
) -> list[dict[int, list[Mark]]]:
    """The marks that stand on each page, by block: those that stood, and what else is boilerplate; not what is none.

    As `learned.find`, whose model it takes where nobody gives an opinion. With `fast` trafilatura is not asked, which
    takes most of the time.
    """
    if how.certainty >= 1:
        return [{number: list(row) for number, row in one.items()} for one in standing]
    said = [opinions(page, blocks, how.fast) for page, blocks in zip(pages, documents, strict=True)]
    found: list[dict[int, list[Mark]]] = [{} for _ in documents]
    groups = {tuple(one) for one in said}
    for group in sorted(groups):
        some = [number for number, one in enumerate(said) if tuple(one) == group and documents[number]]
        parts = Parts(
            [documents[number] for number in some],
            [pages[number] for number in some],
            [marks[number] for number in some],
            [standing[number] for number in some],
            [said[number] for number in some],
        )
        trees = bundled(WEIGHTS[group]) if group in WEIGHTS else None
        for number, row in zip(some, weighed(parts, how, trees), strict=True):
            found[number] = row
    return found


def weighed(parts: Parts, how: Weighing, trees: Trees | None) -> list[dict[int, list[Mark]]]:
    """The marks that stand on some pages by a model of pages, or by that of texts if there is none."""
    if not any(parts.documents):
        return [{} for _ in parts.documents]

    def more(measures: Measures) -> Mapping[str, Values]:
        return layout(parts.pages, parts.documents, measures, parts.opinions)

    leaning = 1 / (1 + exp(log(1 / how.certainty - 1) + LEAN)) if trees else how.certainty
    if trees:
        parts = opened(parts, how.open_rules)
    found = learned.find(parts.documents, parts.marks, parts.standing, leaning, trees, more if trees else None)
    return [joined(*row) for row in zip(found, parts.documents, parts.pages, parts.marks, parts.standing, strict=True)]


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
