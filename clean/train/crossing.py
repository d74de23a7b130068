"""How well boundaries are found in files of publishers that the model has never seen."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from clean.boundaries.model import Cut, cuts, model_of
from clean.boundaries.units import Unit
from clean.pipeline import Cleaner
from clean.split import BOUNDARY, LEAST_CHANCE, consistent, starts_of
from clean.train.boundaries import trained, units
from clean.train.lessons import Lessons, houses, lessons

POINTS = (0.5, 0.6, BOUNDARY, 0.8, 0.9)
FILES = 4800  # that each model is trained on, if nobody says how many

Pair = tuple[int, int]


class Found(NamedTuple):
    """Figures of some files: of boundaries the F1 and its parts; the share of files that are exact; single ones cut."""

    name: str
    files: int
    f1: float
    precision: float
    recall: float
    exact: float
    cut: float


class File(NamedTuple):
    """A file of the bench: as `split` sees it, and which folds the publishers of its stories are in."""

    row: Mapping[str, Any]
    units: list[Unit]
    folds: tuple[int, ...]

    def pair(self, place: int) -> Pair:
        """The folds of the stories before and behind a place, in characters; two in any case."""
        stories = self.row["stories"]
        behind = next((number for number, one in enumerate(stories) if one["body_end"] > place), len(stories) - 1)
        before = max((number for number, one in enumerate(stories) if one["body_start"] < place), default=0)
        one, other = self.folds[before], self.folds[behind]
        return (min(one, other), max(one, other)) if one != other else (min(one, one ^ 1), max(one, one ^ 1))


def crossed(
    bench: Path, corpus: Path, folds: int, many: int, tell: Callable[[str], object]
) -> Iterator[tuple[float, list[Found]]]:
    """Figures by kind of file and language, for each point of operation; `folds` is an even number.

    Each boundary is judged by a model that was trained, on `many` composed files, without the publishers on both sides
    of it, and those of their folds. The measure is that of the bench's own scorer: a cut anywhere between two bodies
    finds that boundary.
    """
    given = lessons(bench, corpus)
    of_publisher = folded(given, folds)
    files = list(files_of(bench, of_publisher))
    likely: list[list[Cut]] = [[] for _ in files]
    for pair in combinations(range(folds), 2):
        tell(f"without folds {pair[0]} and {pair[1]}")
        numbers = [number for number, one in enumerate(files) if set(one.folds) & set(pair)]
        model = model_of(trained(without(given, of_publisher, pair), many))
        for number, row in zip(
            numbers, cuts([files[number].units for number in numbers], LEAST_CHANCE, model), strict=True
        ):
            likely[number] += [cut for cut in row if files[number].pair(start_of(files[number], cut)) == pair]
    for point in POINTS:
        yield (
            point,
            list(table(files, [starts(one, sorted(row), point) for one, row in zip(files, likely, strict=True)])),
        )


def folded(given: Lessons, folds: int) -> dict[str, int]:
    """The fold of each publisher, the folds as large as may be the same."""
    counts = Counter(story.publisher for story in given.stories)
    counts.update({one.publisher: 0 for one in given.whole})
    load = [0] * folds
    found: dict[str, int] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        found[name] = load.index(min(load))
        load[found[name]] += counts[name] + 1
    return found


def files_of(bench: Path, of_publisher: Mapping[str, int]) -> Iterator[File]:
    """The files of the bench."""
    names, cleaner = houses(bench), Cleaner()
    with gzip.open(bench / "stories.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row, seen in zip(rows, units([row["text"] for row in rows], cleaner), strict=True):
        yield File(row, seen, tuple(of_publisher[names[story["publisher"]]] for story in row["stories"]))


def without(given: Lessons, of_publisher: Mapping[str, int], pair: Pair) -> Lessons:
    """The lessons but for those of the publishers of two folds."""
    return Lessons(
        [story for story in given.stories if of_publisher[story.publisher] not in pair],
        [one for one in given.whole if of_publisher[one.publisher] not in pair],
    )


def start_of(file: File, cut: Cut) -> int:
    """Where a cut stands, in characters."""
    return file.units[cut.unit].spans[0].start


def starts(file: File, likely: Sequence[Cut], point: float) -> list[int]:
    """Where stories begin, but for the first, as `split` would have them."""
    blocks = {unit.spans[0].block: unit.spans[0].start for unit in file.units}
    return [blocks[start.block] for start in starts_of(file.units, consistent(file.units, likely, point))]


def table(files: Sequence[File], found: Sequence[list[int]]) -> Iterator[Found]:
    """The figures of all files, and of each kind and language."""
    groups: dict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
    for file, places in zip(files, found, strict=True):
        stories = file.row["stories"]
        gaps = [(one["body_end"], two["body_start"]) for one, two in pairwise(stories)]
        first = stories[0]["body_start"]
        hits = sum(any(low <= place <= high for place in places) for low, high in gaps)
        extra = sum(place > first for place in places) - hits
        language = "English" if file.row["lang"] == "en" else "not English"
        for name in ("all", f"kind {file.row['variant']}", language):
            groups[name].append((hits, len(gaps), extra, len(stories)))
    for name in sorted(groups):
        yield figures(name, groups[name])


def figures(name: str, rows: Sequence[tuple[int, int, int, int]]) -> Found:
    """The figures of files, each told by boundaries found, boundaries, cuts too many, and stories."""
    hits, many, extra = (sum(row[place] for row in rows) for place in range(3))
    single = [row for row in rows if row[3] == 1]
    precision = hits / (hits + extra) if hits + extra else 1.0
    recall = hits / many if many else 1.0
    return Found(
        name,
        len(rows),
        2 * precision * recall / (precision + recall) if hits else 0.0,
        precision,
        recall,
        sum(row[0] == row[1] and not row[2] for row in rows) / len(rows),
        sum(row[2] > 0 for row in single) / len(single) if single else 0.0,
    )
