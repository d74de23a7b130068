"""Stories that stand side by side on a page: at which block each begins, of those of which enough is kept."""

from collections.abc import Sequence
from itertools import pairwise

from clean.labels import KEPT
from clean.marks.headlines import lines_of
from clean.marks.stories import LEAST_BODY, side_by_side
from clean.model import Block, Page, Span


def starts(spans: Sequence[Span], blocks: Sequence[Block], page: Page) -> list[int]:
    """The blocks at which a story after the first begins."""
    stories = side_by_side(blocks, lines_of(blocks, page), page)
    bounds = pairwise([*(story.first for story in stories), len(blocks)])
    kept = [0] * (len(blocks) + 1)
    for span in spans:
        if span.label in KEPT and span.label not in ("title", "caption"):
            kept[span.block] += len(span.text)
    return [first for first, end in bounds if sum(kept[first:end]) >= LEAST_BODY][1:]
