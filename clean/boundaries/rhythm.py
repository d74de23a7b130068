"""How a file goes: what stands around a line, how wide the gaps are, how long the sections between headlines."""

import numpy as np
from numpy.typing import NDArray

from clean.boundaries.page import FAR, LEAST, Columns, Flags, Floats, Integers, Page, since, until

# What the labels around a gap are told apart by.
FAMILIES = {
    "title": "title", "repeat.title": "again", "body.list": "list", "body.quote": "quote", "summary": "list",
    "caption": "caption", "dateline": "dateline", "date": "clock", "updated": "clock", "byline": "byline",
    "publisher": "publisher", "nav": "nav", "share": "share", "promo.donation": "promo", "promo.subscribe": "promo",
    "promo.newsletter": "promo", "promo.app": "promo", "ad": "promo", "paywall": "promo", "related": "related",
    "related.heading": "related", "related.item": "item", "legal": "legal", "cookie": "legal", "comment": "comment",
    "credit": "credit", "repeat.passage": "repeat", "repeat.site": "repeat", "other": "other",
}  # fmt: skip
NAMES = tuple(dict.fromkeys(FAMILIES.values()))
MEASURED = ("clock", "byline", "related", "again", "title", "dateline", "share")  # whose distances are told
WIDEST = 6  # line breaks; wider gaps are all the same
SHORT = 350  # characters of body; a section of a story is mostly longer, a teaser shorter
MOST = 40  # of anything that is counted in a whole file


def rhythm(page: Page) -> Columns:
    """The figures of each unit that depend on labels, gaps and lengths."""
    breaks = np.minimum([unit.breaks for unit in page.units], WIDEST).astype(np.float64)
    breaks[page.first[page.end > page.first]] = 0
    low, high = edges_of_slots(page)
    return around(page, low, high) | gaps(page, breaks, low, high) | sections(page, low)


def edges_of_slots(page: Page) -> tuple[Integers, Integers]:
    """For each unit the first one behind the body before it, and the next behind the body that follows it."""
    slot = page.body + page.document  # changes behind each body, and with the document
    opens = np.flatnonzero(np.diff(slot, prepend=-1))
    number = np.searchsorted(opens, page.numbers, side="right")
    return opens[number - 1], np.append(opens, len(slot))[number]


def around(page: Page, low: Integers, high: Integers) -> Columns:
    """How often labels stand above each unit, and from it on, between the bodies around it."""
    flags = np.zeros((len(page.units), len(NAMES)))
    for place, unit in enumerate(page.units):
        for label in unit.labels:
            if label in FAMILIES:
                flags[place, NAMES.index(FAMILIES[label])] = 1
    total = np.vstack([np.zeros(len(NAMES)), np.cumsum(flags, axis=0)])
    headlines = np.concatenate([[0], np.cumsum([unit.is_headline for unit in page.units])])
    index = page.numbers
    columns: Columns = {
        "slot.lines-above": (index - low).astype(np.float64),
        "slot.lines-from-here": (high - index).astype(np.float64),
        "slot.headlines-above": (headlines[index] - headlines[low]).astype(np.float64),
        "slot.headlines-from-here": (headlines[high] - headlines[index]).astype(np.float64),
    }
    for number, name in enumerate(NAMES):
        columns[f"{name}.above"] = total[index, number] - total[low, number]
        columns[f"{name}.from-here"] = total[high, number] - total[index, number]
        columns[f"{name}.here"] = flags[:, number]
        if name in MEASURED:
            places = np.flatnonzero(flags[:, number])
            columns[f"{name}.since"] = since(places, page)
            columns[f"{name}.until"] = until(places, page)
            whole = total[page.end, number] - total[page.first, number]
            columns[f"{name}.in-all"] = np.minimum(whole, MOST)[page.document]
    return columns


def gaps(page: Page, breaks: Floats, low: Integers, high: Integers) -> Columns:
    """How wide the gap in front of each unit is, beside the others of the file."""
    document = page.document
    counts = np.zeros((len(page.first), WIDEST + 2))
    np.add.at(counts, (document, breaks.astype(int)), 1)
    usual = counts[:, 1:].argmax(axis=1) + 1
    wider = counts[:, ::-1].cumsum(axis=1)[:, ::-1][document, breaks.astype(int)]
    lines = np.maximum(counts.sum(axis=1), 1)[document]
    is_first = page.numbers == page.first[document]
    opens = np.unique(low)
    widest = np.maximum.reduceat(breaks, opens) if len(opens) else breaks
    whole = page.at[page.first[document]]
    end = np.append(page.at, page.at[-1:] + (page.size * page.is_body)[-1:])[page.end[document]]
    return {
        "gaps.breaks": breaks,
        "gaps.breaks-above": np.where(is_first, 0, np.roll(breaks, 1)),
        "gaps.breaks-below": np.where(page.numbers + 1 < page.end[document], np.roll(breaks, -1), 0),
        "gaps.over-usual": breaks - usual[document],
        "gaps.share-as-wide": wider / lines,
        "gaps.as-wide": np.minimum(wider, MOST),
        "gaps.below-widest": widest[np.searchsorted(opens, low)] - breaks if len(opens) else breaks,
        "lengths.lines": np.minimum(lines, 400),
        "lengths.before": np.minimum(page.at - whole, FAR),
        "lengths.after": np.minimum(end - page.at, FAR),
    } | between_gaps(page, breaks, end)


def between_gaps(page: Page, breaks: Floats, end: Floats) -> Columns:
    """Characters of body from the last gap that is as wide as that in front of each unit, and to the next."""
    back, forth = np.full(len(breaks), LEAST), np.full(len(breaks), LEAST)
    for width in range(1, WIDEST + 1):
        chosen = breaks == width
        if chosen.any():
            wide = np.flatnonzero(breaks >= width)
            back[chosen] = since(np.union1d(wide, page.first[page.end > page.first]), page)[chosen]
            forward = until(wide, page)
            forth[chosen] = np.where(forward < 0, np.minimum(end - page.at, FAR), forward)[chosen]
    return {"gaps.since-as-wide": back, "gaps.until-as-wide": forth}


def sections(page: Page, low: Integers) -> Columns:
    """The lengths of the sections around each unit, a section being what lies between two slots with a headline."""
    headed = low[[unit.is_headline for unit in page.units]] if page.units else low
    opens = np.union1d(headed, page.first[page.end > page.first]).astype(np.int64)
    body = page.size * page.is_body
    length = np.add.reduceat(body, opens) if len(opens) else body
    document = page.document[opens]
    own = np.searchsorted(opens, page.numbers, side="right") - 1
    at_opening = np.isin(low, opens)
    ahead = np.where(at_opening, own, own + 1)  # the section that a cut at this unit would begin with
    columns: Columns = {}
    for step in range(-2, 3):
        columns[f"sections.length{step:+d}"] = np.minimum(pick(length, ahead + step, document, page), FAR)
    begins, ends = runs(length < SHORT, document)
    columns["sections.short-ahead"] = np.maximum(pick(begins, ahead, document, page), 0)
    columns["sections.short-behind"] = np.maximum(pick(ends, ahead - 1, document, page), 0)
    behind = (ahead - 1 - columns["sections.short-behind"]).astype(np.int64)
    onward = (ahead + columns["sections.short-ahead"]).astype(np.int64)
    columns["sections.before-short"] = np.minimum(pick(length, behind, document, page), FAR)
    columns["sections.after-short"] = np.minimum(pick(length, onward, document, page), FAR)
    columns["sections.from-start"] = np.minimum(page.at - page.at[opens][own], FAR)
    count = np.bincount(document, minlength=len(page.first))
    longest = np.zeros(len(page.first))
    np.maximum.at(longest, document, length)
    columns["sections.in-all"] = np.minimum(count, MOST)[page.document].astype(np.float64)
    columns["sections.longest"] = np.minimum(longest, FAR)[page.document]
    mean = np.bincount(document, length, len(page.first)) / np.maximum(count, 1)
    columns["sections.mean"] = np.minimum(mean, FAR)[page.document]
    return columns


def pick(values: NDArray[np.generic], place: Integers, document: Integers, page: Page) -> Floats:
    """The values of sections by number, and LEAST where a number is not one of the unit's document."""
    safe = np.clip(place, 0, max(len(values) - 1, 0))
    inside = (place == safe) & (document[safe] == page.document)
    return np.where(inside, values[safe].astype(np.float64), LEAST)


def runs(short: Flags, document: Integers) -> tuple[Integers, Integers]:
    """For each section how many short ones in a row begin with it, and how many end with it."""
    index = np.arange(len(short))
    stops = ~short
    last = np.maximum.accumulate(np.where(stops, index, -1)) if len(short) else index
    last = np.maximum(last, np.searchsorted(document, document) - 1)  # not past the document's first section
    reverse = np.where(stops, index, len(short))[::-1]
    following = np.minimum.accumulate(reverse)[::-1] if len(short) else index
    following = np.minimum(following, np.searchsorted(document, document, side="right"))
    return np.minimum(following - index, MOST), np.minimum(index - last, MOST)
