"""Which kind of boilerplate a block is that no rule names: that of its neighbours, or what its shape tells."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from clean.labels import REMOVED
from clean.marks.shapes import is_closed
from clean.model import Block, Mark

NEAR = 3  # blocks in which a neighbour lends its label
FEW_WORDS = 3  # of a menu's entry
SHORT = 40  # characters of a block that is called short
LONGEST_ITEM = 250  # characters of a line that can be an item of a list

Standing = Mapping[int, Sequence[Mark]]


def labels_of(
    numbers: Sequence[int], blocks: Sequence[Block], marks: Sequence[Mark], standing: Standing
) -> Iterator[str]:
    """A label for each of the blocks that go: what a weak rule says, or the neighbours, or its shape."""
    if not numbers:
        return
    known: dict[int, str] = {
        number: mark.label for number, stands in standing.items() for mark in stands if mark.label in REMOVED
    }
    weak = {mark.block: mark.label for mark in marks if mark.label in REMOVED and mark.label != "other"}
    for number, shape in zip(numbers, shapes_of_runs(numbers, blocks), strict=True):
        known[number] = weak.get(number) or label_by_neighbours(number, known) or shape
        yield known[number]


def label_by_neighbours(number: int, known: Mapping[int, str]) -> str:
    """The label that the nearest removed blocks above and below agree on; a list of stories or comments goes on."""
    above = next((known[near] for near in range(number - 1, number - NEAR - 1, -1) if near in known), "")
    below = next((known[near] for near in range(number + 1, number + NEAR + 1) if near in known), "")
    if above == "related.heading":
        return "related.item"
    return above if above == "comment" or (above == below and above != "other") else ""


def shape_of(text: str) -> str:
    """What the look of a line tells: an entry of a menu, a headline of another story, or nothing in particular.

    >>> shape_of("World"), shape_of("Ferry fares rise again in May"), shape_of("He said so.")
    ('nav', 'related.item', 'other')
    """
    if is_closed(text) or len(text) > LONGEST_ITEM:
        return "other"
    return "nav" if text.count(" ") < FEW_WORDS and len(text) < SHORT else "related.item"


def shapes_of_runs(numbers: Sequence[int], blocks: Sequence[Block]) -> Iterator[str]:
    """For each block the shape that most of the text has in its run of blocks that go: a list is of one kind."""
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        text: Counter[str] = Counter()
        length = 0
        for _, number in run:
            text[shape_of(blocks[number].text)] += len(blocks[number].text)
            length += 1
        yield from [max(sorted(text), key=text.__getitem__)] * length
