"""What the words say: how much both sides of a gap share, whose words a headline has, what sounds like a lead."""

import numpy as np

from clean.boundaries.cohesion import NEVER, Postings, crossing, known, postings, returning, sums
from clean.boundaries.page import LEAST, Columns, Flags, Floats, Integers, Page, ratio
from clean.boundaries.terms import FULL, Terms

# (bodies on one side, bodies on the other): near and far, so that short stories and long ones show.
WINDOWS = ((1, 3), (1, 12), (2, 6), (2, 20), (4, 12), (4, 40), (8, 8), (12, 12))
SMALL_WINDOWS = ((1, 4), (4, 12))
LINKS = (4, 16)  # bodies over which a word that comes again holds a text together
SMOOTH = 6  # gaps on each side, of which a gap's links are told as a share
PEAKS = 6  # gaps on each side, among which the peaks are that a gap lies below
PAUSE = 8  # bodies without a term that end its chain
NEAR_END = 4  # bodies; a chain that ends so near in front of a gap speaks for it
# What is told of the gaps beside a gap as well.
STEPPED = (
    "words.next-1-in-last-12", "words.last-1-in-next-12", "words.alike-8", "words.links-4", "words.next-2-in-last-6",
    "words.last-2-in-next-6", "names.next-1-in-last-3", "names.last-1-in-next-3",
)  # fmt: skip
MEMORY = 60  # bodies for which a full name is remembered


def wording(page: Page, terms: Terms) -> Columns:
    """The figures of each unit that depend on words."""
    columns: Columns = {"lead.here": np.bincount(terms.unit, terms.lead, len(page.units))}
    bounds = Bounds(page)
    in_body = page.is_body[terms.unit]
    body = page.body[terms.unit]
    told = {
        "words": (in_body & (terms.weight > 0), terms.weight, WINDOWS),
        "names": (in_body & terms.is_name, terms.weight, WINDOWS[::2]),
        "language": (in_body & terms.is_small, np.full_like(terms.weight, FULL), SMALL_WINDOWS),
    }
    for group, (chosen, weight, windows) in told.items():
        rows = postings(terms.term[chosen], body[chosen], weight[chosen])
        columns |= windowed(group, rows, windows, bounds)
        if group != "language":
            columns |= linked(group, rows, bounds)
    columns |= chains(postings(*(row[told["words"][0]] for row in (terms.term, body, terms.weight))), bounds)
    columns |= introductions(terms, page, bounds)
    columns |= retold(terms, page, bounds)
    for name in STEPPED:
        columns |= stepped(name, columns[name], bounds)
    lead = {"lead.here": columns.pop("lead.here")}
    return lead | at_units(columns, page) | headline_words(terms, page)


def at_units(columns: Columns, page: Page) -> Columns:
    """For each unit the figures of the gap in front of the next body, LEAST behind the last body of a document."""
    document = np.append(page.document[page.is_body], -1)
    inside = document[page.body] == page.document
    return {name: np.where(inside, values[page.body], LEAST) for name, values in columns.items()}


class Bounds:
    """Where documents begin and end, in bodies."""

    def __init__(self, page: Page) -> None:
        document = page.document[page.is_body]
        edges = np.flatnonzero(np.diff(document, prepend=-1))
        counts = np.diff(np.append(edges, len(document)))
        self.gaps = page.gaps
        self.first = np.append(np.repeat(edges, counts), len(document))  # by gap: the first body of its document
        self.end = np.append(np.repeat(edges + counts, counts), len(document) + 1)  # and the one behind its last


def stepped(name: str, values: Floats, bounds: Bounds) -> Columns:
    """The values of the gaps beside each gap, so that the best of several near each other can be told."""
    index = np.arange(len(values))
    columns: Columns = {}
    for step in (-2, -1, 1, 2):
        place = index + step
        inside = (place >= bounds.first) & (place < bounds.end)
        columns[f"{name}-step{step:+d}"] = np.where(inside, values[np.clip(place, 0, len(values) - 1)], LEAST)
    return columns


def windowed(group: str, rows: Postings, windows: tuple[tuple[int, int], ...], bounds: Bounds) -> Columns:
    """How much of the words on one side of each gap stands on the other."""
    columns: Columns = {}
    first, last = bounds.first[rows.body], bounds.end[rows.body] - 1
    for reach, memory in windows:
        old, after = known(rows, reach, memory, first, bounds.gaps)
        again, before = returning(rows, reach, memory, last, bounds.gaps)
        columns[f"{group}.next-{reach}-in-last-{memory}"] = ratio(old, after)
        columns[f"{group}.last-{reach}-in-next-{memory}"] = ratio(again, before)
        if reach == memory:
            alike = ratio(old, np.sqrt(after * before))
            columns[f"{group}.alike-{reach}"] = alike
            columns |= depth(f"{group}.alike-{reach}", alike, bounds)
        if group == "words" and reach < 3:
            columns[f"words.amount-{reach}"] = after / FULL
    return columns


def depth(name: str, values: Floats, bounds: Bounds) -> Columns:
    """How deep each gap lies below the peaks beside it (Hearst 1997, TextTiling), and above the lowest place."""
    index = np.arange(len(values))
    left, right, low = values.copy(), values.copy(), values.copy()
    for step in range(1, PEAKS + 1):
        for peak, there in ((left, index - step), (right, index + step)):
            inside = (there > bounds.first) & (there < bounds.end)
            near = values[np.clip(there, 0, len(values) - 1)]
            peak[inside] = np.maximum(peak, near)[inside]
            low[inside] = np.minimum(low, near)[inside]
    return {
        f"{name}-below-left": left - values,
        f"{name}-below-right": right - values,
        f"{name}-above-least": values - low,
    }


def linked(group: str, rows: Postings, bounds: Bounds) -> Columns:
    """The links over each gap, as a share of those over the gaps near it."""
    index = np.arange(bounds.gaps)
    low = np.maximum(index - SMOOTH, bounds.first + 1)
    high = np.maximum(np.minimum(index + SMOOTH + 1, bounds.end), low)
    columns: Columns = {}
    for reach in LINKS:
        links = crossing(rows, reach, bounds.gaps)
        total = np.concatenate([[0.0], np.cumsum(links)])
        mean = (total[np.minimum(high, bounds.gaps)] - total[np.minimum(low, bounds.gaps)]) / np.maximum(high - low, 1)
        columns[f"{group}.links-{reach}"] = ratio(links, mean)
    return columns


def chains(rows: Postings, bounds: Bounds) -> Columns:
    """Chains of one term without a long pause: which go on over a gap, end near before it, begin near behind it.

    After Galley et al. 2003, LCseg.
    """
    opens = (rows.before < 0) | (rows.body - rows.before > PAUSE)
    closes = (rows.after == NEVER) | (rows.after - rows.body > PAUSE)
    begin, end, weight = rows.body[opens], rows.body[closes], rows.weight[opens]
    several = end > begin
    begin, end, weight = begin[several], end[several], weight[several]
    over = sums(begin + 1, end + 1, weight, bounds.gaps)
    ended = sums(end + 1, np.minimum(end + 1 + NEAR_END, bounds.end[end]), weight, bounds.gaps)
    begun = sums(np.maximum(begin + 1 - NEAR_END, bounds.first[begin]), begin + 1, weight, bounds.gaps)
    return {
        "words.chains-over": over / FULL,
        "words.chains-end": ratio(ended, over + ended),
        "words.chains-begin": ratio(begun, over + begun),
        "words.chains-held": ratio(over, over + begun + ended),
    }


def retold(terms: Terms, page: Page, bounds: Bounds) -> Columns:
    """How much of each body stands in the first one of its document, and how much more than of those beside it.

    A second story on one event begins by telling the same news as the first; what lies between goes into detail.
    """
    columns: Columns = {}
    body = page.body[terms.unit]
    for kind, chosen in {"words": terms.weight > 0, "names": terms.is_name}.items():
        inside = chosen & page.is_body[terms.unit]
        opens = np.unique(terms.term[inside & (bounds.first[body] == body)])
        again = np.isin(terms.term, opens)
        every = np.bincount(body[inside], terms.weight[inside], bounds.gaps)
        share = ratio(np.bincount(body[inside & again], terms.weight[inside & again], bounds.gaps), every)
        columns[f"retold.{kind}"] = share
        near = list(stepped("", share, bounds).values())
        columns[f"retold.{kind}-over-near"] = share - np.maximum.reduce(near)
        columns[f"retold.{kind}-over-before"] = share - np.maximum(near[0], near[1])
    return columns


def introductions(terms: Terms, page: Page, bounds: Bounds) -> Columns:
    """Persons that are introduced by their full names again, and surnames that only an introduction before explains."""
    body = page.body[terms.unit]
    full = (terms.pair >= 0) & page.is_body[terms.unit]
    rows = postings(numbered(terms.pair[full]), body[full], np.ones(full.sum(), dtype=np.int64))
    columns: Columns = {}
    for reach in (1, 3):
        again, every = known(rows, reach, MEMORY, bounds.first[rows.body], bounds.gaps)
        columns[f"names.full-{reach}"] = every
        columns[f"names.full-{reach}-again"] = again
        columns[f"names.full-{reach}-known"] = known_before(terms, page, full, reach)
    begins = np.append(terms.pair[1:] >= 0, False)[: len(full)]
    alone = terms.is_name & page.is_body[terms.unit] & ~full & ~begins
    later, earlier = explained(terms.term[full], body[full], terms.term[alone], body[alone], bounds.gaps + 1)
    for reach in (1, 3):
        low = np.maximum(later - reach, earlier) + 1
        columns[f"names.surnames-{reach}"] = sums(low, later + 1, np.ones(len(later), dtype=np.int64), bounds.gaps)
    return columns


def known_before(terms: Terms, page: Page, full: Flags, reach: int) -> Floats:
    """For each gap how many full names behind it have a surname that stands before it, and not in between.

    Whoever was spoken of by surname or title, and is then introduced, is introduced to readers of another story.
    """
    body, named = page.body[terms.unit], terms.is_name & page.is_body[terms.unit]
    size = page.gaps + 1
    stands = np.unique(terms.term[named] * size + body[named])
    asked = np.unique(terms.term[full] * size + body[full])
    place = np.searchsorted(stands, asked) - 1
    last = stands[np.maximum(place, 0)] if len(stands) else asked
    held = (place >= 0) & (last // size == asked // size)
    there, before = asked[held] % size, last[held] % size
    low = np.where(there - before <= MEMORY, np.maximum(there - reach, before) + 1, there + 1)
    return sums(low, there + 1, np.ones(len(there), dtype=np.int64), page.gaps)


def numbered(values: Integers) -> Integers:
    """The values, numbered from 0."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def explained(
    surname: Integers, told: Integers, term: Integers, body: Integers, size: int
) -> tuple[Integers, Integers]:
    """The bodies in which a surname stands alone, and for each the body that told the full name last."""
    introduced = np.unique(surname * size + told)
    lone = np.unique(term * size + body)
    if not len(introduced) or not len(lone):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    place = np.searchsorted(introduced, lone, side="right") - 1
    last = introduced[np.maximum(place, 0)]
    held = (place >= 0) & (last // size == lone // size)
    return lone[held] % size, last[held] % size


def headline_words(terms: Terms, page: Page) -> Columns:
    """For each unit that is no body: which of its words stand in the bodies behind it, and which before."""
    columns: Columns = {}
    in_body = page.is_body[terms.unit]
    for kind, chosen in {"words": terms.weight > 0, "names": terms.is_name}.items():
        head = chosen & ~in_body
        unit, weight, many = terms.unit[head], terms.weight[head], len(page.units)
        behind, ahead = distances(terms, page, chosen & in_body, head)
        every = np.bincount(unit, weight, many)
        for reach in (2, 8):
            columns[f"headline.{kind}-in-next-{reach}"] = ratio(
                np.bincount(unit, weight * (ahead < reach), many), every
            )
        for reach in (4, 30):
            columns[f"headline.{kind}-in-last-{reach}"] = ratio(
                np.bincount(unit, weight * (behind <= reach), many), every
            )
        columns[f"headline.{kind}-only-after"] = np.bincount(unit, weight * ((ahead < 8) & (behind > 30)), many) / FULL
        columns[f"headline.{kind}-only-before"] = (
            np.bincount(unit, weight * ((ahead >= 8) & (behind <= 30)), many) / FULL
        )
        if kind == "words":
            columns["headline.weight-after"] = np.bincount(unit, weight * (ahead < 8), many) / FULL
            columns["headline.weight-before"] = np.bincount(unit, weight * (behind <= 8), many) / FULL
    return columns


def distances(terms: Terms, page: Page, stands: Flags, asked: Flags) -> tuple[Integers, Integers]:
    """For tokens outside of bodies: how many bodies before, from 1, and after, from 0, their terms stand."""
    size = page.gaps + 1
    body = page.body[terms.unit]
    known_places = np.unique(terms.term[stands] * size + body[stands])
    wanted, gap = terms.term[asked], body[asked]
    ahead, behind = np.full(len(wanted), NEVER), np.full(len(wanted), NEVER)
    if len(known_places):
        place = np.searchsorted(known_places, wanted * size + gap)
        next_one = known_places[np.minimum(place, len(known_places) - 1)]
        found = (place < len(known_places)) & (next_one // size == wanted)
        ahead[found] = (next_one % size - gap)[found]
        last_one = known_places[np.maximum(place - 1, 0)]
        found = (place > 0) & (last_one // size == wanted)
        behind[found] = (gap - last_one % size)[found]
    return behind, ahead
