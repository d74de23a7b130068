"""The command line, as a user types it: what it writes, where, and with which exit code."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from clean import __version__
from clean.labels import LABELS
from clean.writers.margin import read
from tests import ROOT
from tests.conftest import CLEANER
from tests.samples import CHANGED, FERRY, MILL, PAGE, RULE, contents, forbid, write

FILES = ("articles.jsonl", "removed.jsonl", "failed.jsonl")
ALL = (*FILES, "run.json", "state.duckdb", "state.0.lines", "duplicates.duckdb", "duplicates.duckdb.0.words")


class Done(NamedTuple):
    """What a command did."""

    code: int
    out: bytes
    err: str

    def rows(self) -> list[dict[str, Any]]:
        """The lines of JSON on standard output."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a plain terminal that is wide enough for every sentence."""
    passed = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS")
    }
    return {**passed, "COLUMNS": "250", "TERM": "xterm-256color", "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT), **changes}


def clean(folder: Path, *arguments: str, stdin: bytes = b"") -> Done:
    """Run `clean` in a folder."""
    command = [sys.executable, "-m", "clean", *arguments]
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, env=environment())
    return Done(done.returncode, done.stdout, done.stderr.decode())


def clean_on_a_terminal(folder: Path, *arguments: str, code: int = 0, **changes: str) -> str:
    """Run `clean` with a terminal for its output, and give what the terminal was sent."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "clean", *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs, env=environment(**changes)) as running:
        os.close(theirs)
        sent = b"".join(iter(lambda: chunk(ours), b""))
    os.close(ours)
    assert running.returncode == code, sent
    return sent.decode()


def chunk(terminal: int) -> bytes:
    """The next bytes from a terminal; none when the other side has closed it."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


def rows(out: Path, file: str) -> list[dict[str, Any]]:
    """The rows of a file of an output directory."""
    return [json.loads(line) for line in (out / file).read_bytes().splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of good documents, one of bad ones, and one with a rule."""
    made = tmp_path_factory.mktemp("work")
    write(made, {"scrapes/pears.txt": PAGE, "scrapes/ferry.txt": FERRY, "scrapes/north/mill.txt": MILL})
    write(made, {"told/README.md": MILL})
    write(made, {"scrapes/.hidden.txt": MILL, "my-rules/promo.toml": RULE})
    write(made, {"bad/binary.bin": b"%PDF-1.7 ...", "bad/empty.txt": " \n", "bad/broken.txt": b"\xff\xfea"})
    write(made, {"bad/page.html": "<!DOCTYPE html><html><body><script>write()</script></body></html>"})
    return made


class Runs(NamedTuple):
    """Two runs into the same directory, with a change between them, and what the directory held after each."""

    first: Done
    after_first: dict[str, bytes]
    second: Done
    out: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Runs:
    place = tmp_path_factory.mktemp("twice")
    write(place, {"scrapes/pears.txt": PAGE, "scrapes/ferry.txt": FERRY, "scrapes/north/mill.txt": MILL})
    arguments = ("run", "scrapes", "--out", "out", "--json")
    first = clean(place, *arguments[:2], str(folder / "bad"), "nowhere.txt", *arguments[2:])
    after_first = contents(place / "out")
    write(place, {"scrapes/ferry.txt": CHANGED, "scrapes/south/harbour.txt": MILL.replace("mill", "harbour")})
    return Runs(first, after_first, clean(place, *arguments), place / "out")


def test_a_run_leaves_whole_files_and_nothing_else(runs: Runs) -> None:
    assert sorted(runs.after_first) == sorted(ALL)
    for name in FILES:
        content = runs.after_first[name]
        assert content.endswith(b"\n")
        assert all(json.loads(line) for line in content.splitlines())
    manifest = json.loads(runs.after_first["run.json"])
    assert manifest["counts"] == {"sources": 8, "records": 3, "failed": 5}
    assert sorted(path.name for path in runs.out.iterdir()) == sorted((".lock", *ALL))


def test_a_summary_in_json_is_all_that_standard_output_gets(runs: Runs) -> None:
    (told,) = runs.first.rows()
    assert {key: told[key] for key in ("sources", "cleaned", "unchanged", "records", "failed")} == {
        "sources": 8, "cleaned": 8, "unchanged": 0, "records": 3, "failed": 5,
    }  # fmt: skip
    assert told["characters"].keys() <= LABELS.keys()
    assert runs.first.err == ""


def test_records_bear_the_path_below_the_folder_and_hidden_files_none(runs: Runs) -> None:
    found = [json.loads(line) for line in runs.after_first["articles.jsonl"].splitlines()]
    assert [row["source"] for row in found] == ["ferry.txt", "north/mill.txt", "pears.txt"]
    assert found[2]["title"] == "Orchard frost wipes out early pears"
    assert found[2]["dateline"] == "PORT ALDER"
    assert found[2]["updated"] is None


def test_what_fails_is_told_in_a_sentence_and_costs_no_other_its_records(runs: Runs) -> None:
    failed = {row["source"]: row for row in map(json.loads, runs.after_first["failed.jsonl"].splitlines())}
    expected = {
        "binary.bin": ("BinarySource", "PDF"),
        "broken.txt": ("UnreadableSource", "utf-16"),
        "empty.txt": ("EmptySource", "white space"),
        "nowhere.txt": ("UnreadableSource", "no such file"),
        "page.html": ("EmptySource", "script"),
    }
    assert failed.keys() == expected.keys()
    for name, (error, words) in expected.items():
        assert failed[name]["error"] == error
        assert words in failed[name]["reason"]
        assert "\n" not in failed[name]["reason"]
    assert runs.first.code == 1


def test_a_second_run_takes_only_what_is_new_or_changed(runs: Runs) -> None:
    (told,) = runs.second.rows()
    assert (told["cleaned"], told["unchanged"], told["records"]) == (2, 2, 4)


def test_a_changed_source_replaces_its_records_and_the_others_stay(runs: Runs) -> None:
    titles = {row["source"]: row["title"] for row in rows(runs.out, "articles.jsonl")}
    assert titles["ferry.txt"] == "Night ferry gets two more years"
    assert list(titles) == ["ferry.txt", "north/mill.txt", "pears.txt", "south/harbour.txt"]
    before = [line for line in runs.after_first["articles.jsonl"].splitlines() if b'"ferry.txt"' not in line]
    assert set(before) <= set((runs.out / "articles.jsonl").read_bytes().splitlines())
    assert (runs.out / "removed.jsonl").read_bytes() == runs.after_first["removed.jsonl"]


@pytest.fixture(scope="module")
def two_orders(folder: Path) -> tuple[Done, Done]:
    """Two fresh runs over the same documents: a glob and a folder, and every file by itself in another order."""
    one = clean(folder, "run", "scrapes/*.txt", "bad", "nowhere.txt", "--out", "one")
    files = sorted((path.relative_to(folder).as_posix() for path in (folder / "bad").iterdir()), reverse=True)
    return one, clean(folder, "run", "nowhere.txt", *files, "scrapes/pears.txt", "scrapes/ferry.txt", "--out", "two")


@pytest.mark.usefixtures("two_orders")
@pytest.mark.parametrize("file", FILES)
def test_the_order_of_inputs_changes_no_byte(folder: Path, file: str) -> None:
    assert (folder / "one" / file).read_bytes()
    assert (folder / "one" / file).read_bytes() == (folder / "two" / file).read_bytes()


def test_the_closing_table_is_for_people_and_names_each_failure(two_orders: tuple[Done, Done]) -> None:
    for done in two_orders:
        assert (done.code, done.out) == (1, b"")
        assert "unchanged" in done.err
        for name in ("binary.bin", "broken.txt", "empty.txt", "nowhere.txt", "page.html"):
            assert sum(line.startswith(f"{name}: ") for line in done.err.splitlines()) == 1
    assert two_orders[0].err.replace("one/", "two/") == two_orders[1].err


def test_without_out_standard_output_gets_records_and_nothing_else(folder: Path) -> None:
    arguments = ("run", "-", "scrapes/ferry.txt", "bad/binary.bin", "--scraped", "2024-05-12T18:30")
    done = clean(folder, *arguments, stdin=PAGE.encode())
    assert [(row["source"], row["updated"]) for row in done.rows()] == [("-", "2024-05-12T15:30"), ("ferry.txt", None)]
    assert done.err == "binary.bin: this is a PDF file, not text\n"
    assert done.code == 1
    assert not (folder / "articles.jsonl").exists()


def test_a_rule_of_one_s_own_joins_and_is_counted(folder: Path) -> None:
    done = clean(folder, "run", "scrapes/pears.txt", "--out", "ruled", "--rules", "my-rules")
    assert done.code == 0
    assert "promo.app.gazette-radio" in [row["rule"] for row in rows(folder / "ruled", "removed.jsonl")]
    listed = clean(folder, "rules", "list", "--out", "ruled", "--rules", "my-rules", "--label", "promo", "--json")
    counts = {row["id"]: row["count"] for row in listed.rows()}
    assert counts["promo.app.gazette-radio"] == 1
    assert counts["promo.donation.your-support"] == 1
    assert counts["promo.donation.button"] == 0
    assert all(row["label"].startswith("promo") for row in listed.rows())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--bogus"], ["No such option"]),
        (["run"], ["name files, folders or globs"]),
        (["sweep"], ["No such command"]),
        (["run", "scrapes", "--scraped", "tuesday"], ["--scraped 'tuesday'", "2024-05-03"]),
        (["score", "nowhere"], ["no folder nowhere"]),
        (["rules", "list", "--out", "bad"], ["bad holds no finished run"]),
        (["run", "scrapes", "--rules", "nowhere"], ["nowhere: there is no such folder of rules. Check the path"]),
        (["run", "scrapes", "--metrics", "a.prom"], ["--metrics is for a directory: name one by --out"]),
        (["run", "scrapes", "--format", "parquet"], ["--format is for a directory"]),
        (["run", "scrapes", "--scraped", ""], ["--scraped '' is no time"]),
        (["run", "scrapes", "--certainty", "1.5"], ["less than or equal to 1"]),
        (["run", "scrapes", "--workers", "-5"], ["greater than or equal to -1"]),
        (["run", "scrapes", "--out", "new", "--metrics", "new/state.duckdb"], ["belongs to the runs of new"]),
        (["export", "bad", "--out", "bad/articles.jsonl"], ["belongs to the runs of bad; name another file"]),
        (["report", "bad", "--out", "./bad/run.json"], ["belongs to the runs of bad; name another file"]),
        (["explain", "scrapes"], ["scrapes holds more than one document; name one of them by --document"]),
        (["explain", "told"], ["told holds no document"]),
        (["explain", "scrapes/ferry.txt", "--document", "fery.txt"], ["no document 'fery.txt'", "such as 'ferry.txt'"]),
        (["export", "bad", "--out", "./bad"], ["is the directory of the runs itself"]),
        (["status", "nowhere"], ["nowhere holds no finished run"]),
        (["run", "", "--out", "new"], ["'' is no path"]),
        (["run", "--forget", "ferry.txt", "--out", "nowhere"], ["nowhere holds no finished run"]),
    ],
    ids=lambda value: " ".join(value) if value and value[0] in ("run", "sweep", "score", "rules") else "",
)
def test_wrong_use_exits_with_2_and_says_so(folder: Path, arguments: Sequence[str], words: Sequence[str]) -> None:
    done = clean(folder, *arguments)
    assert (done.code, done.out) == (2, b"")
    assert all(word in done.err for word in words)
    assert "Traceback" not in done.err
    assert not (folder / "nowhere").exists()
    assert not (folder / "bad" / ".lock").exists()


@pytest.mark.parametrize("out", [(), ("--out", "nothing")], ids=str)
def test_where_there_is_nothing_to_clean_that_is_told(folder: Path, out: Sequence[str]) -> None:
    done = clean(folder, "run", "told", *out, "--workers", "0")
    told = "there was nothing to clean: no file was found but what is no scrape by its name: README.md\n"
    assert (done.code, done.out, done.err) == (0, b"", told)


def test_no_rule_with_a_label_is_told(folder: Path) -> None:
    done = clean(folder, "rules", "list", "--label", "nonsense", "--json")
    assert (done.code, done.out, done.err) == (0, b"", "there is no rule whose label starts with nonsense\n")


def test_a_broken_rule_is_told_with_file_rule_what_and_how_to_mend_it(folder: Path, tmp_path: Path) -> None:
    write(tmp_path, {"odd/en/promo.toml": RULE.replace("any    =", "colour = 1\nany    =")})
    done = clean(folder, "run", "scrapes/ferry.txt", "--rules", str(tmp_path / "odd"), "--out", "not-made")
    assert (done.code, done.out) == (2, b"")
    for words in ("odd/en/promo.toml", "'promo.app.gazette-radio'", "unknown key 'colour'", "Known keys are"):
        assert words in done.err
    assert not (folder / "not-made").exists()


def test_a_directory_that_cannot_be_made_is_told(folder: Path, tmp_path: Path) -> None:
    write(tmp_path, {"taken": "mine"})
    done = clean(folder, "run", "scrapes/ferry.txt", "--out", str(tmp_path / "taken"))
    assert (tmp_path / "taken").read_bytes() == b"mine"
    assert (done.code, done.out) == (2, b"")
    assert "cannot be written" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "scrapes", "--out", ""), ("run", "", "--out", "out"), ("run", ""), ("status", ""), ("report", ""),
        ("run", "scrapes", "--out", "out", "--metrics", ""), ("run", "scrapes", "--rules", ""), ("explain", ""),
        ("export", "out", "--out", ""), ("rules", "learn", ""), ("rules", "check", "--corpus", ""), ("score", ""),
        ("run", "--forget", "a.txt", "--out", ""),
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_empty_path_is_not_the_current_directory(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write(tmp_path, {"scrapes/ferry.txt": FERRY})
    done = clean(tmp_path, *arguments)
    assert (done.code, done.out) == (2, b"")
    assert "empty" in done.err or "no path" in done.err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["ferry.txt", "scrapes"]


def test_an_unreadable_file_costs_only_itself(tmp_path: Path) -> None:
    write(tmp_path, {"in/ferry.txt": FERRY, "in/secret.txt": MILL})
    forbid(tmp_path / "in" / "secret.txt", os.R_OK)
    done = clean(tmp_path, "run", "in", "--out", "out")
    assert done.code == 1
    assert [row["source"] for row in rows(tmp_path / "out", "articles.jsonl")] == ["ferry.txt"]
    (failure,) = rows(tmp_path / "out", "failed.jsonl")
    assert (failure["source"], failure["reason"]) == ("secret.txt", "it cannot be opened: permission denied")


def test_a_directory_without_the_right_to_write_is_told(folder: Path, tmp_path: Path) -> None:
    forbid(tmp_path, os.W_OK)
    done = clean(folder, "run", "scrapes/ferry.txt", "--out", str(tmp_path))
    tmp_path.chmod(0o700)
    assert done.code == 2
    assert "cannot be written" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def margin(folder: Path) -> bytes:
    """The margin of the page, as it comes out of a pipe."""
    done = clean(folder, "explain", "scrapes/pears.txt")
    assert (done.code, done.err) == (0, "")
    return done.out


def test_explain_prints_a_margin_that_can_be_read(margin: bytes) -> None:
    blocks = CLEANER.clean(PAGE).blocks
    gold = read(margin.decode(), blocks)
    assert [row.text for row in gold.rows if not row.same_line] == [
        line if not line.startswith("PORT ALDER") else "PORT ALDER:" for line in PAGE.splitlines()
    ]
    assert gold.rows[0].label == "promo.donation"


def test_explain_is_plain_in_a_pipe_and_gives_reasons(margin: bytes) -> None:
    assert b"\x1b" not in margin
    assert b"# related.heading.read-also: Heading of a list of links to other stories.\n" in margin


def test_explain_gives_rows_as_json(folder: Path, margin: bytes) -> None:
    done = clean(folder, "explain", "-", "--json", stdin=PAGE.encode())
    gold = read(margin.decode(), CLEANER.clean(PAGE).blocks)
    assert [(row["start"], row["end"], row["label"], row["text"]) for row in done.rows()] == [
        (row.start, row.end, row.label, row.text) for row in gold.rows
    ]


def test_a_terminal_gets_colours_but_nothing_from_the_text_that_it_would_obey(tmp_path: Path) -> None:
    odd = FERRY.replace("harbour council", "harbour\u202e \x1b[31mcouncil\x1b]0;owned\x07 [bold]chair[/bold]")
    write(tmp_path, {"odd.txt": f"Share\nTweet\n{odd}"})
    sent = clean_on_a_terminal(tmp_path, "explain", "odd.txt")
    assert "[bold]chair[/bold]" in sent
    assert "\\u202e" in sent
    assert not {"\u202e", "\x07", "\x1b]"} & {*sent, sent[max(0, sent.find("\x1b]")) :][:2]}
    assert ";31m" in sent  # red, for what is removed
    assert "\x1b[31mcouncil" not in sent


def test_no_color_is_honoured(tmp_path: Path) -> None:
    told = "there is no folder nowhere"
    coloured = clean_on_a_terminal(tmp_path, "score", "nowhere", code=2)
    plain = clean_on_a_terminal(tmp_path, "score", "nowhere", code=2, NO_COLOR="1")
    assert told in coloured
    assert "31m" in coloured
    assert told in plain
    assert "31m" not in plain


def test_what_failed_is_explained_with_the_rules_and_options_of_the_run(tmp_path: Path) -> None:
    write(tmp_path, {"in/-odd.bin": "%PDF-1.4", "my rules/en/promo.toml": RULE})
    asked = ("--rules", "../my rules", "--scraped", "2024-05-12", "--boundary", "0.9", "--fast")
    clean(tmp_path / "in", "run", ".", "--out", "../out", "--workers", "0", *asked)
    (failed,) = rows(tmp_path / "out", "failed.jsonl")
    told = "clean explain ./-odd.bin --document -odd.bin --rules '../my rules' --scraped '2024-05-12 00:00:00'"
    assert failed["reproduce"] == f"{told} --boundary 0.9 --fast"
    done = clean(tmp_path / "in", *shlex.split(failed["reproduce"])[1:])
    assert (done.code, done.err) == (1, "-odd.bin: this is a PDF file, not text\n")


def test_what_failed_is_explained_by_the_command_that_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"rows.jsonl": json.dumps({"story": FERRY}) + "\n" + json.dumps({"story": 7}) + "\n"})
    clean(tmp_path, "run", "rows.jsonl", "--out", "out", "--workers", "0", "--text-field", "story")
    (failed,) = rows(tmp_path / "out", "failed.jsonl")
    assert failed["reproduce"] == "clean explain rows.jsonl --document 'rows.jsonl#2' --text-field story"
    done = clean(tmp_path, *shlex.split(failed["reproduce"])[1:])
    assert (done.code, done.err) == (1, "rows.jsonl#2: its field 'story' holds no text, but a number\n")
    shown = clean(tmp_path, "explain", "rows.jsonl", "--document", "rows.jsonl#1", "--text-field", "story")
    assert b"title                  | Night ferry gets one more year\n" in shown.out


def test_options_of_the_cleaner_are_those_of_the_command(tmp_path: Path) -> None:
    write(tmp_path, {"two.txt": (ROOT / "corpus" / "two-stories-byline-and-clock" / "source.txt").read_bytes()})
    whole = clean(tmp_path, "run", "two.txt", "--workers", "0")
    uncut = clean(tmp_path, "run", "two.txt", "--workers", "0", "--boundary", "1.1", "--certainty", "1", "--fast")
    assert (len(whole.rows()), len(uncut.rows())) == (2, 1)


def test_explain_of_a_bad_input_is_a_failed_input(folder: Path) -> None:
    done = clean(folder, "explain", "bad/binary.bin")
    assert (done.code, done.out) == (1, b"")
    assert done.err == "binary.bin: this is a PDF file, not text\n"


def test_score_passes_what_explain_printed_and_tells_what_differs(margin: bytes, tmp_path: Path) -> None:
    wrong = b"# expect: fail on purpose\n" + margin.replace(b"related.item   ", b"body.list      ")
    write(tmp_path, {"cases/pears/source.txt": PAGE, "cases/pears/gold.txt": margin})
    write(tmp_path, {"cases/wrong/source.txt": PAGE, "cases/wrong/gold.txt": wrong})
    done = clean(tmp_path, "score", "cases")
    lines = done.out.decode().splitlines()
    assert done.code == 0
    assert [line.split()[0] for line in lines[:3]] == ["case", "pears", "wrong"]
    assert lines[1].split()[1:3] == ["1.000", "1.000"]
    assert [line.split()[0] for line in lines[4:8]] == ["label", "kept", "metadata", "removed"]
    assert "wrong (expected to fail)" in lines
    assert "    related.item instead of body.list: '- Why the old pier is closing'" in lines
    assert lines[-1] == "1 of 2 cases are exactly as their gold"


def test_rules_check_passes_the_bundled_rules_and_one_s_own(folder: Path) -> None:
    done = clean(folder, "rules", "check", "--rules", "my-rules")
    assert (done.code, done.out) == (0, b"")
    assert "all is well" in done.err


def test_the_version(tmp_path: Path) -> None:
    assert clean(tmp_path, "--version") == (0, f"{__version__}\n".encode(), "")


@pytest.mark.parametrize(
    ("arguments", "example"),
    [
        ([], "clean run scrapes/ --out cleaned/"),
        (["run"], "clean run 'inbox/*.jsonl.gz'"),
        (["explain"], "clean explain page.txt"),
        (["score"], "clean score corpus"),
        (["rules", "check"], "clean rules check --rules my-rules/"),
        (["rules", "list"], "clean rules list --label promo"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_help_has_examples(tmp_path: Path, arguments: Sequence[str], example: str) -> None:
    done = clean(tmp_path, *arguments, "--help")
    assert done.code == 0
    assert example in done.out.decode()
