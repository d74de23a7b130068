"""Two looks at the blocks of texts: one before it is known where stories begin, and one at each story by itself."""

from bisect import bisect
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from clean.marks.learned import find, find_twice
from clean.marks.neighbours import Standing
from clean.model import Block, Mark, Source, Start


class Text(NamedTuple):
    """A text, what detectors claim of it, and what of that stands.

    `standing`: by rules. `before_split`: with what the first look adds, which knows that the text may hold several
    stories. `if_one`: with what the second look adds if it holds but one.
    """

    source: Source
    blocks: list[Block]
    marks: Sequence[Mark]
    standing: Standing
    before_split: Standing
    if_one: Standing


class Part(NamedTuple):
    """The blocks of one story, numbered anew, and their marks; `first` is the number of its first block in the text."""

    first: int
    blocks: Sequence[Block]
    marks: list[Mark]
    standing: dict[int, list[Mark]]


def look(
    sources: Sequence[Source],
    blocks: Sequence[list[Block]],
    marks: Sequence[Sequence[Mark]],
    standing: Sequence[Standing],
    certainty: float,
) -> list[Text]:
    """What is told of texts by a first look, and by the second if each holds one story."""
    before, if_one = find_twice(blocks, marks, standing, certainty)
    return [
        Text(source, own, claims, stands, with_more(stands, first), with_more(stands, second))
        for source, own, claims, stands, first, second in zip(
            sources, blocks, marks, standing, before, if_one, strict=True
        )
    ]


def alone(texts: Sequence[Text], starts: Sequence[Sequence[Start]], certainty: float) -> list[Standing]:
    """The marks that stand on texts of which it is known where stories begin: each is looked at by itself."""
    several = [number for number, row in enumerate(starts) if row]
    parts = [parts_of(texts[number], starts[number]) for number in several]
    every = [part for row in parts for part in row]
    found = iter(
        find(
            [part.blocks for part in every],
            [part.marks for part in every],
            [part.standing for part in every],
            certainty,
        )
    )
    standing = [text.if_one for text in texts]
    for number, row in zip(several, parts, strict=True):
        more = [mark._replace(block=mark.block + part.first) for part in row for mark in next(found)]
        standing[number] = with_more(texts[number].standing, more)
    return standing


def parts_of(text: Text, starts: Sequence[Start]) -> list[Part]:
    """The stories of a text."""
    bounds = [0, *(start.block for start in starts), len(text.blocks)]
    parts = [Part(first, text.blocks[first:end], [], {}) for first, end in pairwise(bounds)]
    for mark in text.marks:
        part = parts[bisect(bounds, mark.block) - 1]
        part.marks.append(mark._replace(block=mark.block - part.first))
    for number, row in text.standing.items():
        part = parts[bisect(bounds, number) - 1]
        part.standing[number - part.first] = [mark._replace(block=number - part.first) for mark in row]
    return parts


def with_more(standing: Standing, more: Sequence[Mark]) -> Standing:
    """What stands, with marks that stand beside it."""
    found = {number: list(row) for number, row in standing.items()}
    for mark in more:
        found.setdefault(mark.block, []).append(mark)
    return found
