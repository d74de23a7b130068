"""The real scrapes become what their gold says, field by field, through the command a user would type."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from clean.labels import LABELS
from clean.runs.local import run

Gold = dict[str, Any]


@pytest.fixture(scope="module")
def output(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("seeds")
    summary = run([str(seeds)], out)
    assert summary.failed == []
    assert summary.records == 6
    return out


@pytest.fixture(scope="module")
def gold(seeds: Path) -> list[Gold]:
    found: list[Gold] = json.loads((seeds / "gold.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def records(output: Path) -> dict[str, list[Gold]]:
    return rows(output / "articles.jsonl")


@pytest.fixture(scope="module")
def removals(output: Path) -> dict[str, list[Gold]]:
    return rows(output / "removed.jsonl")


def rows(path: Path) -> dict[str, list[Gold]]:
    grouped = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        grouped[row["source"]].append(row)
    return grouped


def texts(seeds: Path, source: str, spans: list[list[int]]) -> list[str]:
    text = (seeds / source).read_bytes().decode()
    return [text[start:end] for start, end in spans]


def test_there_are_six_records(gold: list[Gold], records: dict[str, list[Gold]]) -> None:
    assert {source: len(found) for source, found in records.items()} == {
        one["source"]: len(one["articles"]) for one in gold
    }


@pytest.mark.parametrize("field", ["title", "published", "updated", "dateline", "authors", "publisher"])
def test_fields(field: str, gold: list[Gold], records: dict[str, list[Gold]]) -> None:
    for one in gold:
        wanted = [article[field] for article in one["articles"]]
        assert [record[field] for record in records[one["source"]]] == wanted, one["source"]


@pytest.mark.parametrize("field", ["summary", "captions"])
def test_texts_of_fields(field: str, seeds: Path, gold: list[Gold], records: dict[str, list[Gold]]) -> None:
    for one in gold:
        wanted = [texts(seeds, one["source"], article[field]) for article in one["articles"]]
        assert [record[field] for record in records[one["source"]]] == wanted, one["source"]


@pytest.mark.parametrize(("field", "kinds"), [("body", ("paragraph", "quote", "list")), ("headings", ("heading",))])
def test_body_stands_at_its_offsets(
    field: str, kinds: tuple[str, ...], gold: list[Gold], records: dict[str, list[Gold]]
) -> None:
    for one in gold:
        for article, record in zip(one["articles"], records[one["source"]], strict=True):
            found = [[passage["start"], passage["end"]] for passage in record["body"] if passage["kind"] in kinds]
            assert found == article[field], one["source"]


def test_everything_removed_is_in_gold_and_nothing_else(gold: list[Gold], removals: dict[str, list[Gold]]) -> None:
    for one in gold:
        found = [row for row in removals[one["source"]] if LABELS[row["label"]].fate == "removed"]
        assert [[row["start"], row["end"]] for row in found] == [row["span"] for row in one["removed"]]
        families = [row["label"].split(".")[0] for row in one["removed"]]
        assert [row["label"].split(".")[0] for row in found] == families


def test_metadata_is_in_the_ledger_with_its_text(gold: list[Gold], removals: dict[str, list[Gold]]) -> None:
    for one in gold:
        for article in one["articles"]:
            ledger = removals[one["source"]]
            if article["updated_raw"]:
                assert article["updated_raw"] in [row["text"] for row in ledger if row["label"] == "updated"]
            if article["dateline"]:
                spans = [[row["start"], row["end"]] for row in ledger if row["label"] == "dateline"]
                assert article["dateline_span"] in spans
