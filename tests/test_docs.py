"""What the documents say is so: their commands and examples run, their tables are complete."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from clean.labels import LABELS
from clean.model import Passage, Record, Removal
from clean.rulebook import KEYS, MACROS, bundled_rules, read
from clean.runs.local import run
from tests import CORPUS, ROOT
from tests.conftest import CLEANER
from tests.test_formats import HOSTILE

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
RULE_FILE = Path("my-rules") / "en" / "promo.toml"  # where the README says that its rule goes


class Block(NamedTuple):
    """A fenced block of a document."""

    language: str
    line: int
    text: str


def blocks(text: str, language: str) -> list[Block]:
    """The fenced blocks in one language."""
    found = (Block(one[1], text.count("\n", 0, one.start()) + 1, one[2]) for one in FENCE.finditer(text))
    return [block for block in found if block.language == language]


def section(title: str) -> str:
    """The text of the README below a heading, without fenced blocks."""
    return FENCE.sub("", README.split(f"# {title}\n", 1)[1].split("\n## ", 1)[0])


def first_cells(text: str) -> Iterator[str]:
    """The first cell of every row of the tables in a text."""
    return (line.split("|")[1] for line in text.splitlines() if line.startswith("|"))


def ticked(text: str) -> set[str]:
    """What stands in back-ticks, word by word."""
    return {word for piece in re.findall("`([^`]+)`", text) for word in piece.split()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the README's commands speak of: the page, the rule of one's own, and the corpus."""
    made = tmp_path_factory.mktemp("readme")
    (made / "page.txt").write_text(blocks(README, "text")[0].text, encoding="utf-8")
    (made / RULE_FILE).parent.mkdir(parents=True)
    (made / RULE_FILE).write_text(blocks(README, "toml")[0].text, encoding="utf-8")
    shutil.copytree(CORPUS, made / "corpus")
    return made


def test_the_first_example_is_real(folder: Path, tmp_path: Path) -> None:
    """The record and the rows of the ledger that the README shows are what the tool makes of the page it shows."""
    run([str(folder / "page.txt")], tmp_path, cleaner=CLEANER)
    record, *others = map(json.loads, (tmp_path / "articles.jsonl").read_bytes().splitlines())
    rows = list(map(json.loads, (tmp_path / "removed.jsonl").read_bytes().splitlines()))
    shown = json.loads(blocks(README, "json")[0].text)
    assert others == []
    assert {key: record[key] for key in shown} == shown
    assert len(rows) == 10  # as the README says in words
    shown_rows = list(map(json.loads, blocks(README, "jsonl")[0].text.splitlines()))
    assert all(any(row.items() <= other.items() for other in rows) for row in shown_rows)


@pytest.mark.parametrize("block", blocks(README, "python"), ids=lambda block: f"line {block.line}")
def test_python_runs(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    exec(compile(block.text, f"README.md, line {block.line}", "exec"), {})


@pytest.mark.skipif(os.name != "posix", reason="the commands are written for a POSIX shell")
def test_commands_run(folder: Path) -> None:
    """All in one folder and one after the other, as a reader types them."""
    commands = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    told = [block for block in blocks(README, "sh") if not block.text.startswith("python3 ")]
    assert told
    for block in told:
        done = subprocess.run(
            ["sh", "-e", "-c", block.text],
            cwd=folder,
            env={**os.environ, "PATH": commands, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"README.md, line {block.line}: {done.stderr}"
    assert (folder / "out" / "articles.jsonl").read_bytes()
    assert len((folder / "records.jsonl").read_bytes().splitlines()) == 1


@pytest.mark.skipif(os.name != "posix", reason="the commands are written for a POSIX shell")
def test_schedules_run(folder: Path, tmp_path: Path) -> None:
    """The lines for cron and systemd are of their form, and their commands work as they stand, in another place."""
    shutil.copytree(folder / "corpus", tmp_path / "srv" / "inbox")
    (tmp_path / "srv" / "metrics").mkdir()
    commands = []
    for line in blocks(README, "crontab")[0].text.splitlines():
        *when, command = line.split(" ", 5)
        assert all(re.fullmatch(r"(\*|\d+)(/\d+)?", field) for field in when)
        commands.append(command.split(" || mail ")[0])
    service, timer = (configparser.ConfigParser(interpolation=None) for _ in range(2))
    for parser, block in zip((service, timer), blocks(README, "ini"), strict=True):
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(block.text)
    assert service["Service"]["Type"] == "oneshot"
    assert service["Service"]["SuccessExitStatus"] == "1"
    assert timer["Timer"]["OnCalendar"] == "hourly"
    commands.append(service["Service"]["ExecStart"].removeprefix("/usr/local/bin/"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for command in commands:
        words = command.replace("/srv", str(tmp_path / "srv"))
        words = re.sub(r"^clean ", f"{shlex.quote(sys.executable)} -m clean ", words)
        done = subprocess.run(["sh", "-c", words], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stderr)
    assert (tmp_path / "srv" / "cleaned" / "articles.jsonl").read_bytes()
    assert (tmp_path / "srv" / "metrics" / "clean.prom").read_bytes()
    assert (tmp_path / "srv" / "drift.txt").read_text() == "no site drifts\n"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    paths = [tmp_path / "clean.service", tmp_path / "clean.timer"]
    for path, block in zip(paths, blocks(README, "ini"), strict=True):
        path.write_text(block.text.replace("/usr/local/bin/clean", sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", *map(str, paths)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_tasks_for_schedulers_are_python() -> None:
    tasks = blocks(README, "py")
    assert len(tasks) == 2
    for block in tasks:
        compile(block.text, f"README.md, line {block.line}", "exec")


def test_the_set_up_lines_are_there_and_are_what_the_checks_run() -> None:
    lines = [block.text.strip() for block in blocks(README, "sh") if block.text.startswith("python3 ")]
    job, tests = lines
    assert job.startswith("python3 -m venv .venv && ")
    assert "clean run corpus --out out" in job
    assert tests.startswith("python3 -m venv .venv && ")
    assert tests.endswith(" -m pytest -n 2 --dist loadfile")
    if shutil.which("bash") is not None and os.name == "posix":
        told = subprocess.run(
            ["bash", str(ROOT / ".ci" / "run"), "--lines"], capture_output=True, text=True, check=True
        )
        assert told.stdout.splitlines() == lines
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert job not in script
    assert tests not in script


def test_the_tables_of_fields_are_complete() -> None:
    fields = {word.strip(",") for cell in first_cells(section("The record")) for word in ticked(cell)}
    assert fields == set(Record.__slots__)
    assert set(Passage._fields) <= ticked(section("The record"))
    assert {word for cell in first_cells(section("The ledger")) for word in ticked(cell)} == set(Removal._fields)


def test_the_table_of_labels_is_complete() -> None:
    found: dict[str, str] = {}
    fate = ""
    for row in section("Labels").splitlines():
        if row.startswith("|"):
            cells = row.split("|")
            fate = cells[1].strip() or fate
            found |= dict.fromkeys(ticked(cells[2]), fate)
    assert found == {name: label.fate for name, label in LABELS.items()}


def test_the_table_of_rule_keys_is_complete() -> None:
    text = section("Rules of your own")
    assert {word for cell in first_cells(text) for word in ticked(cell)} == set(KEYS)
    macros = {**MACROS, **CLEANER.vocabulary.calendar.macros()}
    assert {word.strip("{}") for word in ticked(text) if word.startswith("{")} == macros.keys()


def test_every_language_that_has_rules_is_named() -> None:
    names = {
        "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
        "fi": "Finnish", "fr": "French", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
        "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
        "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
    }  # fmt: skip
    folders = {path.name for path in bundled_rules().iterdir() if path.is_dir()} - {"any"}
    line = next(line for line in README.split("\n\n") if line.startswith("There are rules for ")).split(".")[0]
    assert {names[code] for code in folders} == set(re.findall("[A-Z][a-z]+", line)) - {"There"}


def test_the_table_of_hostile_input_is_the_one_that_is_tested() -> None:
    table = section("What bad input gets").split("| container | becomes |")[1]
    assert [cell.strip() for cell in first_cells(table)][1:] == list(HOSTILE)


def test_every_module_is_on_the_map() -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "clean").rglob("*.py")}
    rooms = {path for path in modules if path.count("/") > 1 and path.endswith("/__init__.py")}
    found = set(re.findall(r"^\| `(clean/[\w/]+\.py)` \|", CONTRIBUTING, re.MULTILINE))
    assert found - rooms == modules - rooms


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.md")) + sorted(CORPUS.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        assert "://" in link or (path.parent / link).exists(), link


def test_the_readme_s_rule_is_a_rule(folder: Path) -> None:
    book = read([folder / "my-rules"])
    assert book.problems == ()
    assert [rule.id for rule in book.rules] == ["promo.app.gazette-radio"]
