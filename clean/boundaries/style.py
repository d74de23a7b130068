"""How the prose is set before and after a gap: quotation marks, dashes, forms of address, length of paragraphs."""

import re

import numpy as np

from clean.boundaries.page import Columns, Floats, Integers, Page
from clean.boundaries.wording import Bounds, at_units

HONORIFICS = ("Mr", "Ms.", "Ms ", "Dr.", "Dr ", "Rep.", "Sen.", "Gov.")
BRACKETED = re.compile(r"\([^()]{1,30}\)")  # a party, an age, an acronym behind a name
DOTTED = re.compile(r"\.[A-Z]\.")
ACRONYM = re.compile(r"[A-Z]{2}")
REACHES = (4, 12)  # bodies on each side whose means are compared
HANDS = (8, 20)  # and those that may be of two hands
NEAR = (-4, -3, -2, -1, 1, 2, 3, 4)  # gaps beside a gap, among which the one that parts two hands is the best
LONGEST = 1200  # characters of a paragraph; longer ones are all the same
# Signs of which one house uses one and another house another; dashes with spaces, too, and hard spaces.
SIGNS = ("“", '"', "’", "'", "—", "–", " -- ", "«", "„", "―", " — ", " – ", "‘", "…", "...", "\xa0")
# What is there or not in a paragraph, beside those signs, and then what is measured.
HABITS = (
    "honorifics", "opens-with-quote", "brackets", "dotted", "clocks", "per-cent-sign", "per-cent-word", "acronym",
    "comma-and", "said", "says",
)  # fmt: skip
NAMES = (
    "curly", "straight", "curly-apostrophe", "straight-apostrophe", "em-dash", "en-dash", "double-hyphen", "guillemets",
    "low-quotes", "bar", "spaced-em-dash", "spaced-en-dash", "single-quote", "ellipsis", "dots", "hard-space",
    *HABITS, "size", "sentences",
)  # fmt: skip


def style(page: Page) -> Columns:
    """The figures of each unit that tell whether another house set what follows."""
    bounds = Bounds(page)
    bodies = [unit.text for unit in page.units if unit.is_body]
    rows: Floats = np.array([traits(text) for text in bodies], dtype=np.float64).reshape(-1, len(NAMES))
    total = np.vstack([np.zeros(rows.shape[1]), np.cumsum(rows, axis=0)])
    index = np.arange(bounds.gaps)
    columns: Columns = {}
    for reach in REACHES:
        low, high = around(reach, bounds)
        before = mean(total, low, index)
        after = mean(total, index, high)
        change: Floats = np.where((low < index)[:, None] & (index < high)[:, None], after - before, 0.0)
        columns[f"style.change-{reach}"] = np.round(np.abs(change[:, : len(SIGNS)]).sum(axis=1), 6)
        for number, name in enumerate(NAMES):
            columns[f"style.{name}-{reach}"] = np.round(change[:, number], 6)
    for kind, first, many in (("signs", 0, len(SIGNS)), ("habits", len(SIGNS), len(HABITS))):
        for reach in HANDS:
            parted = two_hands(total[:, first : first + many], reach, bounds)
            columns[f"style.{kind}-parted-{reach}"] = parted
            columns[f"style.{kind}-parted-{reach}-over-near"] = parted - best_near(parted, bounds)
    return at_units(columns, page)


def around(reach: int, bounds: Bounds) -> tuple[Integers, Integers]:
    """For each gap the first of so many bodies in front of it, and the one behind so many from it on."""
    index = np.arange(bounds.gaps)
    return np.maximum(index - reach, bounds.first), np.maximum(np.minimum(index + reach, bounds.end), index)


def two_hands(total: Floats, reach: int, bounds: Bounds) -> Floats:
    """How much likelier two hands are than one, by habits that each have by some chance in a paragraph.

    The log-likelihood ratio of a change-point (Hinkley and Hinkley 1970), summed over the habits. `total` is their
    running sum, [body, habit].
    """
    last = len(total) - 1
    low, high = (np.minimum(place, last) for place in around(reach, bounds))
    here = np.minimum(np.arange(bounds.gaps), last)
    apart = surprise(total[here] - total[low], here - low) + surprise(total[high] - total[here], high - here)
    return np.asarray(np.round(surprise(total[high] - total[low], high - low) - apart, 6))


def surprise(held: Floats, every: Integers) -> Floats:
    """How unlikely habits are that so many of all paragraphs have: the sum of their negative log-likelihoods."""
    many = every[:, None].astype(np.float64)
    share = np.clip(held / np.maximum(many, 1), 1e-9, 1 - 1e-9)
    return np.asarray(-(held * np.log(share) + (many - held) * np.log(1 - share)).sum(axis=1))


def best_near(values: Floats, bounds: Bounds) -> Floats:
    """The best value of the gaps near each gap, in the same document; at least 0."""
    index = np.arange(len(values))
    best = np.zeros(len(values))
    for step in NEAR:
        place = index + step
        inside = (place > bounds.first) & (place < bounds.end)
        best[inside] = np.maximum(best, values[np.clip(place, 0, len(values) - 1)])[inside]
    return best


def mean(total: Floats, low: Integers, high: Integers) -> Floats:
    """The mean of the rows from low up to but without high."""
    last = len(total) - 1
    found = total[np.minimum(high, last)] - total[np.minimum(low, last)]
    return np.asarray(found / np.maximum(high - low, 1)[:, None])


def traits(text: str) -> tuple[float, ...]:
    """What one paragraph says of the house that set it, in the order of NAMES."""
    return (
        *map(text.__contains__, SIGNS),
        any(map(text.__contains__, HONORIFICS)),
        text[0] in "“\"„«‘'",
        "(" in text and BRACKETED.search(text) is not None,
        DOTTED.search(text) is not None,
        "a.m." in text or "p.m." in text,
        "%" in text,
        "percent" in text or "per cent" in text,
        ACRONYM.search(text) is not None,
        ", and " in text,
        " said" in text,
        " says" in text,
        min(len(text), LONGEST),
        min(text.count(". "), 12),
    )
