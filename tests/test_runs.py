"""Runs over many sources: how inputs are found and named, what a directory remembers, what a broken-off run leaves."""

import io
import json
import os
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from clean import Options
from clean.errors import OutputError, UsageError
from clean.model import Result, Source
from clean.pipeline import Cleaner
from clean.readers.documents import LARGEST
from clean.runs import summary as summaries
from clean.runs import work
from clean.runs.inputs import find, one_document
from clean.runs.local import How, Step, run
from clean.runs.names import ARTICLES, FAILED, INDEX, LINES, MANIFEST, REMOVED, ROWS, STATE, WORDS
from clean.runs.summary import Summary
from tests.conftest import CLEANER
from tests.samples import FERRY, MILL, PAGE, RULE, contents, forbid, write

POSIX = pytest.mark.skipif(os.name != "posix", reason="such a file cannot be made here")


def go(out: Path, *paths: Path | str) -> Summary:
    """A run with the bundled rules."""
    return run([str(path) for path in paths], out, cleaner=CLEANER)


def rows(out: Path, file: str = ARTICLES) -> list[dict[str, Any]]:
    """The rows of a file of an output directory."""
    return [json.loads(line) for line in (out / file).read_bytes().splitlines()]


def sources(out: Path, file: str = ARTICLES) -> list[str]:
    """The sources of the rows of a file."""
    return [row["source"] for row in rows(out, file)]


def test_files_are_named_below_their_folder_or_by_themselves(tmp_path: Path) -> None:
    write(tmp_path, {"in/ferry.txt": FERRY, "in/north/mill.txt": MILL, "in/.git/ferry.txt": FERRY, "pears.txt": PAGE})
    found = find([str(tmp_path / "in"), str(tmp_path / "pears.txt")])
    assert [one.name for one in found] == ["ferry.txt", "north/mill.txt", "pears.txt"]
    assert [one.name for one in find([str(tmp_path / "**" / "*.txt")])] == ["ferry.txt", "mill.txt", "pears.txt"]


def test_what_is_named_twice_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path, {"in/ferry.txt": FERRY})
    assert len(find([str(tmp_path / "in"), str(tmp_path / "in" / "ferry.txt"), str(tmp_path / "in" / "*.txt")])) == 1


def test_a_file_of_folders_in_each_other_is_taken_once_in_any_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"in/ferry.txt": FERRY, "in/north/mill.txt": MILL})
    monkeypatch.chdir(tmp_path)
    paths = ["in", "in/north", "./in/north/mill.txt", "in/../in/ferry.txt", str(tmp_path / "in"), "in/**"]
    for given in (paths, paths[::-1], paths[3:] + paths[:3]):
        assert [one.name for one in find(given)] == ["ferry.txt", "north/mill.txt"]
    assert [one.name for one in find(["**"])] == ["ferry.txt", "north/mill.txt"]


def test_a_glob_that_finds_nothing_is_a_failed_input(tmp_path: Path) -> None:
    (one,) = find([str(tmp_path / "*.txt")])
    assert "no such file" in one.problem


def test_files_of_the_same_name_are_named_alike_in_any_order(tmp_path: Path) -> None:
    write(tmp_path, {"a/source.txt": FERRY, "b/source.txt": MILL})
    paths = [str(tmp_path / "a" / "source.txt"), str(tmp_path / "b" / "source.txt")]
    assert find(paths) == find(paths[::-1])
    assert [one.name for one in find(paths)] == [Path(path).as_posix() for path in paths]


@POSIX
def test_links_are_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path, {"in/ferry.txt": FERRY, "secret.txt": MILL})
    (tmp_path / "in" / "inside.txt").symlink_to(tmp_path / "in" / "ferry.txt")
    (tmp_path / "in" / "outside.txt").symlink_to(tmp_path / "secret.txt")
    summary = go(tmp_path / "out", tmp_path / "in")
    assert sources(tmp_path / "out") == ["ferry.txt", "inside.txt"]
    assert [(row["source"], row["reason"]) for row in summary.failed] == [
        ("outside.txt", "it is a symbolic link out of the input folder")
    ]


def test_a_directory_inside_the_input_folder_is_no_input(tmp_path: Path) -> None:
    write(tmp_path, {"ferry.txt": FERRY})
    go(tmp_path / "out", tmp_path)
    assert go(tmp_path / "out", tmp_path).sources == 1


def test_what_runs_left_in_other_directories_is_passed_over_and_a_report_too(tmp_path: Path) -> None:
    write(tmp_path, {"in/ferry.txt": FERRY})
    go(tmp_path / "in" / "before", tmp_path / "in")
    write(tmp_path, {"in/before/report.html": "<html><p>Two runs</p></html>", "in/before/mill.txt": MILL})
    summary = go(tmp_path / "out", tmp_path / "in")
    assert sources(tmp_path / "out") == ["before/mill.txt", "ferry.txt"]
    assert sorted(summary.passed_over) == sorted(
        f"before/{name}" for name in contents(tmp_path / "in" / "before") if name != "mill.txt"
    )
    assert go(tmp_path / "out", tmp_path / "in" / "before" / ARTICLES).records == 3
    write(tmp_path, {"out/report.html": "<html><p>Two runs</p></html>"})
    assert go(tmp_path / "out", tmp_path / "out").cleaned == 0


def test_a_directory_may_bear_an_apostrophe(tmp_path: Path) -> None:
    write(tmp_path, {"ferry.txt": FERRY})
    assert go(tmp_path / "Ida's out", tmp_path / "ferry.txt").sources == 1


def test_a_directory_that_is_the_input_folder_is_no_input(tmp_path: Path) -> None:
    write(tmp_path, {"ferry.txt": FERRY})
    go(tmp_path, tmp_path)
    assert go(tmp_path, tmp_path).sources == 1


def test_a_document_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(LARGEST + 1)
    (failure,) = go(tmp_path / "out", tmp_path / "large.txt").failed
    assert "more than 64 MiB, which is the most" in failure["reason"]


@POSIX
def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"in/ferry.txt": FERRY})
    pipe = tmp_path / "in" / "pipe"
    os.mkfifo(pipe)
    Thread(target=lambda: pipe.write_text(MILL), daemon=True).start()  # so that reading it comes to an end
    assert [row["source"] for row in go(tmp_path / "out", tmp_path / "in").failed] == ["pipe"]


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"in/ferry.txt": FERRY, "in/locked/mill.txt": MILL})
    forbid(tmp_path / "in" / "locked", os.R_OK)
    assert [row["source"] for row in go(tmp_path / "out", tmp_path / "in").failed] == ["locked"]


@POSIX
def test_a_name_that_no_file_can_have_is_a_failed_input(tmp_path: Path) -> None:
    write(tmp_path, {"ferry.txt": FERRY})
    assert len(go(tmp_path / "out", tmp_path / "ferry.txt", "x" * 5000).failed) == 1


@POSIX
def test_a_name_that_is_not_utf_8_is_a_name(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    write(tmp_path, {"in/ferry.txt": FERRY})
    try:
        write(tmp_path, {f"in/{name}": MILL})
    except OSError:
        pytest.skip("this file system takes no such name")
    assert go(tmp_path / "out", tmp_path / "in").records == 2
    assert go(tmp_path / "out", tmp_path / "in").unchanged == 2


@POSIX
def test_files_whose_names_are_told_alike_are_all_taken(tmp_path: Path) -> None:
    write(tmp_path, {"in/caf\\xe9.txt": FERRY})
    try:
        write(tmp_path, {f"in/{os.fsdecode(bytes([99, 97, 102, 233]))}.txt": MILL})
    except OSError:
        pytest.skip("this file system takes no such name")
    for _ in range(2):
        assert go(tmp_path / "out", tmp_path / "in").records == 2
    assert sources(tmp_path / "out") == ["caf\\xe9.txt", "caf\\xe9.txt (2)"]


def test_rows_stand_in_order_of_sources_after_any_runs(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": FERRY, "b.txt": PAGE, "c.txt": MILL, "d.txt": " "})
    for names in (["c.txt", "d.txt"], ["a.txt"], ["b.txt", "c.txt"]):
        go(tmp_path / "out", *(tmp_path / name for name in names))
    go(tmp_path / "fresh", *sorted(tmp_path.glob("*.txt")))
    for file in ROWS:
        assert (tmp_path / "out" / file).read_bytes() == (tmp_path / "fresh" / file).read_bytes()


def test_a_source_that_fails_now_loses_its_records_and_gets_them_back(tmp_path: Path) -> None:
    write(tmp_path, {"ferry.txt": FERRY})
    go(tmp_path / "out", tmp_path / "ferry.txt")
    write(tmp_path, {"ferry.txt": b"%PDF-1.7"})
    assert len(go(tmp_path / "out", tmp_path / "ferry.txt").failed) == 1
    assert (sources(tmp_path / "out"), sources(tmp_path / "out", FAILED)) == ([], ["ferry.txt"])
    write(tmp_path, {"ferry.txt": FERRY})
    assert go(tmp_path / "out", tmp_path / "ferry.txt").failed == []
    assert (sources(tmp_path / "out"), sources(tmp_path / "out", FAILED)) == (["ferry.txt"], [])


def test_a_run_whose_inputs_all_went_well_has_no_failures(tmp_path: Path) -> None:
    write(tmp_path, {"ferry.txt": FERRY})
    assert len(go(tmp_path / "out", tmp_path / "ferry.txt", tmp_path / "fery.txt").failed) == 1
    assert go(tmp_path / "out", tmp_path / "ferry.txt").failed == []


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Cleaner:
    """A cleaner with one more rule."""
    folder = tmp_path_factory.mktemp("rules")
    write(folder, {"promo.toml": RULE})
    return Cleaner(Options(rules=(folder,)))


def test_new_rules_are_told_and_count_when_that_is_asked_for(tmp_path: Path, ruled: Cleaner) -> None:
    write(tmp_path, {"pears.txt": PAGE, "ferry.txt": FERRY})
    paths = [str(tmp_path / "pears.txt"), str(tmp_path / "ferry.txt")]
    run(paths, tmp_path / "out", cleaner=CLEANER)
    told = run(paths, tmp_path / "out", cleaner=ruled)
    assert (told.cleaned, told.unchanged, told.older) == (0, 2, 2)
    assert "promo.app.gazette-radio" not in [row["rule"] for row in rows(tmp_path / "out", REMOVED)]
    redone = run(paths, tmp_path / "out", cleaner=ruled, how=How(reprocess=True))
    assert (redone.cleaned, redone.unchanged, redone.older) == (2, 0, 0)
    assert "promo.app.gazette-radio" in [row["rule"] for row in rows(tmp_path / "out", REMOVED)]


@pytest.mark.parametrize("options", [Options(certainty=0.9), Options(boundary=9.0), Options(most_lost=0.1)])
def test_all_that_decides_is_told_when_it_changes(tmp_path: Path, options: Options) -> None:
    write(tmp_path, {"ferry.txt": FERRY})
    go(tmp_path / "out", tmp_path / "ferry.txt")
    other = Cleaner(options, book=CLEANER.book)
    assert run([str(tmp_path / "ferry.txt")], tmp_path / "out", cleaner=other).older == 1
    assert go(tmp_path / "out", tmp_path / "ferry.txt").older == 0


def test_rows_that_were_changed_by_hand_are_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path, {"ferry.txt": FERRY})
    go(tmp_path / "out", tmp_path / "ferry.txt")
    (tmp_path / "out" / ARTICLES).write_text("{}\n")
    with pytest.raises(OutputError, match=r"articles\.jsonl was changed"):
        go(tmp_path / "out", tmp_path / "ferry.txt")
    assert (tmp_path / "out" / ARTICLES).read_text() == "{}\n"
    (tmp_path / "out" / ARTICLES).unlink()
    go(tmp_path / "out", tmp_path / "ferry.txt")
    assert sources(tmp_path / "out") == ["ferry.txt"]


@pytest.mark.parametrize("content", ["[]", "{}", "null", "not JSON", '{"format": 99}', '{"format": 2}'])
def test_a_manifest_of_another_program_is_left_alone(tmp_path: Path, content: str) -> None:
    write(tmp_path, {"ferry.txt": FERRY, "out/run.json": content})
    with pytest.raises(OutputError, match=r"run\.json"):
        go(tmp_path / "out", tmp_path / "ferry.txt")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["run.json"]
    assert (tmp_path / "out" / "run.json").read_text() == content


def test_what_a_killed_run_wrote_is_swept_away(tmp_path: Path) -> None:
    write(tmp_path, {"ferry.txt": FERRY, f"out/.{ARTICLES}.99999999.part": "half a ro"})
    go(tmp_path / "out", tmp_path / "ferry.txt")
    assert sorted(contents(tmp_path / "out")) == sorted((*ROWS, MANIFEST, STATE, LINES[0], INDEX, WORDS[0]))
    assert not list((tmp_path / "out").glob("*.part"))


def test_a_document_that_provokes_an_error_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"ferry.txt": FERRY, "mill.txt": MILL})
    whole = Cleaner.clean_batch

    def fails(self: Cleaner, batch: Sequence[Source]) -> list[Result]:
        if any(source.name == "ferry.txt" for source in batch):
            raise ZeroDivisionError("on purpose")
        return whole(self, batch)

    monkeypatch.setattr(Cleaner, "clean_batch", fails)
    (failure,) = go(tmp_path / "out", tmp_path / "ferry.txt", tmp_path / "mill.txt").failed
    assert (failure["source"], failure["error"]) == ("ferry.txt", "InternalError")
    assert "ZeroDivisionError: on purpose" in failure["reason"]
    assert sources(tmp_path / "out") == ["mill.txt"]


@pytest.mark.parametrize("room", ["read", "page_of"])
def test_an_error_in_reading_costs_only_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    write(tmp_path, {"in/ferry.txt": FERRY, "in/mill.txt": MILL})
    whole = getattr(work, room)

    def fails(given: Any, *others: Any) -> Any:
        if (given.text if room == "page_of" else given.decode()) == FERRY:
            raise ZeroDivisionError("on purpose")
        return whole(given, *others)

    monkeypatch.setattr(work, room, fails)
    failed = go(tmp_path / "out", tmp_path / "in").failed
    assert [(row["source"], row["error"]) for row in failed] == [("ferry.txt", "InternalError")] * (room == "read")
    assert sources(tmp_path / "out") == (["mill.txt"] if room == "read" else ["ferry.txt", "mill.txt"])


def test_progress_never_passes_the_end(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": FERRY, "b.txt": MILL, "c.txt": PAGE})
    go(tmp_path / "out", tmp_path / "a.txt", tmp_path / "b.txt")
    told: list[Step] = []
    how = How(progress=told.append)
    run([str(tmp_path / "c.txt")], tmp_path / "out", cleaner=CLEANER, how=how)
    assert told[-1][:3] == ("cleaning", 1, 1)
    assert told[-1].bytes == len(PAGE)
    assert 0 < told[-1].removed < told[-1].characters < len(PAGE)
    assert all(step.done <= step.total == 1 for step in told)


def test_what_is_no_scrape_by_its_name_is_passed_over_and_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"in/ferry.txt": FERRY, "in/README.md": MILL, "in/case/gold.txt": "title | Ferry", "in/golden.txt": MILL},
    )
    summary = go(tmp_path / "out", tmp_path / "in")
    assert sources(tmp_path / "out") == ["ferry.txt", "golden.txt"]
    assert sorted(summary.passed_over) == ["README.md", "case/gold.txt"]
    assert sorted(json.loads((tmp_path / "out" / MANIFEST).read_bytes())["passed_over"]) == sorted(summary.passed_over)
    assert go(tmp_path / "out", tmp_path / "in" / "README.md").cleaned == 1


def test_what_is_no_scrape_by_its_name_is_passed_over_in_archives_too(tmp_path: Path) -> None:
    archive, inner = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("LICENSE", MILL)
        made.writestr("pears.txt", PAGE)
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        for name, content in {
            "README.md": MILL.encode(),
            "a/ferry.txt": FERRY.encode(),
            "b.zip": inner.getvalue(),
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    write(tmp_path, {"in/all.tar.gz": archive.getvalue(), "in/CHANGELOG.md": MILL})
    for _ in range(2):
        summary = run([str(tmp_path / "in")], tmp_path / "out", cleaner=CLEANER, how=How(reprocess=True))
        assert sources(tmp_path / "out") == ["all.tar.gz/a/ferry.txt", "all.tar.gz/b.zip/pears.txt"]
        assert sorted(summary.passed_over) == ["CHANGELOG.md", "all.tar.gz/README.md", "all.tar.gz/b.zip/LICENSE"]
        assert summary.failed == []
    assert one_document(str(tmp_path / "in"), "all.tar.gz/b.zip/pears.txt").content == PAGE.encode()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\xef\xbb\xbf \n", "\ufeff\u3000".encode("utf-16-be")])
def test_a_document_of_nothing_but_a_byte_order_mark_is_told_to_be_empty(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, {"empty.txt": content})
    (row,) = go(tmp_path / "out", tmp_path / "empty.txt").failed
    assert row["error"] == "EmptySource"


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"workers": -3}, "-3 workers"),
        ({"workers": "2"}, "workers is a whole number, and not '2'"),
        ({"formats": "parquet"}, "formats are a tuple of jsonl, parquet, and not 'parquet'"),
        ({"formats": ("csv",)}, "formats are a tuple of jsonl, parquet"),
        ({"limits": 5}, r"limits are Limits\(seconds, bytes\), and not 5"),
    ],
)
def test_how_a_run_cannot_be_done_is_told(chosen: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        How(**chosen)


@pytest.mark.parametrize("path", ["", 7, b"ferry.txt", None])
def test_what_is_no_path_is_told(tmp_path: Path, path: Any) -> None:
    with pytest.raises(UsageError, match="is no path"):
        run([path], tmp_path / "out", cleaner=CLEANER)
    assert not (tmp_path / "out").exists()


def test_of_very_many_failures_the_first_are_told_and_all_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "MOST_TOLD", 2)
    (tmp_path / "in").mkdir()
    for name in "edcba":
        (tmp_path / "in" / f"{name}.txt").write_bytes(b"")
    found = go(tmp_path / "out", tmp_path / "in")
    assert (found.failures, [row["source"] for row in found.failed]) == (5, ["a.txt", "b.txt"])
    assert json.loads((tmp_path / "out" / MANIFEST).read_bytes())["failed"] == 5
    assert len((tmp_path / "out" / FAILED).read_bytes().splitlines()) == 5
