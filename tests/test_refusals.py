"""What is told of a directory whose state cannot be used, and that it stays as it was."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from shutil import copytree

import duckdb
import pytest

from clean.errors import OutputError
from clean.runs.export import export
from clean.runs.local import run
from clean.runs.names import LINES, MANIFEST, ROWS, STATE
from clean.runs.refusals import told
from tests.conftest import CLEANER
from tests.samples import FERRY, MILL, PAGE, contents, write

AGAIN = "put back a copy of the whole directory, or move it aside and clean everything anew"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents and a finished run over them."""
    folder = tmp_path_factory.mktemp("whole")
    write(folder, {"in/ferry.txt": FERRY, "in/mill.txt": MILL, "in/pears.txt": PAGE})
    run([str(folder / "in")], folder / "out", cleaner=CLEANER)
    return folder


def other(path: Path) -> None:
    """Put a database of somebody else's in its place."""
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE boats (name VARCHAR)")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "random": lambda path: path.write_bytes(Random(1).randbytes(20000)),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "flipped": lambda path: path.write_bytes(path.read_bytes()[:4096] + bytes(4096) + path.read_bytes()[8192:]),
    "empty": lambda path: path.write_bytes(b""),
    "other": other,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_state_that_is_broken_is_told_with_what_to_do_and_nothing_is_changed(
    whole: Path, tmp_path: Path, damage: str
) -> None:
    out = copytree(whole / "out", tmp_path / "out")
    DAMAGES[damage](out / STATE)
    before = contents(out)
    for use in (lambda: run([str(whole / "in")], out, cleaner=CLEANER), lambda: export(out, tmp_path / "x", "jsonl")):
        with pytest.raises(OutputError, match=rf"state\.duckdb is broken, or not made by clean \(.*\); {AGAIN}"):
            use()
        assert contents(out) == before


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_lines_that_are_gone_are_told_with_what_to_do(whole: Path, tmp_path: Path, damage: str) -> None:
    out = copytree(whole / "out", tmp_path / "out")
    (DAMAGES["cut"] if damage == "cut" else Path.unlink)(out / LINES[0])
    what = r"state\.0\.lines holds [\d,]+ bytes" if damage == "cut" else r"there is no file .*state\.0\.lines"
    with pytest.raises(OutputError, match=rf"{what}, and [\d,]+ belong to it; {AGAIN}"):
        run([str(whole / "in")], out, cleaner=CLEANER)


@pytest.mark.parametrize("content", [b"\0", b"x", b"{"])
def test_lines_that_are_broken_are_told_and_never_written_into_the_rows(
    whole: Path, tmp_path: Path, content: bytes
) -> None:
    out = copytree(whole / "out", tmp_path / "out")
    before = {file: (out / file).read_bytes() for file in ROWS}
    size = (out / LINES[0]).stat().st_size
    (out / LINES[0]).write_bytes(content * size)
    for use in (lambda: run([str(whole / "in")], out, cleaner=CLEANER), lambda: export(out, tmp_path / "x", "jsonl")):
        with pytest.raises(OutputError, match=rf"state\.0\.lines is broken: .*; {AGAIN}"):
            use()
        assert {file: (out / file).read_bytes() for file in ROWS} == before


def test_a_state_that_was_taken_away_is_missed(whole: Path, tmp_path: Path) -> None:
    out = copytree(whole / "out", tmp_path / "out")
    (out / STATE).unlink()
    with pytest.raises(
        OutputError, match=rf"run\.json is a manifest of clean, but there is no state\.duckdb .*{AGAIN}"
    ):
        run([str(whole / "in")], out, cleaner=CLEANER)
    assert (out / MANIFEST).exists()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (duckdb.IOException('Could not write file "a/state.duckdb": No space left on device'), "no space left on the"),
        (OSError(28, "No space left on device"), "there is no space left on the device; make room, then start again"),
        (PermissionError(13, "Permission denied"), "cannot be opened: permission denied; get the right to"),
        (OSError(30, "Read-only file system"), "cannot be written: its file system is read-only"),
        (duckdb.IOException("Could not set lock on file: held in python (PID 7)"), "in use by process 7; wait"),
        (duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block"), "needs more memory than there is"),
        (duckdb.IOException("Could not write file: File too large"), r"cannot be written \(.*File too large\); mend"),
        (OSError(5, "Input/output error"), r"cannot be used \(Input/output error\); mend that"),
    ],
    ids=str,
)  # fmt: skip
def test_what_keeps_a_state_from_being_used_is_told_with_what_to_do(error: Exception, words: str) -> None:
    with pytest.raises(OutputError, match=rf"state\.duckdb .*{words}"), told(Path("out")):
        raise error
