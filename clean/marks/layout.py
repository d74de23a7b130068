"""Where a block stands on its page, as figures: its element, what is around it, its links, its likes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.marks.families import BIT, families_of
from clean.marks.headlines import lines_of
from clean.marks.measures import Measures, Numbers, Values
from clean.marks.opinions import Opinions
from clean.model import Block, Element, Line, Page

TAGS = ("p", "div", "li", "h1", "h2", "h3", "h4", "span", "section", "article", "td", "figcaption", "blockquote", "a")
TAG_NUMBER: Mapping[str, int] = {tag: number for number, tag in enumerate(TAGS, 1)}
SHARES = (0.3, 0.5, 0.75, 0.9)  # of a page's prose, of which the deepest element that holds it is looked for
FARTHEST = 30  # elements; farther is far
NEAR = 3  # elements: the block's own, and two around it
WIDEST = 4  # elements around a block of which it is told what they hold
MOST_ALIKE = 100  # blocks
ROOTS = ("html", "body")  # the page's own classes, which tell nothing of a block


class Forest(NamedTuple):
    """The elements of a batch of pages as figures, page after page, each element behind the one around it.

    `firsts`: the first element of each page, and the end. `parent`: a page's outermost element is its own. `end`: the
    first element behind those inside. `depth`: that of the outermost is 0. `name`, `tag`: a number for each name and
    tag. `own`, `near`, `around`: families of the element, of those near it, and of all around it. `levels`: the
    elements of each depth, the outermost first.
    """

    firsts: Sequence[int]
    parent: Numbers
    end: Numbers
    depth: Numbers
    name: Numbers
    tag: Numbers
    tags: Sequence[str]
    own: Numbers
    near: Numbers
    around: Numbers
    hidden: NDArray[np.bool_]
    levels: Sequence[Numbers]


class Ground(NamedTuple):
    """Where the blocks of a batch of pages stand: the elements, for each block its element and line, and its figures.

    `edges`: where the blocks of each page begin, and where the last one's end. `prose`: weight of prose that is no
    link; `all_prose`: that of the whole page.
    """

    forest: Forest
    at: Numbers
    lines: Sequence[Line]
    edges: Numbers
    document: Numbers
    length: Values
    weight: Values
    linked: Values
    prose: Values
    all_prose: Values


def layout(
    pages: Sequence[Page], documents: Sequence[Sequence[Block]], measures: Measures, opinions: Sequence[Opinions]
) -> dict[str, Values]:
    """Every feature by name, each with one figure a block of a batch; the same tools speak of all pages."""
    ground = ground_of(pages, documents, measures)
    found = by_markup(ground)
    for name in opinions[0]:
        found |= by_opinion(ground, name, np.concatenate([opinion[name] for opinion in opinions]))
    return found


def ground_of(pages: Sequence[Page], documents: Sequence[Sequence[Block]], measures: Measures) -> Ground:
    """Where the blocks of pages stand. Linear in elements and blocks, but for sorting them."""
    forest = forest_of([page.elements for page in pages])
    of_line = [
        page.lines[number] for page, blocks in zip(pages, documents, strict=True) for number in lines_of(blocks, page)
    ]
    document = measures.document
    length = np.maximum(measures.length.astype(np.float64), 1)
    weight = measures.weight.astype(np.float64)
    linked = np.minimum(np.array([line.linked for line in of_line]) / length, 1)
    prose = np.where(measures.prose, weight * (1 - linked), 0)
    at = np.array([line.element for line in of_line]) + np.array(forest.firsts)[document]
    return Ground(
        forest, at, of_line, measures.edges, document, length, weight, linked, prose, totals(prose, measures.edges)
    )


def totals(values: Values, edges: Numbers) -> Values:
    """For each block the sum of a figure over its page, at least 1."""
    sums = [max(1.0, float(values[first:end].sum())) for first, end in pairwise(edges.tolist())]
    return np.repeat(sums, np.diff(edges))


def forest_of(pages: Sequence[Sequence[Element]]) -> Forest:
    """The elements of pages."""
    firsts = list(accumulate(map(len, pages), initial=0))
    everything = list(chain.from_iterable(pages))
    above, tags, words, hides = zip(*everything, strict=True)
    parent = np.array(above)
    outermost = np.repeat(firsts[:-1], np.diff(firsts))
    parent = np.where(parent < 0, outermost, parent + outermost)
    names: dict[tuple[str, str], int] = {}
    name = np.array([names.setdefault(one, len(names)) for one in zip(tags, words, strict=True)])
    kinds: dict[str, int] = {}
    tag = np.array([kinds.setdefault(one, len(kinds)) for one, _ in names])[name]
    own = np.array([0 if tag in ROOTS else families_of(tag, words) for tag, words in names])[name]
    levels = levels_of(parent)
    near, around, hidden, end = own.copy(), own.copy(), np.array(hides), np.arange(1, len(parent) + 1)
    up = parent
    for _ in range(NEAR - 1):
        near |= own[up]
        up = parent[up]
    for level in levels[1:]:
        around[level] |= around[parent[level]]
        hidden[level] |= hidden[parent[level]]
    for level in reversed(levels[1:]):
        np.maximum.at(end, parent[level], end[level])
    depth = np.zeros(len(parent), np.int64)
    for number, level in enumerate(levels):
        depth[level] = number
    return Forest(firsts, parent, end, depth, name, tag, list(kinds), own, near, around, hidden, levels)


def levels_of(parent: Numbers) -> list[Numbers]:
    """The elements of each depth, the outermost first, by the number of the element around each; its own if none is."""
    depth: list[int] = []
    for number, above in enumerate(parent.tolist()):
        depth.append(depth[above] + 1 if above < number else 0)
    depths = np.array(depth)
    order = np.argsort(depths, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(depths[order])) + 1)


def by_markup(ground: Ground) -> dict[str, Values]:
    """What is told of blocks by their elements and links."""
    forest, at = ground.forest, ground.at
    inline = np.array([families_of("", line.words) if line.words else 0 for line in ground.lines])
    is_heading = np.array([tag[:1] == "h" and tag[1:].isdigit() for tag in forest.tags])
    found: dict[str, Values] = {
        "markup.tag": np.array([TAG_NUMBER.get(tag, 0) for tag in forest.tags])[forest.tag[at]],
        "markup.heading": is_heading[forest.tag[at]],
        "markup.bold": np.minimum(np.array([line.bold for line in ground.lines]) / ground.length, 1),
        "markup.time": np.array([bool(line.time) for line in ground.lines]),
        "markup.hidden": forest.hidden[at],
        "markup.depth": forest.depth[at],
        "links.share": ground.linked,
        "links.count": np.array([line.anchors for line in ground.lines], np.float64),
    }
    around, near, own = forest.around[at], forest.near[at], forest.own[at]
    for name, bit in BIT.items():
        inside = ((around & bit) > 0) * 1 + ((near & bit) > 0) * 1 + ((own & bit) > 0) * 1
        found[f"inside.{name}"] = inside + ((inline & bit) > 0) * 4
    found |= containers(ground)
    found |= likes(ground)
    found |= beside(ground, found["markup.tag"])
    return found


def sums(ground: Ground, values: Values) -> Values:
    """For each element the sum of a figure of all blocks in it, deepest first."""
    forest = ground.forest
    total = np.bincount(ground.at, values, minlength=len(forest.parent))
    for level in reversed(forest.levels[1:]):
        np.add.at(total, forest.parent[level], total[level])
    return total


def containers(ground: Ground) -> dict[str, Values]:
    """What the elements around a block hold, and how far it is from the one that holds the page's prose."""
    parent, depth = ground.forest.parent, ground.forest.depth
    text, links, proses, blocks = (
        sums(ground, values)
        for values in (ground.weight, ground.weight * ground.linked, ground.prose, np.ones(len(ground.at)))
    )
    found: dict[str, Values] = {}
    up = ground.at
    for step in range(1, WIDEST + 1):
        found[f"around-it.text-{step}"] = np.log1p(text[up])
        found[f"around-it.linked-{step}"] = links[up] / np.maximum(text[up], 1)
        found[f"around-it.prose-{step}"] = proses[up] / np.maximum(text[up], 1)
        found[f"around-it.share-{step}"] = proses[up] / ground.all_prose
        found[f"around-it.blocks-{step}"] = blocks[up]
        up = parent[up]
    mains = list(main_elements(ground, proses))
    for place, share in enumerate(SHARES):
        rows = [meeting_depths(ground, page, main[place]) for page, main in enumerate(mains)]
        meeting = np.concatenate(rows)
        main = np.repeat([depth[main[place]] for main in mains], np.diff(ground.edges))
        found[f"main.up-{share}"] = np.minimum(main - meeting, FARTHEST)
        found[f"main.down-{share}"] = np.minimum(depth[ground.at] - meeting, FARTHEST)
    return found


def main_elements(ground: Ground, proses: Values) -> Iterator[list[int]]:
    """For each page the deepest elements that hold each of SHARES of its prose."""
    firsts, edges = ground.forest.firsts, ground.edges.tolist()
    for (first, end), (block, last) in zip(pairwise(firsts), pairwise(edges), strict=True):
        depth, held = ground.forest.depth[first:end], proses[first:end]
        found: list[int] = []
        for share in SHARES:
            holds = np.flatnonzero(held >= share * ground.all_prose[block]) if ground.prose[block:last].any() else ()
            found.append(first + int(holds[np.argmax(depth[holds])]) if len(holds) else first)
        yield found


def meeting_depths(ground: Ground, page: int, main: int) -> Numbers:
    """For the blocks of a page the depth of the deepest element that holds both the block and an element of it."""
    forest, at = ground.forest, ground.at[ground.edges[page] : ground.edges[page + 1]]
    path = [main]
    while path[-1] != forest.parent[path[-1]]:
        path.append(int(forest.parent[path[-1]]))
    first, end = forest.firsts[page], forest.firsts[page + 1]
    found = np.zeros(end - first, np.int64)
    for one in reversed(path):
        found[one - first : forest.end[one] - first] = forest.depth[one]
    return found[at - first]


def likes(ground: Ground) -> dict[str, Values]:
    """What blocks in elements of the same name hold: the paragraphs of a story are alike, and so are teasers."""
    forest, at, document = ground.forest, ground.at, ground.document
    above = forest.parent[at]
    keys: Mapping[str, Sequence[Numbers]] = {
        "same": (document, forest.name[at]),
        "same-above": (document, forest.name[at], forest.name[above]),
        "same-above-2": (document, forest.tag[at], forest.name[above], forest.name[forest.parent[above]]),
        "siblings": (above, forest.tag[at]),
    }
    found: dict[str, Values] = {}
    for name, key in keys.items():
        group = groups(key)
        values = (ground.weight, ground.prose, ground.weight * ground.linked)
        total, proses, links = (np.bincount(group, one) for one in values)
        found[f"likes.{name}-share"] = proses[group] / ground.all_prose
        found[f"likes.{name}-prose"] = (proses / np.maximum(total, 1))[group]
        found[f"likes.{name}-linked"] = (links / np.maximum(total, 1))[group]
        found[f"likes.{name}-count"] = np.minimum(np.bincount(group)[group], MOST_ALIKE)
    return found


def groups(key: Sequence[Numbers]) -> Numbers:
    """A number for each row of some columns, the same for those that are alike."""
    found = key[0]
    for column in key[1:]:
        _, found = np.unique(found * (int(column.max()) + 1) + column, return_inverse=True)
    return found


def by_opinion(ground: Ground, who: str, share: Values) -> dict[str, Values]:
    """What a second opinion says of a block, of its neighbours, and of what is in the same element.

    `share`: of each block, what is main text to somebody.
    """
    kept = ground.weight * share
    total = totals(kept, ground.edges)
    before = np.concatenate([np.cumsum(kept[first:end]) for first, end in pairwise(ground.edges.tolist())]) - kept
    found: dict[str, Values] = {"share": share, "amount": np.log1p(total)}
    for step in (1, 2):
        found[f"above-{step}"] = beyond(share, ground.document, step, -1.0)
        found[f"below-{step}"] = beyond(share, ground.document, -step, -1.0)
    found["before"] = before / total
    found["after"] = 1 - (before + kept) / total
    kept_in, text_in = sums(ground, kept), sums(ground, ground.weight)
    up = ground.at
    for name in ("same-element", "same-element-2"):
        up = ground.forest.parent[up]
        found[name] = kept_in[up] / np.maximum(text_in[up], 1)
    return {f"{who}.{name}": values for name, values in found.items()}


def beside(ground: Ground, tags: Values) -> dict[str, Values]:
    """The elements and links of the blocks right above and below."""
    found: dict[str, Values] = {}
    depth = ground.forest.depth[ground.at]
    for step in (1, 2):
        for side, shift in (("above", step), ("below", -step)):
            found[f"beside.linked-{step}-{side}"] = beyond(ground.linked, ground.document, shift, -1)
            found[f"beside.tag-{step}-{side}"] = beyond(tags, ground.document, shift, -1)
            there = beyond(np.ones(len(depth), bool), ground.document, shift, False)
            deeper = beyond(depth, ground.document, shift, 0) - depth
            found[f"beside.depth-{step}-{side}"] = np.where(there, deeper, 99)
    return found


def beyond(values: Values, document: Numbers, step: int, nothing: float) -> Values:
    """The figure of the block so many above each block, or below; `nothing` where its page has none there."""
    found = np.full_like(values, nothing)
    if step > 0:
        found[step:] = np.where(document[step:] == document[:-step], values[:-step], nothing)
    else:
        found[:step] = np.where(document[:step] == document[-step:], values[-step:], nothing)
    return found
