"""The stories of the bench are told apart as well as they were once; its single stories come apart when joined."""

import gzip
import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import CLEANER

# Kind of file: least F1 of the boundaries, or where there are none to find, the largest share of files that are cut.
# The stories are those the model was trained on, in other compositions: floors against mistakes, and no measure.
LEAST = {"A": 0.97, "B": 0.98, "C": 0.87, "F": 0.75, "G": 0.95}
MOST_CUT = {"D": 0.02, "E": 0.04}
LEAST_JOINED = 0.9  # share of pairs of single stories that come apart at the right place and at no other


def scorer(bench: Path) -> ModuleType:
    """The bench's own scorer."""
    spec = importlib.util.spec_from_file_location("score_stories", bench / "score_stories.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["score_stories"] = module
    spec.loader.exec_module(module)
    return module


@cache
def rows(bench: Path) -> list[dict[str, Any]]:
    """The files of the bench."""
    with gzip.open(bench / "stories.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def starts(texts: list[str]) -> list[list[int]]:
    """Where the articles of each text start."""
    return [[article.spans[0].start for article in result.articles] for result in CLEANER.clean_many(texts)]


@cache
def figures(bench: Path) -> dict[str, dict[str, float]]:
    """The bench's table."""
    given = rows(bench)
    found = dict(zip((row["id"] for row in given), starts([row["text"] for row in given]), strict=True))
    table: dict[str, dict[str, float]] = scorer(bench).table(given, found, ["variant"])
    return table


@pytest.mark.parametrize("variant", LEAST)
def test_boundaries_are_found(bench: Path, variant: str) -> None:
    assert figures(bench)[f"variant {variant}"]["F1"] >= LEAST[variant]


@pytest.mark.parametrize("variant", MOST_CUT)
def test_single_stories_stay_whole(bench: Path, variant: str) -> None:
    assert figures(bench)[f"variant {variant}"]["false split"] <= MOST_CUT[variant]


def test_single_stories_joined_come_apart(bench: Path) -> None:
    singles = [row for row in rows(bench) if row["variant"] == "D" and row["lang"] == "en"]
    pairs = list(zip(singles[::2], singles[1::2], strict=False))
    found = starts([f"{one['text']}\n\n\n{two['text']}" for one, two in pairs])
    right = 0
    for (one, two), places in zip(pairs, found, strict=True):
        low = one["stories"][0]["body_end"]
        high = len(one["text"]) + 3 + two["stories"][0]["body_start"]
        right += len(places) == 2 and low <= places[1] <= high
    assert len(pairs) > 20
    assert right >= LEAST_JOINED * len(pairs)
