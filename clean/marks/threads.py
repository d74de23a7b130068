"""Readers' comments below a story: a name, a clock and a text, again and again."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from clean.labels import KEPT
from clean.marks import DETECTORS
from clean.marks.shapes import is_closed
from clean.model import Block, Mark

CLOCKS = frozenset(("date", "updated"))
BUTTONS = frozenset(("share", "comment", "nav"))  # what may stand between the name and the clock of a comment
OF_STORIES = frozenset(("title", "repeat.title", "byline", "dateline", "updated"))  # what no comment has
LONGEST_NAME = 60  # characters
NAME_REACH = 3  # blocks above a clock, up to which the name stands
FARTHEST_FIRST = 45  # blocks between the count of comments and the first: forms to log in, house rules
FARTHEST = 16  # blocks between the clocks of two comments
BULLETS = "-–*+•· "  # in front of a button in a list of them
PROSE = 100  # characters of the story, which comes first
LEAST_POSTS = 2
LEAST_SHOWN = 0.5  # share of the comments that show that they are some
COUNT = re.compile(r"\d")  # in a line that counts the comments below a story, or above it


class Post(NamedTuple):
    """A comment: the block with the name of who wrote it, and the block with its clock; they may be one."""

    name: int
    clock: int


def find(blocks: Sequence[Block], marks: Sequence[Mark]) -> Iterator[Mark]:
    """Mark the comments below a story, by the marks of rules: a line that counts or heads comments, and clocks.

    Stories that stand one behind the other have headlines and clocks, too, and a count of comments each. So half of
    the posts must show what they are: by a button to answer below the text, by the name that returns in one, or by the
    colon behind the name. Linear in the blocks.
    """
    whole = labels_of(blocks, marks)
    heads = [number for number in sorted(whole) if "comment" in whole[number]]
    first_prose = next((number for number, block in enumerate(blocks) if is_prose(block.text)), len(blocks))
    heads = [number for number in heads if number > first_prose]
    reached = -1
    if not heads:
        return
    for thread in threads(post for post in posts(blocks, marks, whole) if post.name > heads[0]):
        head = heads[bisect_left(heads, thread[0].name) - 1]
        if thread[0].name - head > FARTHEST_FIRST or not is_shown(thread, blocks, whole):
            continue
        for number in range(max(head + 1, reached + 1), end_of(thread, blocks, whole)):
            why = DETECTORS["threads"]
            yield Mark(number, 0, len(blocks[number].text), "comment", "threads", why, "high")
            reached = number


def labels_of(blocks: Sequence[Block], marks: Sequence[Mark]) -> dict[int, set[str]]:
    """The labels of marks that take a whole block, by block."""
    found: dict[int, set[str]] = defaultdict(set)
    for mark in marks:
        if mark.start == 0 and mark.end >= len(blocks[mark.block].text):
            found[mark.block].add(mark.label)
    return found


def is_prose(text: str) -> bool:
    """Whether a block is a paragraph."""
    return len(text) >= PROSE and is_closed(text)


def posts(blocks: Sequence[Block], marks: Sequence[Mark], whole: Mapping[int, set[str]]) -> Iterator[Post]:
    """All pairs of a clock and a line above it, or in front of it, that could be a name."""
    clocks = {mark.block: mark.start for mark in marks if mark.label in CLOCKS and is_end(mark, blocks[mark.block])}
    for clock, start in sorted(clocks.items()):
        if 0 < start <= LONGEST_NAME:
            yield Post(clock, clock)
        elif start == 0:
            for number in range(clock - 1, max(-1, clock - 1 - NAME_REACH), -1):
                if not whole.get(number, set()) & BUTTONS:
                    if len(blocks[number].text) <= LONGEST_NAME and not whole.get(number, set()) & OF_STORIES:
                        yield Post(number, clock)
                    break


def is_end(mark: Mark, block: Block) -> bool:
    """Whether a mark takes the end of a block."""
    return mark.end >= len(block.text)


def threads(found: Iterator[Post]) -> Iterator[list[Post]]:
    """The posts that stand near enough to each other."""
    thread: list[Post] = []
    for post in found:
        if thread and post.clock - thread[-1].clock > FARTHEST:
            yield thread
            thread = []
        thread.append(post)
    if thread:
        yield thread


def is_shown(thread: Sequence[Post], blocks: Sequence[Block], whole: Mapping[int, set[str]]) -> bool:
    """Whether enough posts show that they are comments, and none that it is a story."""
    if len(thread) < LEAST_POSTS:
        return False
    ends = [post.name for post in thread[1:]] + [min(thread[-1].clock + FARTHEST, len(blocks))]
    inside = range(thread[0].name, thread[-1].clock)
    labels = [whole.get(number, set()) for number in inside]
    if any(found & OF_STORIES and not found & CLOCKS for found in labels):
        return False
    shown = sum(shows(post, end, blocks, whole) for post, end in zip(thread, ends, strict=True))
    return shown >= max(LEAST_POSTS, LEAST_SHOWN * len(thread))


def shows(post: Post, end: int, blocks: Sequence[Block], whole: Mapping[int, set[str]]) -> bool:
    """Whether a post, that ends before a block, is shown to be a comment."""
    name = blocks[post.name].text.lstrip(BULLETS)
    if name.endswith(":") and post.name < post.clock:
        return True
    said = False
    for number in range(post.clock + 1, end):
        text = blocks[number].text
        if said and text.lstrip(BULLETS).startswith(f"{name} "):
            return True
        if said and "comment" in whole.get(number, ()) and COUNT.search(text) is None:
            return True
        said = said or not whole.get(number)
    return False


def end_of(thread: Sequence[Post], blocks: Sequence[Block], whole: Mapping[int, set[str]]) -> int:
    """The block behind the last comment: it is no longer than others, and ends where other furniture begins."""
    longest = max(after.name - before.clock for before, after in pairwise(thread))
    last = min(thread[-1].clock + longest, len(blocks))
    for number in range(thread[-1].clock + 1, last):
        if whole.get(number, set()) - KEPT and "comment" not in whole[number]:
            return number
    return last
