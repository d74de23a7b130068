"""Units to figures: one row for each line that might open a story, one column for each kind of evidence."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clean.boundaries.cohesion import NEVER, Floats, Integers, Postings, crossing, known, postings, returning, sums
from clean.boundaries.terms import FULL, Terms, terms_of
from clean.boundaries.units import Unit, size_of
from clean.rulebook import fold

Figures = NDArray[np.float32]

# What the labels around a gap are told apart by.
FAMILIES = {
    "title": "title", "repeat.title": "again", "body.heading": "heading", "body.list": "list", "body.quote": "quote",
    "summary": "list", "caption": "caption", "dateline": "dateline", "date": "clock", "updated": "clock",
    "byline": "byline", "publisher": "publisher", "nav": "nav", "share": "share", "promo.donation": "promo",
    "promo.subscribe": "promo", "promo.newsletter": "promo", "promo.app": "promo", "ad": "promo",
    "related": "related", "related.heading": "related", "related.item": "item", "legal": "legal", "cookie": "legal",
    "comment": "comment", "paywall": "promo", "credit": "credit", "repeat.passage": "repeat", "repeat.site": "repeat",
    "other": "other",
}  # fmt: skip
NAMES = tuple(dict.fromkeys(FAMILIES.values()))
NUMBERED = re.compile(r"(?:[(#]?(\d{1,3})[.):]|(\d{1,3})\s*[|/–—-])\s+\S")
PREFIXED = re.compile(r"(?:#{1,6}|[■▪●◆▶►★]|[-–—*=~]{1,3})\s")
PRONE = re.compile(r"[a-zß-ÿ]")
YEAR = re.compile(r"(?:19|20)\d\d")
PAUSE = 8  # bodies without a term that end its chain
FAR = 10_000  # characters; farther is all the same
WINDOWS = ((1, 3), (1, 12), (2, 6), (2, 20), (4, 12), (4, 40), (8, 8), (12, 12))


class Columns(dict[str, Floats]):
    """The columns of a matrix, by name, in the order in which they were added."""


class Page(NamedTuple):
    """A batch of documents in columns: one entry for each unit, those of a document in a row."""

    units: Sequence[Unit]
    document: Integers
    is_body: NDArray[np.bool_]
    body: Integers  # bodies before the unit, over the whole batch
    size: Floats  # characters, those of scripts without spaces twice
    starts: Integers  # first unit of each document
    ends: Integers  # and behind its last


def page_of(documents: Sequence[Sequence[Unit]]) -> Page:
    """The documents, one behind the other."""
    units = [unit for document in documents for unit in document]
    counts = np.array([len(document) for document in documents], dtype=np.int64)
    ends = np.cumsum(counts)
    is_body = np.array([unit.is_body for unit in units], dtype=bool)
    size = np.array([size_of(unit.text) for unit in units], dtype=np.float64)
    body = np.cumsum(is_body) - is_body
    return Page(units, np.repeat(np.arange(len(counts)), counts), is_body, body, size, ends - counts, ends)


def figures(documents: Sequence[Sequence[Unit]], weights: Mapping[str, int], lead: Mapping[str, int]) -> tuple[Page, Columns]:
    """The evidence at every unit of every document."""
    page = page_of(documents)
    terms = terms_of([unit.text for unit in page.units], page.document, dict(weights), dict(lead))
    columns = Columns()
    add_cohesion(columns, page, terms)
    add_headline_words(columns, page, terms)
    add_lead(columns, page, terms, lead)
    add_shapes(columns, page)
    add_labels(columns, page)
    add_rhythm(columns, page)
    return page, columns


class Slots(NamedTuple):
    """The places where a story may begin: in front of each body, together with the lines between it and the last."""

    body: Integers  # the unit of each body
    low: Integers  # the first unit behind the body before it
    headline: Integers  # the line that is most like a headline, or the body itself
    widest: Integers  # the unit with the widest gap in front


def slots_of(page: Page, columns: Columns) -> Slots:
    """The slots of a page."""
    body = np.flatnonzero(page.is_body)
    low = np.append(0, body[:-1] + 1) if len(body) else body
    low = np.maximum(low, page.starts[page.document[body]])
    index = np.arange(len(page.units))
    slot = np.searchsorted(body, index)
    slot = np.where((slot < len(body)), slot, len(body))
    valid = slot < len(body)
    valid[valid] &= page.document[body[slot[valid]]] == page.document[index[valid]]
    after, before = columns["headline words after"], columns["headline words before"]
    score = after - 0.7 * before + 1000 * columns["title here"]
    could = (columns["line is headline"] > 0) & valid & ~page.is_body
    headline = first_best(score, could, slot, body)
    gaps = columns["breaks"].copy()
    widest = first_best(gaps, valid, slot, body)
    return Slots(body, low, headline, widest)


def first_best(score: Floats, could: NDArray[np.bool_], slot: Integers, default: Integers) -> Integers:
    """For each slot the first of its units with the best score, or the default."""
    found = default.copy()
    rows = np.flatnonzero(could)
    order = rows[np.lexsort((rows, -score[rows], slot[rows]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = slot[order][1:] != slot[order][:-1]
    found[slot[order][first]] = order[first]
    return found


AT_HEADLINE = ("line ", "headline ", "same line", "breaks")
AT_WIDEST = ("breaks", "breaks over usual", "share as wide", "as wide in all", "since gap as wide", "until gap as wide")


def slot_figures(page: Page, columns: Columns) -> tuple[Slots, Columns]:
    """The evidence at each slot."""
    slots = slots_of(page, columns)
    out = Columns()
    has = slots.headline != slots.body
    for name, column in columns.items():
        if name.startswith(("line ", "headline ", "same line")):
            out["opening " + name] = column[slots.headline]
        elif name.endswith((" above", " from here")):
            out[name.replace(" above", " in tail").replace(" from here", " in opening")] = column[slots.headline]
        elif name.endswith((" here", " line before")):
            continue
        elif name in AT_WIDEST:
            out["widest " + name] = column[slots.widest]
            if name == "breaks":
                out["breaks at body"] = column[slots.body]
                out["breaks at headline"] = column[slots.headline]
        else:
            out[name] = column[slots.body]
    out["has headline"] = has.astype(float)
    out["lines in slot"] = (slots.body - slots.low).astype(float)
    out["dateline at body"] = columns["dateline here"][slots.body]
    out["clock at body"] = columns["clock here"][slots.body]
    out["list at body"] = columns["list here"][slots.body]
    out["quote at body"] = columns["quote here"][slots.body]
    out["lead"] = columns["lead"][slots.body]
    add_lead_steps(out)
    return slots, out


def add_lead_steps(columns: Columns) -> None:
    """How much more a body sounds like a lead than those beside it."""
    lead = columns["lead"]
    index = np.arange(len(lead))
    last = max(len(lead) - 1, 0)
    near = [lead[np.clip(index + step, 0, last)] for step in (-2, -1, 1, 2)]
    for step, there in zip((-2, -1, 1, 2), near, strict=True):
        columns[f"lead {step:+d}"] = there
    columns["lead over near"] = lead - np.maximum.reduce(near)
    columns["lead over before"] = lead - np.maximum(near[0], near[1])


def ratio(part: Floats, whole: Floats) -> Floats:
    """One over the other, and -1 where there is nothing."""
    return np.where(whole > 0, part / np.maximum(whole, 1e-9), -1.0)


# ---- cohesion

def add_cohesion(columns: Columns, page: Page, terms: Terms) -> None:
    n = int(page.is_body.sum()) + 1  # gaps; the last behind all
    in_body = page.is_body[terms.unit]
    body = page.body[terms.unit]
    doc_of_body = np.append(page.document[page.is_body], -1)
    bounds = np.flatnonzero(np.diff(doc_of_body, prepend=-2))
    first_of = np.repeat(bounds[:-1], np.diff(bounds)) if len(bounds) > 1 else np.zeros(0, dtype=np.int64)
    last_of = np.repeat(bounds[1:] - 1, np.diff(bounds)) if len(bounds) > 1 else np.zeros(0, dtype=np.int64)
    at = page.body  # gap of each unit
    kinds = {
        "word": (in_body & (terms.weight > 0), WINDOWS),
        "name": (in_body & terms.is_name, WINDOWS[::2]),
        "small": (in_body & terms.is_small, ((1, 4), (4, 12))),
    }
    for kind, (chosen, windows) in kinds.items():
        weight = np.full(chosen.sum(), FULL) if kind == "small" else terms.weight[chosen]
        rows = postings(terms.term[chosen], body[chosen], weight)
        first, last = first_of[rows.body], last_of[rows.body]
        for reach, memory in windows:
            old, every = known(rows, reach, memory, first, n)
            columns[f"{kind} {reach} of {memory} before"] = ratio(old, every)[at]
            if kind == "word" and reach <= 2:
                columns[f"{kind} {reach} amount after"] = every[at] / FULL
            back, all_back = returning(rows, reach, memory, last, n)
            columns[f"{kind} {reach} in {memory} after"] = ratio(back, all_back)[at]
            if reach == memory:
                both = np.where((every > 0) & (all_back > 0), old / np.sqrt(np.maximum(every * all_back, 1e-9)), -1.0)
                columns[f"{kind} {reach} alike"] = both[at]
                add_depth(columns, f"{kind} {reach}", both, first_of, last_of, at)
        if kind == "word":
            add_chains(columns, rows, n, at)
        if kind != "small":
            for reach in (4, 16):
                links = crossing(rows, reach, n)
                mean = smooth(links, first_of, 6)
                columns[f"{kind} links {reach}"] = ratio(links, mean)[at]
    add_names(columns, page, terms, n, first_of)


def add_chains(columns: Columns, rows: Postings, n: int, at: Integers) -> None:
    """Chains of one term without a long pause: those that go on over a gap, end near before it, begin near after."""
    if not len(rows.term):
        zero = np.zeros(len(at))
        for name in ("chains over", "chains end", "chains begin", "chains held"):
            columns[name] = zero
        return
    opens = (rows.before < 0) | (rows.body - rows.before > PAUSE)
    closes = (rows.after == NEVER) | (rows.after - rows.body > PAUSE)
    begin, end = rows.body[opens], rows.body[closes]
    weight = rows.weight[opens]
    long = end > begin
    begin, end, weight = begin[long], end[long], weight[long]
    over = sums(begin + 1, end + 1, weight, n)
    ended = sums(end + 1, np.minimum(end + 5, n), weight, n)
    begun = sums(np.maximum(begin - 3, 0), begin + 1, weight, n)
    columns["chains over"] = (over / FULL)[at]
    columns["chains end"] = ratio(ended, over + ended)[at]
    columns["chains begin"] = ratio(begun, over + begun)[at]
    columns["chains held"] = ratio(over, over + begun + ended)[at]


def smooth(values: Floats, first_of: Integers, reach: int) -> Floats:
    """The mean over the gaps near each, of the same document."""
    n = len(values)
    total = np.concatenate([[0.0], np.cumsum(values)])
    firsts = np.append(first_of, n - 1)
    lows = np.maximum(np.arange(n) - reach, firsts + 1)
    nexts = np.full(n, n)
    change = np.flatnonzero(np.diff(firsts)) + 1
    place = np.searchsorted(change, np.arange(n), side="right")
    nexts = np.append(change, n)[place]
    highs = np.minimum(np.arange(n) + reach + 1, nexts)
    lows = np.minimum(lows, highs)
    return (total[highs] - total[lows]) / np.maximum(highs - lows, 1)


def add_depth(columns: Columns, name: str, values: Floats, first_of: Integers, last_of: Integers, at: Integers) -> None:
    """How deep a gap lies below the peaks beside it (Hearst's depth score)."""
    n = len(values)
    firsts, lasts = np.append(first_of, n - 1), np.append(last_of, n - 1)
    left, right = values.copy(), values.copy()
    index = np.arange(n)
    low = values.copy()
    for step in range(1, 7):
        there = index - step
        ok = there > firsts
        near = values[np.maximum(there, 0)]
        left = np.where(ok, np.maximum(left, near), left)
        low = np.where(ok, np.minimum(low, near), low)
        there = index + step
        ok = there <= lasts
        near = values[np.minimum(there, n - 1)]
        right = np.where(ok, np.maximum(right, near), right)
        low = np.where(ok, np.minimum(low, near), low)
    columns[f"{name} depth left"] = (left - values)[at]
    columns[f"{name} depth right"] = (right - values)[at]
    columns[f"{name} above least"] = (values - low)[at]


def add_names(columns: Columns, page: Page, terms: Terms, n: int, first_of: Integers) -> None:
    """Full names that are introduced again, and surnames that only what stands before explains."""
    paired = (terms.pairs >= 0) & page.is_body[terms.unit]
    body = page.body[terms.unit]
    one = np.full(paired.sum(), 1)
    # names are numbered anew, since the product of two term numbers is large
    numbers = np.unique(terms.pairs[paired], return_inverse=True)[1] if paired.any() else np.zeros(0, dtype=np.int64)
    rows = postings(numbers, body[paired], one)
    first = first_of[rows.body]
    at = page.body
    for reach in (1, 3):
        old, every = known(rows, reach, 60, first, n)
        columns[f"full names {reach}"] = every[at]
        columns[f"full names {reach} told again"] = old[at]
        near, _ = known(rows, reach, 3, first, n)
        columns[f"full names {reach} told just before"] = near[at]
    # surnames alone, whose full name stands before
    surname, where = terms.term[paired], body[paired]
    alone = terms.is_name & page.is_body[terms.unit]
    follows = np.zeros(len(alone), dtype=bool)
    follows[:-1] = terms.pairs[1:] >= 0
    alone &= ~paired & ~follows
    size = n + 1
    told = np.unique(surname * size + where)
    lone = np.unique(terms.term[alone] * size + body[alone])
    place = np.searchsorted(told, lone, side="right") - 1
    held = (place >= 0) & (told[np.maximum(place, 0)] // size == lone // size) if len(told) else np.zeros(len(lone), dtype=bool)
    j, p = lone[held] % size, told[place[held]] % size
    for reach in (1, 3):
        low = np.maximum(j - reach, p) + 1
        columns[f"surnames {reach} told before"] = sums(low, j + 1, np.ones(len(j), dtype=np.int64), n)[at]


# ---- the would-be headline

def add_headline_words(columns: Columns, page: Page, terms: Terms) -> None:
    """For each unit that is no body: which of its words stand in the bodies after it, and before."""
    n = int(page.is_body.sum()) + 1
    in_body = page.is_body[terms.unit]
    useful = (terms.weight > 0)
    size = n + 1
    body = page.body[terms.unit]
    for kind, chosen in {"word": useful, "name": terms.is_name}.items():
        stands = np.unique(terms.term[chosen & in_body] * size + body[chosen & in_body])
        head = chosen & ~in_body
        unit, term, gap = terms.unit[head], terms.term[head], body[head]
        weight = terms.weight[head]
        place = np.searchsorted(stands, term * size + gap)
        after = np.full(len(term), NEVER)
        before = np.full(len(term), -NEVER)
        if len(stands):
            right = stands[np.minimum(place, len(stands) - 1)]
            ok = (place < len(stands)) & (right // size == term)
            after[ok] = right[ok] % size
            left = stands[np.maximum(place - 1, 0)]
            ok = (place > 0) & (left // size == term)
            before[ok] = left[ok] % size
        far_after, far_before = after - gap, gap - before  # 0 and 1 are nearest
        m = len(page.units)
        every = np.bincount(unit, weight, m)
        for reach in (2, 8):
            columns[f"headline {kind} in next {reach}"] = ratio(np.bincount(unit, weight * (far_after < reach), m), every)
        for reach in (4, 30):
            columns[f"headline {kind} in last {reach}"] = ratio(np.bincount(unit, weight * (far_before <= reach), m), every)
        if kind == "word":
            columns["headline words after"] = np.bincount(unit, weight * (far_after < 8), m) / FULL
            columns["headline words before"] = np.bincount(unit, weight * (far_before <= 8), m) / FULL
        new = (far_after < 8) & (far_before > 30)
        columns[f"headline {kind} only after"] = np.bincount(unit, weight * new, m) / FULL
        gone = (far_after >= 8) & (far_before <= 30)
        columns[f"headline {kind} only before"] = np.bincount(unit, weight * gone, m) / FULL


def add_lead(columns: Columns, page: Page, terms: Terms, lead: Mapping[str, int]) -> None:
    """How much each body sounds like a lead."""
    weights = np.array(terms.leads)
    columns["lead"] = np.bincount(terms.unit, weights, len(page.units))


# ---- shapes of lines

def add_shapes(columns: Columns, page: Page) -> None:
    texts = [unit.text or unit.spans[0].text for unit in page.units]
    rows = np.array([shape(text) for text in texts], dtype=np.float64).reshape(-1, len(SHAPES))
    index = np.arange(len(texts))
    before = np.maximum(index - 1, page.starts[page.document])
    after = np.minimum(index + 1, page.ends[page.document] - 1)
    kept = np.array([bool(unit.text) for unit in page.units])
    headline = np.array([unit.is_headline for unit in page.units])
    for number, name in enumerate(SHAPES):
        columns[f"line {name}"] = rows[:, number]
        if name in ("size", "ends closed", "capital share", "words", "ends"):
            columns[f"line before {name}"] = np.where(index > before, rows[before, number], -1)
            columns[f"line after {name}"] = np.where(index < after, rows[after, number], -1)
    columns["line is body"] = page.is_body.astype(float)
    columns["line is kept"] = kept.astype(float)
    columns["line is headline"] = headline.astype(float)
    columns["line before is body"] = np.where(index > before, page.is_body[before], False).astype(float)
    columns["line before is headline"] = np.where(index > before, headline[before], False).astype(float)
    # the bodies on both sides of the gap
    bodies = np.flatnonzero(page.is_body)
    if len(bodies):
        nxt = bodies[np.minimum(page.body, len(bodies) - 1)]
        ok = (page.body < len(bodies)) & (page.document[nxt] == page.document)
        prv = bodies[np.maximum(page.body - 1, 0)]
        okp = (page.body > 0) & (page.document[prv] == page.document)
        for number, name in enumerate(SHAPES):
            if name in ("size", "begins", "ends", "quotes", "digits", "capital share", "sentences", "weekday"):
                columns[f"next body {name}"] = np.where(ok, rows[nxt, number], -1)
                columns[f"last body {name}"] = np.where(okp, rows[prv, number], -1)
    # the same line elsewhere
    seen_before, seen_after = np.full(len(texts), -1.0), np.full(len(texts), -1.0)
    last: dict[tuple[int, str], int] = {}
    for place, text in enumerate(texts):
        if len(text) > 250:
            continue
        key = (int(page.document[place]), fold(text))
        there = last.get(key)
        if there is not None:
            seen_before[place] = place - there
            if seen_after[there] < 0:
                seen_after[there] = place - there
        last[key] = place
    columns["same line before"] = seen_before
    columns["same line after"] = seen_after


SHAPES = ("size", "words", "begins", "ends", "ends closed", "capital share", "digits", "numbered", "prefixed", "quotes", "colon", "shouted", "sentences", "year")
OPENERS = {"“": 3, "„": 3, "«": 3, '"': 3, "‘": 3, "'": 3, "「": 3, "『": 3, "(": 4, "[": 4, "-": 5, "–": 5, "—": 5, "•": 6, "*": 6}
CLOSERS = {".": 1, "。": 1, "!": 2, "?": 2, "！": 2, "？": 2, "”": 3, '"': 3, "“": 3, "»": 3, "」": 3, "’": 3, "'": 3, ":": 4, "：": 4, ",": 5, ")": 6, "]": 6, "…": 7}


def shape(text: str) -> tuple[float, ...]:
    words = text.split()
    first = text[0]
    begins = OPENERS.get(first, 0)
    if not begins:
        begins = 1 if first.islower() else 2 if first.isupper() else 7 if first.isdigit() else 0
    number = NUMBERED.match(text)
    capitals = sum(word[0].isupper() for word in words[:30])
    return (
        min(size_of(text), 2000), min(len(words), 300), begins, CLOSERS.get(text[-1], 0),
        float(text[-1] in ".。．।؛!?！？”\"»」』"), capitals / max(min(len(words), 30), 1),
        sum(word[0].isdigit() for word in words[:30]), float(int(number[1] or number[2])) if number else -1.0,
        float(PREFIXED.match(text) is not None), sum(text.count(sign) for sign in "“”\"„«»「」"),
        float(":" in text[:60] or "：" in text[:60]), float(text.isupper()),
        text.count(". ") + text.count("。"), float(YEAR.search(text[:120]) is not None),
    )


# ---- labels around the gap

def add_labels(columns: Columns, page: Page) -> None:
    m = len(page.units)
    flags = np.zeros((m, len(NAMES)))
    for place, unit in enumerate(page.units):
        for label in unit.labels:
            if label in FAMILIES:
                flags[place, NAMES.index(FAMILIES[label])] = 1
    # a slot is what stands between two bodies
    slot = page.body + page.document  # changes behind every body and at a new document
    index = np.arange(m)
    change = np.flatnonzero(np.diff(slot, prepend=-1))
    low = change[np.searchsorted(change, index, side="right") - 1]  # first unit of the slot
    change = np.append(change, m)
    high = change[np.searchsorted(change, index, side="right")]  # behind its last: the body that ends it
    total = np.vstack([np.zeros(len(NAMES)), np.cumsum(flags, axis=0)])
    above, below = total[index] - total[low], total[high] - total[index]
    for number, name in enumerate(NAMES):
        if name in ("heading",):
            continue
        columns[f"{name} above"] = above[:, number]
        columns[f"{name} from here"] = below[:, number]
        columns[f"{name} here"] = flags[:, number]
        before = np.where(index > page.starts[page.document], flags[index - 1, number], 0)
        columns[f"{name} line before"] = before
    columns["slot lines above"] = index - low
    columns["slot lines from here"] = high - index
    headline = np.concatenate([[0], np.cumsum([unit.is_headline for unit in page.units])])
    columns["slot headlines above"] = headline[index] - headline[low]
    columns["slot headlines from here"] = headline[high] - headline[index]
    # since the last of some labels, in characters of body
    at = np.concatenate([[0.0], np.cumsum(page.size * page.is_body)])[:-1]
    for name in ("clock", "byline", "related", "again", "title", "dateline", "share", "comment", "legal"):
        number = NAMES.index(name)
        where = np.flatnonzero(flags[:, number])
        columns[f"since {name}"] = since(where, index, page, at)
        columns[f"until {name}"] = until(where, index, page, at)
        count = total[page.ends[page.document], number] - total[page.starts[page.document], number]
        columns[f"{name} in all"] = np.minimum(count, 20)


def since(where: Integers, index: Integers, page: Page, at: Floats) -> Floats:
    """Characters of body since the last of some places before each unit."""
    if not len(where):
        return np.full(len(index), -1.0)
    place = np.searchsorted(where, index) - 1
    there = where[np.maximum(place, 0)]
    ok = (place >= 0) & (page.document[there] == page.document)
    return np.where(ok, np.minimum(at - at[there], FAR), -1)


def until(where: Integers, index: Integers, page: Page, at: Floats) -> Floats:
    """Characters of body until the next of some places behind each unit."""
    if not len(where):
        return np.full(len(index), -1.0)
    place = np.searchsorted(where, index, side="right")
    there = where[np.minimum(place, len(where) - 1)]
    ok = (place < len(where)) & (page.document[there] == page.document)
    return np.where(ok, np.minimum(at[there] - at, FAR), -1)


# ---- the rhythm of the file: blank lines, lengths of sections

def add_rhythm(columns: Columns, page: Page) -> None:
    m = len(page.units)
    index = np.arange(m)
    breaks = np.minimum([unit.breaks for unit in page.units], 6).astype(np.float64)
    opens = index == page.starts[page.document]
    breaks[opens] = 0
    at = np.concatenate([[0.0], np.cumsum(page.size * page.is_body)])
    begin = at[page.starts[page.document]]
    end = at[page.ends[page.document]]
    here = at[:-1]
    columns["breaks"] = breaks
    columns["characters before"] = np.minimum(here - begin, FAR)
    columns["characters after"] = np.minimum(end - here, FAR)
    document = page.document
    counts = np.zeros((len(page.starts), 8))
    np.add.at(counts, (document, breaks.astype(int)), 1)
    usual = counts[:, 1:].argmax(axis=1) + 1
    columns["breaks over usual"] = breaks - usual[document]
    wider = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    lines = np.maximum(counts.sum(axis=1), 1)
    columns["share as wide"] = wider[document, breaks.astype(int)] / lines[document]
    columns["as wide in all"] = np.minimum(wider[document, breaks.astype(int)], 40)
    columns["lines in all"] = np.minimum(lines[document], 400)
    # body characters between gaps as wide as this
    back, forth = np.full(m, -1.0), np.full(m, -1.0)
    for width in range(1, 7):
        where = np.flatnonzero((breaks >= width) & ~opens)
        chosen = breaks == width
        if not chosen.any():
            continue
        with_ends = np.unique(np.concatenate([where, page.starts]))
        back[chosen] = since(with_ends, index, page, here)[chosen]
        forward = until(where, index, page, here)
        forth[chosen] = np.where(forward < 0, np.minimum(end - here, FAR), forward)[chosen]
    columns["since gap as wide"] = back
    columns["until gap as wide"] = forth
    columns["breaks after"] = np.where(index + 1 < page.ends[document], np.append(breaks, 0)[1:], 0)
    columns["breaks before"] = np.where(opens, 0, np.append(0, breaks)[:-1])
    # widest gap of the slot
    slot = page.body + page.document
    change = np.flatnonzero(np.diff(slot, prepend=-1))
    widest = np.maximum.reduceat(breaks, change) if m else breaks
    group = np.searchsorted(change, index, side="right") - 1
    columns["below widest of slot"] = widest[group] - breaks
    # sections: from one slot with a headline to the next
    headline = np.array([unit.is_headline for unit in page.units])
    slots_with = np.unique(group[headline])
    slot_start = change[slots_with] if len(slots_with) else np.zeros(0, dtype=np.int64)
    marks = np.unique(np.concatenate([slot_start, page.starts])) if m else slot_start
    bounds = np.append(at[marks], at[-1] if m else 0)
    length = np.diff(bounds)
    place = np.searchsorted(marks, index, side="right") - 1  # section that holds the unit
    doc_mark = document[marks]
    is_mark = np.isin(change[group], marks)
    # for units in a slot that opens a section, sections ahead; else the next one
    ahead = np.where(is_mark, place, place + 1)
    for step in range(-3, 4):
        there = ahead + step
        ok = (there >= 0) & (there < len(length))
        safe = np.clip(there, 0, max(len(length) - 1, 0))
        ok &= doc_mark[safe] == document
        columns[f"section {step:+d}"] = np.where(ok, np.minimum(length[safe], FAR), -1)
    columns["slot opens section"] = is_mark.astype(float)
    columns["to end of section"] = np.where(is_mark, 0, np.minimum(bounds[np.minimum(place + 1, len(bounds) - 1)] - here, FAR))
    columns["from start of section"] = np.minimum(here - at[marks][place], FAR)
    # sections in a row that are short, ahead and behind
    short = (length < 350)
    run_ahead, run_behind = runs(short, doc_mark)
    safe = np.clip(ahead, 0, max(len(length) - 1, 0))
    ok = (ahead < len(length)) & (doc_mark[safe] == document)
    columns["short sections ahead"] = np.where(ok, run_ahead[safe], 0)
    behind = np.clip(ahead - 1, 0, max(len(length) - 1, 0))
    okb = (ahead > 0) & (doc_mark[behind] == document)
    columns["short sections behind"] = np.where(okb, run_behind[behind], 0)
    # is there a long section at all behind the run of short ones
    jump = ahead + run_ahead[safe]
    safe2 = np.clip(jump, 0, max(len(length) - 1, 0))
    ok2 = (jump < len(length)) & (doc_mark[safe2] == document) & ok
    columns["section after short ones"] = np.where(ok2, np.minimum(length[safe2], FAR), -1)
    jump = ahead - 1 - run_behind[behind]
    safe2 = np.clip(jump, 0, max(len(length) - 1, 0))
    ok2 = (jump >= 0) & (doc_mark[safe2] == document) & okb
    columns["section before short ones"] = np.where(ok2, np.minimum(length[safe2], FAR), -1)
    per_doc = np.bincount(doc_mark, minlength=len(page.starts))
    columns["sections in all"] = np.minimum(per_doc[document], 60)
    longest = np.zeros(len(page.starts))
    np.maximum.at(longest, doc_mark, length)
    columns["longest section"] = np.minimum(longest[document], FAR)
    mean = (end - begin) / np.maximum(per_doc[document], 1)
    columns["mean section"] = np.minimum(mean, FAR)


def runs(short: NDArray[np.bool_], document: Integers) -> tuple[Integers, Integers]:
    """For each section how many short ones in a row begin with it, and how many end with it."""
    ahead, behind = np.zeros(len(short), dtype=np.int64), np.zeros(len(short), dtype=np.int64)
    for place in range(len(short)):
        same = place > 0 and document[place - 1] == document[place]
        behind[place] = (behind[place - 1] if same else 0) + 1 if short[place] else 0
    for place in range(len(short) - 1, -1, -1):
        same = place + 1 < len(short) and document[place + 1] == document[place]
        ahead[place] = (ahead[place + 1] if same else 0) + 1 if short[place] else 0
    return np.minimum(ahead, 20), np.minimum(behind, 20)
