"""What a run tells of what repeats: which is the twin, across runs, what is dropped, and that the laws still hold."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from clean import Cleaner, IndexFileError, Options, UsageError
from clean.ledger import replay
from clean.model import Duplicates, Removal
from clean.runs.local import forget, run
from clean.runs.names import ARTICLES, INDEX, LINES, LOCK, MANIFEST, REMOVED, ROWS, STATE, WORDS
from clean.runs.summary import Summary
from tests.conftest import CLEANER
from tests.samples import write, written
from tests.test_cli import clean

FROST = "Growers around the harbour lost most of their early pears in two nights of frost, the council said on Friday."
CANDLES = "Neighbours lit candles between the rows of trees until the morning, but that was not enough to save them."
FERRY = "The harbour council voted by a wide margin to run a night ferry between the two piers until the autumn."
FARES = "Passengers will pay the same fare as by day, and the last boat leaves the old pier well after midnight."
STOCK = "He did not elaborate."


def page(title: str, *passages: str) -> str:
    """A document with a headline."""
    return "\n".join((title, "", *passages, ""))


DOCUMENTS = {
    "a.txt": page("Orchard frost wipes out early pears", FROST, CANDLES, STOCK),
    "b.txt": page("Frost takes the early pears", FROST.replace("Friday", "Saturday"), CANDLES, STOCK),
    "c.txt": page("Night ferry to run until autumn", FERRY, FARES, CANDLES),
}


def go(out: Path, folder: Path, duplicates: Duplicates = "annotate") -> Summary:
    """A run over all files of a folder."""
    return run([str(folder)], out, cleaner=Cleaner(Options(duplicates=duplicates), book=CLEANER.book))


def rows(out: Path, file: str = ARTICLES) -> dict[str, list[dict[str, Any]]]:
    """The rows of each source."""
    found: dict[str, list[dict[str, Any]]] = {}
    for raw in (out / file).read_bytes().splitlines():
        row = json.loads(raw)
        found.setdefault(row["source"], []).append(row)
    return found


def one(out: Path, source: str) -> dict[str, Any]:
    """The only record of a source."""
    (row,) = rows(out)[source]
    return row


def test_a_run_tells_what_repeats(tmp_path: Path) -> None:
    write(tmp_path / "in", DOCUMENTS)
    go(tmp_path / "out", tmp_path / "in")
    a, b, c = (one(tmp_path / "out", name) for name in DOCUMENTS)
    kept, other = sorted((a, b), key=lambda row: (-len(row["text"].split()), row["id"]))
    assert (kept["duplicate_of"], other["duplicate_of"]) == (None, kept["id"])
    assert other["repeats"]["kind"] == "near"
    twins = {passage["duplicate_of"] for row in (a, b, c) for passage in row["body"] if passage["text"] == CANDLES}
    assert len(twins) == 2
    assert None in twins
    assert all(
        p["duplicate_of"] is None for row in (a, b, c) for p in row["body"] if p["text"] in (STOCK, FERRY, FARES)
    )


def test_a_later_run_finds_what_an_earlier_one_emitted(tmp_path: Path) -> None:
    write(tmp_path / "in", {"z.txt": DOCUMENTS["a.txt"]})
    go(tmp_path / "out", tmp_path / "in")
    write(tmp_path / "in", {"a.txt": page("Early pears lost", FROST, CANDLES, FERRY, FARES)})
    go(tmp_path / "out", tmp_path / "in")
    first, later = one(tmp_path / "out", "z.txt"), one(tmp_path / "out", "a.txt")
    assert first["duplicate_of"] is None
    assert first["repeats"] is None
    assert [passage["duplicate_of"] for passage in later["body"]] == [
        f"{first['id']}:0",
        f"{first['id']}:1",
        None,
        None,
    ]


@pytest.mark.parametrize("policy", ["annotate", "drop-all"])
def test_it_does_not_matter_how_many_sources_are_told_together(
    tmp_path: Path, policy: Duplicates, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "in", DOCUMENTS)
    go(tmp_path / "whole", tmp_path / "in", policy)
    monkeypatch.setattr("clean.runs.duplicates.TOLD_AT_ONCE", 1)
    monkeypatch.setattr("clean.runs.duplicates.AT_ONCE", 1)
    go(tmp_path / "parts", tmp_path / "in", policy)
    assert written(tmp_path / "parts") == written(tmp_path / "whole")


def test_a_second_run_without_news_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path / "in", DOCUMENTS)
    go(tmp_path / "out", tmp_path / "in")
    before = written(tmp_path / "out")
    assert go(tmp_path / "out", tmp_path / "in").unchanged == 3
    assert written(tmp_path / "out") == before


def test_a_twin_that_changes_leaves_no_name_behind(tmp_path: Path) -> None:
    write(tmp_path / "in", DOCUMENTS)
    go(tmp_path / "out", tmp_path / "in")
    twin = next(name for name in ("a.txt", "b.txt") if one(tmp_path / "out", name)["duplicate_of"] is None)
    write(tmp_path / "in", {twin: page("Night ferry to run until autumn", FERRY, FARES)})
    go(tmp_path / "out", tmp_path / "in")
    every = [row for found in rows(tmp_path / "out").values() for row in found]
    ids = {row["id"] for row in every} | {f"{row['id']}:{n}" for row in every for n in range(len(row["body"]))}
    named = {part["duplicate_of"] for row in every for part in (row, *row["body"])} - {None}
    assert named
    assert named <= ids
    go(tmp_path / "fresh", tmp_path / "in")
    assert written(tmp_path / "out") == written(tmp_path / "fresh")


@pytest.mark.parametrize("policy", ["drop-passages", "drop-articles", "drop-all"])
def test_what_is_dropped_stands_in_the_ledger(tmp_path: Path, policy: Duplicates) -> None:
    write(tmp_path / "in", DOCUMENTS | {"d.txt": DOCUMENTS["a.txt"]})
    summary = go(tmp_path / "out", tmp_path / "in", policy)
    found, ledger = rows(tmp_path / "out"), rows(tmp_path / "out", REMOVED)
    labels = {row["label"] for part in ledger.values() for row in part}
    assert ("repeat.passage" in labels) == (policy != "drop-articles")
    assert ("repeat.article" in labels) == (policy != "drop-passages")
    ids = {row["id"] for part in found.values() for row in part}
    dropped = [row for part in ledger.values() for row in part if row["label"] in ("repeat.passage", "repeat.article")]
    assert {row["duplicate_of"].partition(":")[0] for row in dropped} <= ids
    assert summary.records == sum(map(len, found.values()))
    for name in DOCUMENTS:
        text = (tmp_path / "in" / name).read_text()
        removals = [Removal(**{key: row[key] for key in Removal._fields}) for row in ledger.get(name, [])]
        assert [row.start for row in removals] == sorted(row.start for row in removals)
        pieces = " ".join(text[start:end] for start, end in replay(text, removals))
        kept = [part for row in found.get(name, []) for part in (row["title"], row["text"]) if part]
        assert pieces.split() == " ".join(kept).split()
    counted = json.loads((tmp_path / "out" / MANIFEST).read_bytes())
    assert counted["counts"]["records"] == summary.records
    lengths = sum(row["end"] - row["start"] for row in dropped)
    assert sum(counted["characters"].get(f"repeat.{what}", 0) for what in ("passage", "article")) == lengths


@pytest.mark.parametrize("policy", ["drop-passages", "drop-articles", "drop-all"])
def test_what_was_dropped_stays_so_in_later_runs(tmp_path: Path, policy: Duplicates) -> None:
    write(tmp_path / "in", DOCUMENTS | {"d.txt": DOCUMENTS["a.txt"]})
    go(tmp_path / "out", tmp_path / "in", policy)
    before = written(tmp_path / "out")
    go(tmp_path / "out", tmp_path / "in", policy)
    assert written(tmp_path / "out") == before
    (tmp_path / "out" / INDEX).unlink()
    write(tmp_path / "in", {"e.txt": page("Night ferry", FERRY, FARES, CANDLES)})
    go(tmp_path / "out", tmp_path / "in", policy)
    ids = {row["id"] for part in rows(tmp_path / "out").values() for row in part}
    assert all(
        row.get("duplicate_of", "").partition(":")[0] in {"", *ids} for row in rows(tmp_path / "out", REMOVED)["e.txt"]
    )


def test_news_is_never_dropped_for_a_twin_that_has_it_not(tmp_path: Path) -> None:
    write(tmp_path / "in", DOCUMENTS)
    go(tmp_path / "out", tmp_path / "in", "drop-all")
    told = " ".join(row["text"] for part in rows(tmp_path / "out").values() for row in part)
    for passage in (FROST, FROST.replace("Friday", "Saturday"), CANDLES, FERRY, FARES):
        assert passage in told


def test_a_forgotten_source_is_gone_and_its_copies_stand_for_themselves(tmp_path: Path) -> None:
    write(tmp_path / "in", DOCUMENTS)
    go(tmp_path / "out", tmp_path / "in")
    twin = next(name for name in ("a.txt", "b.txt") if one(tmp_path / "out", name)["duplicate_of"] is None)
    forget([twin], tmp_path / "out", cleaner=CLEANER)
    (tmp_path / "in" / twin).unlink()
    go(tmp_path / "fresh", tmp_path / "in")
    assert written(tmp_path / "out") == written(tmp_path / "fresh")
    with pytest.raises(UsageError, match=r"holds no source 'x\.txt'"):
        forget(["x.txt"], tmp_path / "out", cleaner=CLEANER)


def test_an_index_that_is_lost_is_made_anew(tmp_path: Path) -> None:
    write(tmp_path / "in", DOCUMENTS)
    go(tmp_path / "out", tmp_path / "in")
    before = written(tmp_path / "out")
    (tmp_path / "out" / INDEX).write_bytes(b"no index")
    with pytest.raises(IndexFileError, match="delete it"):
        go(tmp_path / "out", tmp_path / "in")
    (tmp_path / "out" / INDEX).unlink()
    go(tmp_path / "out", tmp_path / "in")
    assert written(tmp_path / "out") == before
    write(tmp_path / "in", {"d.txt": DOCUMENTS["c.txt"]})
    go(tmp_path / "out", tmp_path / "in")
    assert one(tmp_path / "out", "d.txt")["repeats"]["kind"] == "exact"


def test_the_command_drops_and_forgets(tmp_path: Path) -> None:
    write(tmp_path / "in", DOCUMENTS | {"d.txt": DOCUMENTS["a.txt"]})
    assert clean(tmp_path, "run", "in", "--out", "out", "--duplicates", "drop-articles").code == 0
    assert len(rows(tmp_path / "out")) == 3
    assert clean(tmp_path, "run", "--forget", "c.txt", "--out", "out", "--duplicates", "drop-articles").code == 0
    assert "c.txt" not in rows(tmp_path / "out")
    for arguments in ("in --duplicates drop-all", "--out out", "in --out out --duplicates burn"):
        assert clean(tmp_path, "run", *arguments.split()).code == 2
    assert "holds no source 'x.txt'" in clean(tmp_path, "run", "--forget", "x.txt", "--out", "out").err


RUNS = """
import sys
from clean.pipeline import Cleaner
from clean.runs.local import run
cleaner = Cleaner()
for number in range(1, 1000):
    print(number, flush=True)
    run(sys.argv[2 : 2 + number], sys.argv[1], cleaner=cleaner)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a signal that cannot be caught")
def test_killed_at_any_moment_the_next_run_goes_on(tmp_path: Path) -> None:
    chance = random.Random(3)
    files = {f"{number:02}.txt": page(f"Night ferry number {number} to run", FERRY, FARES) for number in range(12)}
    write(tmp_path / "in", files)
    paths = [str(tmp_path / "in" / name) for name in files]
    for attempt in range(4):
        out = tmp_path / f"out{attempt}"
        process = subprocess.Popen([sys.executable, "-c", RUNS, str(out), *paths], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.05, 0.8))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        run(paths, out, cleaner=CLEANER)
        every = [row for part in rows(out).values() for row in part]
        assert sorted(row["source"] for row in every) == sorted(files)
        assert sum(row["duplicate_of"] is None for row in every) == 1
        assert {path.name for path in out.iterdir()} <= {*ROWS, MANIFEST, INDEX, WORDS[0], STATE, LINES[0], LOCK}
