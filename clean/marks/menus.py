"""Which blocks of a page are entries of menus: links, and nothing but links, right below each other."""

from collections.abc import Sequence
from itertools import groupby

from clean.marks.headlines import lines_of
from clean.model import Block, Page

LEAST = 8  # links in a row; fewer may be pointers in or below a story, of which rules know more
LINKED = 0.9  # share of a block in links
LONGEST = 200  # characters of an entry


def entries(blocks: Sequence[Block], page: Page) -> set[int]:
    """The numbers of the blocks that are entries of menus, or of lists of links."""
    of_links = [
        len(block.text) <= LONGEST and page.lines[line].linked >= LINKED * len(block.text)
        for block, line in zip(blocks, lines_of(blocks, page), strict=True)
    ]
    found: set[int] = set()
    for is_link, run in groupby(range(len(blocks)), of_links.__getitem__):
        numbers = list(run)
        if is_link and len(numbers) >= LEAST:
            found.update(numbers)
    return found
