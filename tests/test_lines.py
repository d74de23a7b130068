"""The lines of sources, in a file that only grows, until most of it is lines that no source has any more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clean.errors import OutputError
from clean.runs import state as states
from clean.runs.lines import Lines
from clean.runs.names import LINES
from clean.runs.state import State
from clean.runs.work import Row

LARGE = 100_000  # bytes of the lines of a source


def row(name: str, text: bytes) -> Row:
    """The row of a source with such lines."""
    counts = dict.fromkeys(("records", "words", "titles", "dates", "run", "bytes"), 1)
    texts = dict.fromkeys(("input", "digest", "settings", "version", "site"), name)
    told = {"outcome": "cleaned", "labels": [], "rules": [], "warnings": [], "told": False}
    return {"source": name, "articles": text, "removed": text[:1], "failed": b""} | counts | texts | told


def all_of(state: State) -> list[tuple[bytes, bytes]]:
    """The lines of all sources, in order."""
    return list(zip(state.written("articles"), state.written("removed"), strict=True))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    found = State(tmp_path)
    yield found
    found.close()


def test_what_is_added_is_read_from_its_place(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "lines", 0)
    places = [lines.add(content) for content in (b"ferry", b"", b"mill")]
    lines.sync()
    assert [lines.read(place, size) for place, size in zip(places, (5, 0, 4), strict=True)] == [b"ferry", b"", b"mill"]
    lines.close()


def test_what_was_written_and_did_not_come_to_count_is_cut_off(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"ferrymi")
    lines = Lines(tmp_path / "lines", 5)
    assert lines.add(b"quarry") == 5
    lines.sync()
    lines.close()
    assert (tmp_path / "lines").read_bytes() == b"ferryquarry"


def test_a_file_that_is_only_read_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"ferrymi")
    lines = Lines(tmp_path / "lines", 5, read_only=True)
    assert lines.read(0, 5) == b"ferry"
    lines.close()
    assert (tmp_path / "lines").read_bytes() == b"ferrymi"


def test_a_file_that_lost_bytes_is_refused(tmp_path: Path, state: State) -> None:
    state.replace([row("a", b"ferry\n")])
    state.close()
    (tmp_path / LINES[0]).write_bytes(b"fer")
    with pytest.raises(OutputError, match="holds 3 bytes, and 7 belong to it; put back a copy"):
        State(tmp_path)


def test_lines_that_no_source_has_any_more_are_let_go(tmp_path: Path, state: State) -> None:
    wanted = [(b"%03d" % number * LARGE, b"0") for number in range(20)]
    for _ in range(3):
        state.replace([row(f"{number:02}", text) for number, (text, _) in reversed(list(enumerate(wanted)))])
        assert all_of(state) == wanted
    before = (tmp_path / LINES[0]).stat().st_size
    state.compact()
    assert [path.name for path in sorted(tmp_path.glob("*.lines"))] == [LINES[1]]
    assert (tmp_path / LINES[1]).stat().st_size * 3 == before
    assert all_of(state) == wanted
    state.compact()  # nothing more to let go
    state.close()
    again = State(tmp_path)
    assert all_of(again) == wanted
    again.close()


def test_a_run_that_dies_while_it_lets_lines_go_loses_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path)
    for _ in range(3):
        state.replace([row("a", b"a" * LARGE * 20), row("b", b"b" * LARGE)])
    wanted = all_of(state)
    monkeypatch.setattr(states, "MOVED", "SELECT error('the disk is full' || ? || ?)")
    with pytest.raises(OutputError, match="the disk is full"):
        state.compact()
    assert (tmp_path / LINES[1]).exists()
    assert all_of(state) == wanted
    state.close()
    again = State(tmp_path)
    assert all_of(again) == wanted
    assert not (tmp_path / LINES[1]).exists()
    again.close()


def test_sources_of_any_size_are_kept_in_little_memory(tmp_path: Path, state: State) -> None:
    size = 1 << 20
    for number in range(200):  # more than the database may hold in memory
        state.replace([row(f"{number:03}", b"%03d\n" % number * (size // 4))])
    assert [line[:4] for line, _ in all_of(state)] == [b"%03d\n" % number for number in range(200)]
