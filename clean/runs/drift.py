"""Drift: sites whose figures leave their own history, as when a redesign makes their articles empty."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import log, sqrt
from statistics import median
from typing import Any, NamedTuple

LEAST_DOCUMENTS = 20  # of a window: runs that bring a site fewer are taken together, since few documents tell nothing
LEAST_HISTORY = 8  # windows before the last one; the deviation of fewer is a matter of luck
LONGEST_HISTORY = 60  # windows: what is older was perhaps another site
LEAST_Z = 6.0  # robust z-score that counts as drift: of a thousand sites watched for a year, chance makes none
SCALE = 1.4826  # of the median absolute deviation, to be a standard deviation where values are normal (Hampel 1974)
OFTEN = 0.5  # hits for each document from which a rule is missed when it stops
SELDOM = 0.02  # hits for each document, or a share, that are as good as none


class Figure(NamedTuple):
    """Something that is kept of every window: a count, of what it is a part, and from which change on it matters.

    Shares are compared as they are. Figures that are none are compared by their logarithms, since articles are half or
    twice as long as others, and not so many words shorter or longer.
    """

    name: str
    part: str
    whole: str
    is_share: bool
    matters: float


FIGURES = (
    Figure("body share", "body", "characters", True, 0.2),
    Figure("words per article", "words", "records", False, 0.5),
    Figure("articles per document", "records", "documents", False, 0.5),
    Figure("title found", "titles", "records", True, 0.15),
    Figure("date found", "dates", "records", True, 0.2),
    Figure("failed", "failed", "documents", True, 0.15),
)
VARIATION = 0.8  # standard deviation of the logarithm of an article's length, in news of many publishers
COUNTS = ("documents", "failed", "characters", "body", "records", "words", "titles", "dates")


@dataclass
class Window:
    """What one or several runs in a row brought of a site."""

    runs: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    rules: dict[str, int] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any]) -> None:
        """Take in a run."""
        self.runs.append(row["run"])
        for name in COUNTS:
            self.counts[name] += row[name]
        for rule, hits in row["rules"].items():
            self.rules[rule] = self.rules.get(rule, 0) + hits

    def value(self, figure: Figure) -> float | None:
        """The value of a figure, or None if there is nothing that it could be a part of."""
        whole = self.counts[figure.whole]
        return self.counts[figure.part] / whole if whole else None

    def hits(self, rule: str) -> float:
        """How often a rule hit for each document that could be read."""
        return self.rules.get(rule, 0) / max(1, self.counts["documents"] - self.counts["failed"])


class Drift(NamedTuple):
    """A site whose last window left its history: since which run, and what changed, each in words."""

    site: str
    run: int
    changes: tuple[str, ...]


def drifts(rows: Iterable[Mapping[str, Any]]) -> list[Drift]:
    """The sites that drift, out of the figures of each site and run, in order of sites and then of runs.

    A site is judged by its last full window, against those before it.
    """
    found: list[Drift] = []
    for site, group in groupby(rows, key=lambda row: str(row["site"])):
        windows = list(windows_of(group))
        if site and len(windows) > LEAST_HISTORY and (changes := tuple(changed(windows))):
            found.append(Drift(site, windows[-1].runs[0], changes))
    return found


def windows_of(rows: Iterable[Mapping[str, Any]]) -> Iterator[Window]:
    """Runs taken together until there are enough documents."""
    window = Window()
    for row in rows:
        window.add(row)
        if window.counts["documents"] >= LEAST_DOCUMENTS:
            yield window
            window = Window()


def changed(windows: Sequence[Window]) -> Iterator[str]:
    """What is not in the last window as it was in those before."""
    last, earlier = windows[-1], windows[-1 - LONGEST_HISTORY : -1]
    for figure in FIGURES:
        values = [value for window in earlier if (value := window.value(figure)) is not None]
        now = last.value(figure)
        if now is not None and len(values) >= LEAST_HISTORY and abs(z(now, values, figure, last)) >= LEAST_Z:
            yield f"{figure.name} {told(median(values), figure)} → {told(now, figure)}"
    for rule in sorted({rule for window in earlier for rule in window.rules}):
        hits = sorted(window.hits(rule) for window in earlier)
        usual = median(hits)
        if usual >= OFTEN and last.hits(rule) <= SELDOM and hits[len(hits) // 4] > SELDOM:
            yield f"rule {rule} stopped firing ({usual:.1f} hits a document before)"


def z(now: float, values: Sequence[float], figure: Figure, window: Window) -> float:
    """The robust z-score of a value: how many deviations it is from the median of those before.

    The deviation is that of the history, by its median absolute deviation, but at least what chance makes of so few
    documents (for shares, that of the binomial distribution), and so much that a change that does not matter is none.
    """
    units = max(1, window.counts["documents" if figure.whole == "characters" else figure.whole])
    if figure.is_share:
        share = min(max(median(values), SELDOM), 1 - SELDOM)
        chance = sqrt(share * (1 - share) / units)
    else:
        now, *values = (log(max(value, SELDOM)) for value in (now, *values))
        chance = VARIATION / sqrt(units)
    middle = median(values)
    spread = SCALE * median(abs(value - middle) for value in values)
    return (now - middle) / max(spread, chance, figure.matters / LEAST_Z)


def told(value: float, figure: Figure) -> str:
    """A value for people."""
    return f"{value:.0%}" if figure.is_share else f"{value:.1f}" if value < 10 else f"{value:.0f}"
