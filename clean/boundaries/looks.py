"""What the lines look like: length, beginning and end, capitals, numbers, and whether they are printed twice."""

import re

import numpy as np

from clean.boundaries.page import LEAST, Columns, Floats, Page
from clean.marks.shapes import DASHED
from clean.rulebook import fold

NUMBERED = re.compile(r"(?:[(#]?(\d{1,3})[.):]|(\d{1,3})\s*[|/–—-])\s+\S")
PREFIXED = re.compile(r"(?:#{1,6}|[■▪●◆▶►★]|[-–—*=~]{1,3})\s")
SIGNS = "#■▪●◆▶►★-–—*=~"  # with which a prefix begins
QUOTES = '“”"„«»「」'
YEAR = re.compile(r"(?:19|20)\d\d")
CONTACTS = ("@", "www.", "http", "©", "ⓒ")  # of an author, an account or an agency
CLOSING = frozenset('.。．।؛!?！？”"»」』')
# How a line begins and ends, as figures that a tree can part.
OPENERS = {
    **dict.fromkeys("“„«\"‘'「『", 3),
    **dict.fromkeys("([（［【〔", 4),
    **dict.fromkeys("-–—", 5),
    **dict.fromkeys("•*", 6),
}
CLOSERS = {
    **dict.fromkeys(".。", 1),
    **dict.fromkeys("!?！？", 2),
    **dict.fromkeys("”\"“»」’'", 3),
    **dict.fromkeys(":：", 4),
    ",": 5,
    **dict.fromkeys(")]）］】〕", 6),
    "…": 7,
}
SHAPES = (
    "size", "words", "begins", "ends", "closed", "capitals", "digits", "number", "prefix", "quotes", "colon", "shouted",
    "sentences", "year", "dashed", "contact",
)  # fmt: skip
OF_NEIGHBOURS = ("size", "words", "ends", "closed", "capitals")  # that are told of the lines above and below as well
OF_BODIES = ("size", "begins", "ends", "quotes", "digits", "capitals", "sentences")  # and of the bodies around a gap
LONGEST = 2000  # characters; longer lines are all the same
MOST_WORDS = 300
LOOKED_AT = 30  # words, of which capitals and digits are counted
LONGEST_REPEAT = 250  # characters of a headline that is printed again


def looks(page: Page) -> Columns:
    """The figures of each unit that depend on what lines look like."""
    texts = [unit.text or unit.spans[0].text for unit in page.units]
    rows = np.array([shape(text) for text in texts], dtype=np.float64).reshape(-1, len(SHAPES))
    rows[:, 0] = np.minimum(np.where(page.size > 0, page.size, rows[:, 0]), LONGEST)
    columns: Columns = {f"headline.{name}": rows[:, number] for number, name in enumerate(SHAPES)}
    above, below = page.numbers - 1, page.numbers + 1
    is_first, is_last = above < page.first[page.document], below >= page.end[page.document]
    for name in OF_NEIGHBOURS:
        values = rows[:, SHAPES.index(name)]
        columns[f"around.{name}-above"] = np.where(is_first, LEAST, values[above])
        columns[f"around.{name}-below"] = np.where(is_last, LEAST, values[below % max(len(values), 1)])
    columns["headline.is-kept"] = np.array([float(bool(unit.text)) for unit in page.units])
    columns["headline.is-headline"] = np.array([float(unit.is_headline) for unit in page.units])
    columns["around.is-body-above"] = np.where(is_first, 0.0, page.is_body[above])
    return columns | of_bodies(page, rows) | printed_again(page, texts)


def of_bodies(page: Page, rows: Floats) -> Columns:
    """What the last body in front of each unit looks like, and the next one from it on."""
    bodies = np.flatnonzero(page.is_body)
    columns: Columns = {}
    for side, number in (("next", page.body), ("last", page.body - 1)):
        if not len(bodies):
            columns |= {f"lead.{side}-{name}": np.full(len(rows), LEAST) for name in OF_BODIES}
            continue
        there = bodies[np.clip(number, 0, len(bodies) - 1)]
        inside = (number >= 0) & (number < len(bodies)) & (page.document[there] == page.document)
        for name in OF_BODIES:
            columns[f"lead.{side}-{name}"] = np.where(inside, rows[there, SHAPES.index(name)], LEAST)
    return columns


def printed_again(page: Page, texts: list[str]) -> Columns:
    """How many units away the same line stands, before and after."""
    before, after = np.full(len(texts), LEAST), np.full(len(texts), LEAST)
    seen: dict[tuple[int, str], int] = {}
    for place, (document, text) in enumerate(zip(page.document.tolist(), texts, strict=True)):
        if len(text) > LONGEST_REPEAT:
            continue
        key = document, fold(text)
        there = seen.get(key)
        if there is not None:
            before[place] = after[there] = place - there
        seen[key] = place
    return {"title.printed-before": before, "title.printed-after": after}


def shape(text: str) -> tuple[float, ...]:
    """The figures of one line, in the order of SHAPES; what only some lines can have is looked for only there."""
    words = text.split(" ", MOST_WORDS)[:MOST_WORDS]
    firsts = [word[0] for word in words[:LOOKED_AT] if word]
    first, start, plain = text[0], text[:60], text.isascii()
    kind = 1 if first.islower() else 2 if first.isupper() else 7 if first.isdigit() else 0
    number = NUMBERED.match(text) if first.isdigit() or first in "(#" else None
    return (
        len(text),
        len(words),
        OPENERS.get(first, kind),
        CLOSERS.get(text[-1], 0),
        text[-1] in CLOSING,
        sum(map(str.isupper, firsts)) / max(len(firsts), 1),
        sum(map(str.isdigit, firsts)),
        float(number[1] or number[2]) if number else LEAST,
        first in SIGNS and PREFIXED.match(text) is not None,
        '"' in text if plain else sum(map(text.__contains__, QUOTES)),
        ":" in start or (not plain and "：" in start),
        text.isupper(),
        text.count(". ") + (0 if plain else text.count("。")),
        ("19" in text or "20" in text) and YEAR.search(text, 0, 120) is not None,
        first in SIGNS and DASHED.match(text) is not None,
        any(map(text.__contains__, CONTACTS)),
    )
