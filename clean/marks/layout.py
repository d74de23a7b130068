"""Where a block stands on its page, as figures: its element, what is around it, its links, its likes."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.marks.families import BIT, families_of
from clean.marks.measures import Measures, Numbers, Values
from clean.marks.opinions import Opinions
from clean.model import Block, Page

TAGS = ("p", "div", "li", "h1", "h2", "h3", "h4", "span", "section", "article", "td", "figcaption", "blockquote", "a")
TAG_NUMBER: Mapping[str, int] = {tag: number for number, tag in enumerate(TAGS, 1)}
SHARES = (0.3, 0.5, 0.75, 0.9)  # of a page's prose, of which the deepest element that holds it is looked for
FARTHEST = 30  # elements; farther is far
NEAR = 3  # elements: the block's own, and two around it


class Tree(NamedTuple):
    """The elements of a page as figures: parents, depths, families of each alone, near it, and anywhere around it."""

    parent: Numbers
    depth: Numbers
    own: Numbers
    near: Numbers
    around: Numbers
    hidden: NDArray[np.bool_]


def tree_of(page: Page) -> Tree:
    """The elements of a page, in one pass from the root down. The page's own class, on html and body, tells nothing."""
    count = len(page.elements)
    parent, depth, own, around, hidden = ([0] * count for _ in range(5))
    for number, element in enumerate(page.elements):
        above = element.parent
        parent[number] = above
        bits = 0 if element.tag in ("html", "body") else families_of(element.tag, element.words)
        own[number] = bits
        depth[number] = depth[above] + 1 if above >= 0 else 0
        around[number] = around[above] | bits if above >= 0 else bits
        hidden[number] = element.hidden or (above >= 0 and hidden[above])
    parents, owns = np.array(parent, np.int64), np.array(own, np.int64)
    near = owns.copy()
    up = np.arange(count)
    for _ in range(NEAR - 1):
        up = np.maximum(parents[up], 0)
        near |= owns[up]
    return Tree(parents, np.array(depth, np.int64), owns, near, np.array(around, np.int64), np.array(hidden, bool))


def layout(
    pages: Sequence[Page], documents: Sequence[Sequence[Block]], measures: Measures, opinions: Sequence[Opinions]
) -> dict[str, Values]:
    """Every feature by name, each with one figure a block of a batch."""
    rows = [
        of_page(page, blocks, slice(int(first), int(end)), measures, opinion)
        for page, blocks, (first, end), opinion in zip(
            pages, documents, pairwise(measures.edges), opinions, strict=True
        )
        if blocks
    ]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def of_page(
    page: Page, blocks: Sequence[Block], own: slice, measures: Measures, opinions: Opinions
) -> dict[str, Values]:
    """The features of the blocks of one page."""
    tree = tree_of(page)
    starts = [line.start for line in page.lines]
    lines = np.searchsorted(starts, [block.start for block in blocks], side="right") - 1
    of_line = [page.lines[number] for number in lines.tolist()]
    at = np.array([line.element for line in of_line])
    length = np.maximum(measures.length[own].astype(np.float64), 1)
    weight = measures.weight[own].astype(np.float64)
    linked = np.minimum(np.array([line.linked for line in of_line]) / length, 1)
    prose = np.where(measures.prose[own], weight * (1 - linked), 0)
    inline = np.array([families_of("", line.words) if line.words else 0 for line in of_line])
    tags = [element.tag for element in page.elements]
    found: dict[str, Values] = {
        "markup.tag": np.array([TAG_NUMBER.get(tags[number], 0) for number in at.tolist()]),
        "markup.heading": np.array([tags[number][:1] == "h" and tags[number][1:].isdigit() for number in at.tolist()]),
        "markup.bold": np.minimum(np.array([line.bold for line in of_line]) / length, 1),
        "markup.time": np.array([bool(line.time) for line in of_line]),
        "markup.hidden": tree.hidden[at],
        "markup.depth": tree.depth[at],
        "links.share": linked,
        "links.count": np.array([line.anchors for line in of_line], np.float64),
    }
    for name, bit in BIT.items():
        found[f"inside.{name}"] = (
            ((tree.around[at] & bit) > 0) * 1
            + ((tree.near[at] & bit) > 0) * 1
            + ((tree.own[at] & bit) > 0) * 1
            + ((inline & bit) > 0) * 4
        )
    found |= containers(tree, at, weight, linked, prose)
    found |= likes(page, tree, at, weight, linked, prose)
    for name, share in opinions.items():
        found |= {f"{name}.{key}": values for key, values in said(share, weight, tree, at).items()}
    found |= beside(linked, found["markup.tag"], at, tree)
    return found


def sums(tree: Tree, at: Values, values: Values) -> Values:
    """For each element the sum of a figure of all blocks in it, deepest first."""
    total = np.bincount(at, values, minlength=len(tree.parent))
    order = np.argsort(-tree.depth, kind="stable")
    depths = tree.depth[order]
    bounds = np.flatnonzero(np.diff(depths)) + 1
    for level in np.split(order, bounds):
        up = tree.parent[level]
        if len(up) and up[0] >= 0:
            np.add.at(total, up, total[level])
    return total


def containers(tree: Tree, at: Values, weight: Values, linked: Values, prose: Values) -> dict[str, Values]:
    """What the elements around a block hold, and how far it is from the one that holds the page's prose."""
    text, links, proses = (sums(tree, at, values) for values in (weight, weight * linked, prose))
    blocks = sums(tree, at, np.ones(len(at)))
    all_prose = max(1.0, float(prose.sum()))
    found: dict[str, Values] = {}
    up = at
    for step in range(1, 5):
        found[f"around-it.text-{step}"] = np.log1p(text[up])
        found[f"around-it.linked-{step}"] = links[up] / np.maximum(text[up], 1)
        found[f"around-it.prose-{step}"] = proses[up] / np.maximum(text[up], 1)
        found[f"around-it.share-{step}"] = proses[up] / all_prose
        found[f"around-it.blocks-{step}"] = blocks[up]
        up = np.maximum(tree.parent[up], 0)
    for share in SHARES:
        holds = np.flatnonzero(proses >= share * all_prose)
        main = int(holds[np.argmax(tree.depth[holds])]) if len(holds) and prose.any() else 0
        inside = meeting_depth(tree, main)
        found[f"main.up-{share}"] = np.minimum(tree.depth[main] - inside[at], FARTHEST)
        found[f"main.down-{share}"] = np.minimum(tree.depth[at] - inside[at], FARTHEST)
    return found


def meeting_depth(tree: Tree, main: int) -> Values:
    """For each element the depth of the deepest element that holds both it and another."""
    path = set()
    while main >= 0:
        path.add(main)
        main = int(tree.parent[main])
    found = [0] * len(tree.parent)
    parents, depths = tree.parent.tolist(), tree.depth.tolist()
    for number, above in enumerate(parents):
        found[number] = depths[number] if number in path else found[above] if above >= 0 else 0
    return np.array(found)


def likes(page: Page, tree: Tree, at: Values, weight: Values, linked: Values, prose: Values) -> dict[str, Values]:
    """What blocks in elements of the same name hold: the paragraphs of a story are alike, and so are teasers."""
    names = [f"{element.tag} {element.words}" for element in page.elements]
    found: dict[str, Values] = {}
    all_prose = max(1.0, float(prose.sum()))
    parents = np.maximum(tree.parent, 0).tolist()
    tags = [element.tag for element in page.elements]
    own = at.tolist()
    keys: Mapping[str, Sequence[Hashable]] = {
        "same": [names[number] for number in own],
        "same-above": [(names[number], names[parents[number]]) for number in own],
        "same-above-2": [(tags[n], names[parents[n]], names[parents[parents[n]]]) for n in own],
        "siblings": [(tags[number], parents[number]) for number in own],
    }
    for name, key in keys.items():
        numbers: dict[Hashable, int] = {}
        group = np.array([numbers.setdefault(one, len(numbers)) for one in key])
        total, proses, links = (np.bincount(group, values) for values in (weight, prose, weight * linked))
        count = np.bincount(group)
        found[f"likes.{name}-share"] = (proses / all_prose)[group]
        found[f"likes.{name}-prose"] = (proses / np.maximum(total, 1))[group]
        found[f"likes.{name}-linked"] = (links / np.maximum(total, 1))[group]
        found[f"likes.{name}-count"] = np.minimum(count[group], 100)
    return found


def said(share: Values, weight: Values, tree: Tree, at: Values) -> dict[str, Values]:
    """What a second opinion says of a block, of its neighbours, and of what is in the same element."""
    found: dict[str, Values] = {}
    kept = weight * share
    total = max(1.0, float(kept.sum()))
    found["share"] = share
    found["amount"] = np.full(len(share), np.log1p(total))
    for step in (1, 2):
        found[f"above-{step}"] = np.concatenate((np.full(step, -1.0), share))[: len(share)]
        found[f"below-{step}"] = np.concatenate((share, np.full(step, -1.0)))[step:]
    before = np.cumsum(kept) - kept
    found["before"] = before / total
    found["after"] = 1 - (before + kept) / total
    kept_in, text_in = sums(tree, at, kept), sums(tree, at, weight)
    up = np.maximum(tree.parent[at], 0)
    found["same-element"] = kept_in[up] / np.maximum(text_in[up], 1)
    up = np.maximum(tree.parent[up], 0)
    found["same-element-2"] = kept_in[up] / np.maximum(text_in[up], 1)
    return found


def beside(linked: Values, tags: Values, at: Values, tree: Tree) -> dict[str, Values]:
    """The elements and links of the blocks right above and below."""
    found: dict[str, Values] = {}
    for step in (1, 2):
        for side, shift in (("above", step), ("below", -step)):
            inside = np.zeros(len(at), bool)
            inside[step:] = True
            if shift < 0:
                inside = inside[::-1]
            found[f"beside.linked-{step}-{side}"] = np.where(inside, np.roll(linked, shift), -1)
            found[f"beside.tag-{step}-{side}"] = np.where(inside, np.roll(tags, shift), -1)
            found[f"beside.depth-{step}-{side}"] = np.where(inside, np.roll(tree.depth[at], shift) - tree.depth[at], 99)
    return found
