"""How the prose is set before and after a gap: quotation marks, dashes, forms of address, length of paragraphs."""

import re

import numpy as np

from clean.boundaries.page import Columns, Floats, Integers, Page
from clean.boundaries.wording import Bounds, at_units

HONORIFIC = re.compile(r"\b(?:Mr|Ms|Mrs|Dr|Rep|Sen|Gov)\b\.?")
BRACKETED = re.compile(r"\([^()]{1,30}\)")  # a party, an age, an acronym behind a name
DOTTED = re.compile(r"[A-Z]\.[A-Z]\.")
REACHES = (4, 12)  # bodies on each side
LONGEST = 1200  # characters of a paragraph; longer ones are all the same
# Signs of which one house uses one and another house another.
SIGNS = ("“", '"', "’", "'", "—", "–", " -- ", "«", "„", "―")


def style(page: Page) -> Columns:
    """The figures of each unit that tell whether another house set what follows."""
    bounds = Bounds(page)
    bodies = [unit.text for unit in page.units if unit.is_body]
    rows: Floats = np.array([traits(text) for text in bodies], dtype=np.float64).reshape(-1, len(NAMES))
    total = np.vstack([np.zeros(rows.shape[1]), np.cumsum(rows, axis=0)])
    index = np.arange(bounds.gaps)
    columns: Columns = {}
    for reach in REACHES:
        low = np.maximum(index - reach, bounds.first)
        high = np.maximum(np.minimum(index + reach, bounds.end), index)
        before = mean(total, low, index)
        after = mean(total, index, high)
        change: Floats = np.where((low < index)[:, None] & (index < high)[:, None], after - before, 0.0)
        columns[f"style.change-{reach}"] = np.round(np.abs(change[:, : len(SIGNS)]).sum(axis=1), 6)
        for number, name in enumerate(NAMES):
            columns[f"style.{name}-{reach}"] = np.round(change[:, number], 6)
    return at_units(columns, page)


NAMES = (
    "curly", "straight", "curly-apostrophe", "straight-apostrophe", "em-dash", "en-dash", "double-hyphen", "guillemets",
    "low-quotes", "bar", "honorifics", "size", "sentences", "opens-with-quote", "brackets", "dotted", "clocks",
    "per-cent-sign", "per-cent-word",
)  # fmt: skip


def mean(total: Floats, low: Integers, high: Integers) -> Floats:
    """The mean of the rows from low up to but without high."""
    last = len(total) - 1
    found = total[np.minimum(high, last)] - total[np.minimum(low, last)]
    return np.asarray(found / np.maximum(high - low, 1)[:, None])


def traits(text: str) -> tuple[float, ...]:
    """What one paragraph says of the house that set it, in the order of NAMES."""
    return (
        *map(text.__contains__, SIGNS),
        HONORIFIC.search(text) is not None,
        min(len(text), LONGEST),
        min(text.count(". "), 12),
        text[0] in "“\"„«‘'",
        "(" in text and BRACKETED.search(text) is not None,
        DOTTED.search(text) is not None,
        "a.m." in text or "p.m." in text,
        "%" in text,
        "percent" in text or "per cent" in text,
    )
