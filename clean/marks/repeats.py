"""What a document prints twice: the headline on top of the page and again above the text, or a paragraph."""

import re
from collections.abc import Iterator, Sequence

from clean.marks import DETECTORS
from clean.marks.shapes import UNSPACED, could_be_title, is_closed
from clean.model import Block, Mark
from clean.rulebook import fold

NEAR = 8  # blocks between the two: a share bar, a clock and a photo credit lie there
LEAST = 8  # characters; shorter lines repeat by chance ("Home", "Live")
LEAST_PASSAGE = 100  # characters; shorter ones are said twice on purpose
LEAST_UNSPACED = 5  # characters, where writing has no spaces
FEWEST_WORDS = 4  # of a headline below the first prose; a shorter line that returns there is a speaker or a winner
SUFFIX = re.compile(r" +(?:[|·•»]|[-–—]) +[^|]{2,40}$")  # " | The Daily Lamp", as page titles have it


def find(blocks: Sequence[Block]) -> Iterator[Mark]:
    """Mark what stands a second time: a headline near its first printing (that one is the title), a paragraph anywhere.

    A headline that one of the two carries with the name of the site behind it is the same headline; the name is the
    publisher's.

    >>> texts = ("Frost hits the pears", "Follow", "Frost hits the pears")
    >>> [mark.label for mark in find([Block(0, 0, text, 1) for text in texts])]
    ['title', 'repeat.title']
    """
    yield from titles(blocks)
    yield from passages(blocks)


def titles(blocks: Sequence[Block]) -> Iterator[Mark]:
    """Marks on headlines that are printed twice."""
    seen: dict[str, int] = {}
    taken: set[int] = set()
    below_prose = False
    for number, block in enumerate(blocks):
        below_prose = below_prose or is_prose(block.text)
        if not could_be_title(block.text) or (below_prose and is_name_like(block.text)):
            continue
        keys = [key for key in keys_of(block.text) if len(key) >= (LEAST_UNSPACED if UNSPACED.search(key) else LEAST)]
        first = next((seen[key] for key in keys if key in seen and number - seen[key] <= NEAR + 1), None)
        if first is not None and first not in taken:
            taken.update((first, number))
            yield from title_marks(first, blocks[first])
            yield mark(number, block, "repeat.title", "repeats.title")
        for key in keys:
            seen[key] = number


def is_prose(text: str) -> bool:
    """Whether a block is a paragraph and no headline."""
    return len(text) >= LEAST_PASSAGE and is_closed(text)


def is_name_like(text: str) -> bool:
    """Whether a line has so few words that it may be a name."""
    return text.count(" ") + 1 < FEWEST_WORDS and UNSPACED.search(text) is None


def title_marks(number: int, block: Block) -> Iterator[Mark]:
    """A mark on a headline, and one on the name of the site behind it."""
    suffix = SUFFIX.search(block.text)
    end = suffix.start() if suffix else len(block.text)
    whole = mark(number, block, "title", "repeats.title")
    yield whole._replace(end=end)
    if suffix:
        yield whole._replace(start=end + suffix[0].index(suffix[0].lstrip()), label="publisher")


def keys_of(text: str) -> tuple[str, ...]:
    """The folded line, and the line without the name of the site behind it."""
    folded, bare = fold(text), fold(SUFFIX.sub("", text))
    return (folded,) if folded == bare else (folded, bare)


def passages(blocks: Sequence[Block]) -> Iterator[Mark]:
    """Marks on paragraphs that stood in the document before.

    Where the neighbours came before as well, it is a whole story that stands twice: that is a duplicate of an
    article, and not for this detector.
    """
    first: dict[str, int] = {}
    again: dict[int, int] = {}
    for number, block in enumerate(blocks):
        if len(block.text) >= LEAST_PASSAGE and not could_be_title(block.text):
            earlier = first.setdefault(block.text, number)
            if earlier != number:
                again[number] = earlier
    for number in again:
        if number - 1 not in again and number + 1 not in again:
            yield mark(number, blocks[number], "repeat.passage", "repeats.passage")


def mark(number: int, block: Block, label: str, detector: str) -> Mark:
    """A mark over a whole block."""
    return Mark(number, 0, len(block.text), label, detector, DETECTORS[detector], "high")
