"""Whether a line between two paragraphs belongs to the text above or below: the letters that it shares with each."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np

from clean.boundaries.page import LEAST, Columns, Integers, Page
from clean.boundaries.units import Unit

BODIES = 2  # on each side, with which a line is compared
WITHIN = 6  # units on each side, among which those are
LONGEST = 4000  # characters of a text that are looked at
TOLD = 200  # characters that tell the script
NAMES = (
    "before", "after", "over-before", "over-above", "above", "below", "script-before", "script-after", "script-above",
)  # fmt: skip


def sides(page: Page, low: Integers, body: Integers) -> Columns:
    """The figures of all lines of some slots, given by their first units and their bodies, slot by slot.

    Linear in the text of those slots and of the paragraphs beside them.
    """
    rows = [row for first, last in zip(low.tolist(), body.tolist(), strict=True) for row in of_slot(page, first, last)]
    table = np.array(rows, dtype=np.float64).reshape(-1, len(NAMES))
    return {f"side.{name}": table[:, number] for number, name in enumerate(NAMES)}


def of_slot(page: Page, low: int, body: int) -> Iterator[tuple[float, ...]]:
    """The figures of the lines of one slot, in the order of NAMES; the last line is its body."""
    first, end = (int(edge[page.document[body]]) for edge in (page.first, page.end))
    last = [unit for unit in page.units[max(first, low - WITHIN) : low] if unit.is_body][-BODIES:]
    following = [unit for unit in page.units[body + 1 : min(end, body + WITHIN)] if unit.is_body][:BODIES]
    before, behind = letters_of(last), letters_of(following)
    after = behind | letters_of([page.units[body]])
    texts = [text_of(unit) for unit in page.units[low : body + 1]]
    scripts = [script(text) for text in texts]
    shares = [(shared(text, before), shared(text, after)) for text in texts[:-1]]
    shares.append((shared(texts[-1], before), shared(texts[-1], behind)))
    over = [ahead - back for back, ahead in shares]
    above = [0.0, *accumulate(over)]
    script_before = script(text_of(last[-1])) if last else ""
    script_above = script(text_of(page.units[low - 1])) if low > first else ""
    for number, (share, own) in enumerate(zip(shares, scripts, strict=True)):
        so_far = above[number]
        yield (
            *share,
            over[number],
            above[-1] - 2 * so_far,
            so_far,
            above[-1] - so_far,
            same(own, script_before),
            same(own, scripts[-1]),
            same(own, scripts[number - 1] if number else script_above),
        )


def text_of(unit: Unit) -> str:
    """What is kept of a unit, or what it says if nothing is."""
    return unit.text or unit.spans[0].text


def letters_of(units: Sequence[Unit]) -> frozenset[str]:
    """The runs of three characters of some units."""
    return frozenset().union(*(runs(text_of(unit)) for unit in units))


def runs(text: str) -> set[str]:
    """The runs of three characters of a text, whatever their case.

    >>> sorted(runs("Pier"))
    [' pi', 'er ', 'ier', 'pie']
    """
    padded = f" {text[:LONGEST].lower()} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)}


def shared(text: str, others: frozenset[str]) -> float:
    """The share of the runs of a text that stand in others."""
    own = runs(text)
    return round(len(own & others) / max(len(own), 1), 6)


def script(text: str) -> str:
    """The script of most letters of a text, or nothing where there are none.

    >>> script("Pier 3"), script("東京"), script("3")
    ('LATIN', 'CJK', '')
    """
    counts = Counter(map(script_of, filter(str.isalpha, text[:TOLD])))
    return max(sorted(counts), key=counts.__getitem__, default="")


@lru_cache(1 << 14)
def script_of(letter: str) -> str:
    """The first word of a letter's name, which is its script (The Unicode Standard, names of characters)."""
    return unicodedata.name(letter, "").partition(" ")[0]


def same(one: str, other: str) -> float:
    """Whether two scripts are the same, LEAST where one is not known."""
    return float(one == other) if one and other else LEAST
