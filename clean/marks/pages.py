"""What of a page is no story: weighed by a model that knows its text, its markup and a second opinion."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import exp, log
from pathlib import Path
from typing import NamedTuple

from clean.labels import REMOVED
from clean.marks import learned
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


def find(
    documents: Sequence[Sequence[Block]],
    pages: Sequence[Page],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    certainty: float = CERTAINTY,
    fast: bool = False,
) -> list[list[Mark]]:
    """Mark the blocks of each page that are boilerplate.

    As `learned.find`, whose model it takes where nobody gives an opinion. With `fast` trafilatura is not asked, which
    takes most of the time.
    """
    if certainty >= 1:
        return [[] for _ in documents]
    said = [opinions(page, blocks, fast) for page, blocks in zip(pages, documents, strict=True)]
    found: list[list[Mark]] = [[] for _ in documents]
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
        for number, row in zip(some, weighed(parts, certainty, trees), strict=True):
            found[number] = row
    return found


class Parts(NamedTuple):
    """Pages of which the same tools have an opinion: their blocks, markup, marks, and what was said of them."""

    documents: Sequence[Sequence[Block]]
    pages: Sequence[Page]
    marks: Sequence[Sequence[Mark]]
    standing: Sequence[Standing]
    opinions: Sequence[Opinions]


def weighed(parts: Parts, certainty: float, trees: Trees | None) -> list[list[Mark]]:
    """The marks of some pages by a model of pages, or by that of texts if there is none."""
    if not any(parts.documents):
        return [[] for _ in parts.documents]

    def more(measures: Measures) -> Mapping[str, Values]:
        return layout(parts.pages, parts.documents, measures, parts.opinions)

    leaning = 1 / (1 + exp(log(1 / certainty - 1) + LEAN)) if trees else certainty
    found = learned.find(parts.documents, parts.marks, parts.standing, leaning, trees, more if trees else None)
    return [list(named(*row)) for row in zip(found, parts.documents, parts.pages, parts.marks, strict=True)]


def named(found: Sequence[Mark], blocks: Sequence[Block], page: Page, marks: Sequence[Mark]) -> Iterator[Mark]:
    """The marks, with labels by the page's own names where no rule gives one; captions of the story stay."""
    claimed = {mark.block for mark in marks if mark.label in REMOVED}
    told = kinds(blocks, page, [mark.block for mark in found])
    below_pictures = captions(blocks, page)
    gone = {mark.block for mark in found}
    kept = [number for number in range(len(blocks)) if number not in gone and number not in claimed]
    for mark in found:
        if mark.block in below_pictures and kept and kept[0] < mark.block < kept[-1] and not told[mark.block]:
            yield mark._replace(label="caption")
        elif mark.block not in claimed and told[mark.block]:
            yield mark._replace(label=told[mark.block])
        else:
            yield mark
