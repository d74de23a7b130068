"""What a document prints twice: the headline on top of the page and again above the text, or a paragraph."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from clean.marks import DETECTORS
from clean.marks.shapes import UNSPACED, could_be_title, is_closed
from clean.model import Block, Mark
from clean.rulebook import fold

NEAR = 8  # blocks between the two: a share bar, a clock and a photo credit lie there
LEAST = 8  # characters; shorter lines repeat by chance ("Home", "Live")
LEAST_PASSAGE = 100  # characters; shorter ones are said twice on purpose
LEAST_BESIDE = 40  # characters of a paragraph that tells a story beside another; shorter ones are printed with anything
BESIDE = 4  # blocks between those two: a subhead, a caption and its credit lie there
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
    again = printed_before(blocks)
    stories = of_stories(blocks, again)
    headlines = list(titles(blocks, stories))
    yield from headlines
    yield from passages(blocks, again, stories, {mark.block for mark in headlines})


def titles(blocks: Sequence[Block], stories: Collection[int]) -> Iterator[Mark]:
    """Marks on headlines that are printed twice; what stands above a paragraph of `stories` is of that story."""
    seen: dict[str, int] = {}
    taken: set[int] = set()
    below_prose = False
    for number, block in enumerate(blocks):
        below_prose = below_prose or is_prose(block.text)
        if not could_be_title(block.text) or (below_prose and is_name_like(block.text)):
            continue
        keys = [key for key in keys_of(block.text) if len(key) >= (LEAST_UNSPACED if UNSPACED.search(key) else LEAST)]
        first = next((seen[key] for key in keys if key in seen and number - seen[key] <= NEAR + 1), None)
        if first is not None and first not in taken and not opens_again(blocks, stories, first, number):
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


def printed_before(blocks: Sequence[Block]) -> dict[int, int]:
    """The blocks that stood in the document before, and where they first did."""
    first: dict[str, int] = {}
    places = ((number, first.setdefault(block.text, number)) for number, block in enumerate(blocks))
    return {number: earlier for number, earlier in places if earlier != number}


def of_stories(blocks: Sequence[Block], again: Mapping[int, int]) -> set[int]:
    """The paragraphs of whole stories that stand twice: of two that stand near each other as they did before.

    That is a duplicate of an article, and not for this detector: to take paragraphs of it would leave it mutilated.
    """
    found: set[int] = set()
    for above, below in pairwise(number for number in again if tells(blocks[number].text)):
        if below - above <= BESIDE + 1 and 0 < again[below] - again[above] <= BESIDE + 1:
            found.update((above, below))
    return found


def tells(text: str) -> bool:
    """Whether a block is a paragraph that is long enough to be told from what is printed with anything."""
    return len(text) >= LEAST_BESIDE and not could_be_title(text)


def opens_again(blocks: Sequence[Block], stories: Collection[int], first: int, number: int) -> bool:
    """Whether a headline stands above a story that stands twice, and its first printing above another paragraph."""
    lead = lead_below(blocks, number)
    return lead in stories and lead != lead_below(blocks, first)


def lead_below(blocks: Sequence[Block], number: int) -> int | None:
    """The next paragraph below a headline."""
    return next(
        (other for other in range(number + 1, min(number + NEAR, len(blocks))) if tells(blocks[other].text)), None
    )


def passages(
    blocks: Sequence[Block], again: Mapping[int, int], stories: Collection[int], headlines: Collection[int]
) -> Iterator[Mark]:
    """Marks on paragraphs that stood in the document before, but for those of `stories`.

    A brief is one of these, too: a paragraph below its headline, unless that is marked as a repeat as well.
    """
    for number, earlier in again.items():
        text = blocks[number].text
        if len(text) < LEAST_PASSAGE or could_be_title(text) or number in stories:
            continue
        above = number - 1
        is_brief = again.get(above) == earlier - 1 and could_be_title(blocks[above].text) and above not in headlines
        if not is_brief:
            yield mark(number, blocks[number], "repeat.passage", "repeats.passage")


def mark(number: int, block: Block, label: str, detector: str) -> Mark:
    """A mark over a whole block."""
    return Mark(number, 0, len(block.text), label, detector, DETECTORS[detector], "high")
