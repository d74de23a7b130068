"""The report shows what became of the documents of a directory, and none of them can write into its page."""

from pathlib import Path

import pytest
from lxml import html

from clean.errors import UsageError
from clean.runs.local import run
from clean.runs.overview import LONGEST_DOCUMENT, document, overview
from clean.runs.report import page
from clean.writers.jsonl import line
from tests.conftest import CLEANER
from tests.samples import FERRY, MILL, PAGE, write
from tests.test_cli import clean

HOSTILE = f"<script>alert('pears')</script> & <b>more</b>\x1b[31m\n\n{MILL}"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("report")
    write(folder / "in" / "gazette", {"pears.txt": PAGE, "ferry.txt": FERRY, "<i>.txt": HOSTILE, "a.pdf": b"%PDF-1.7"})
    run([str(folder / "in")], folder / "out", cleaner=CLEANER)
    return folder / "out"


def test_it_holds_all_pieces_of_a_document(out: Path) -> None:
    (shown,) = (one for one in overview(out).shown["by lot"] if one.source.endswith("pears.txt"))
    (story,) = shown.stories
    pieces = "".join(piece.text for piece in story.pieces)
    source = story.record["title"] + pieces + "".join((*story.record["summary"], *story.record["captions"]))
    assert sorted("".join(source.split())) == sorted("".join(PAGE.split()))
    assert not shown.left_out


def test_what_stands_in_documents_is_text(out: Path) -> None:
    written = page(overview(out))
    tree = html.document_fromstring(written.decode())
    assert not tree.xpath("//script | //i | //b")
    assert "<script>alert('pears')</script> & <b>more</b>" in tree.text_content()
    assert b"\x1b" not in written


def test_it_needs_nothing_beside_itself(out: Path) -> None:
    tree = html.document_fromstring(page(overview(out)).decode())
    assert not tree.xpath("//@src | //@href | //link")


def test_it_tells_figures(out: Path) -> None:
    text = " ".join(html.document_fromstring(page(overview(out)).decode()).text_content().split())
    assert "4 sources, 3 records" in text
    for title in ("Characters", "Documents", "Rules that removed most often", "Sites", "Quarantined", "Runs"):
        assert title in text
    assert "BinarySource" in text
    assert "gazette" in text
    assert "Sites that drift" not in text


def test_the_same_state_makes_the_same_page(out: Path) -> None:
    assert page(overview(out)) == page(overview(out))


def test_a_long_document_is_cut() -> None:
    passage = {"start": 10, "end": 20, "kind": "paragraph", "text": "x" * LONGEST_DOCUMENT, "duplicate_of": None}
    longer = {**passage, "start": 30, "text": "y" * 100}
    record = {"start": 0, "body": [{**passage, "text": "a beginning"}, longer, {**passage, "start": 130}]}
    shown = document("a.txt", line(record), b"")
    assert [len(story.pieces) for story in shown.stories] == [2]
    assert shown.left_out == LONGEST_DOCUMENT


def test_the_command_writes_the_page(out: Path, tmp_path: Path) -> None:
    done = clean(tmp_path, "report", str(out), "--out", "page.html")
    assert done.code == 0
    assert "page.html" in done.err
    assert (tmp_path / "page.html").read_bytes().startswith(b"<!DOCTYPE html>")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_directory_without_runs_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no finished run"):
        overview(tmp_path)
