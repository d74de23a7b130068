"""Pages: all visible text in order, what markup says of each line, encodings, and parsers that give up."""

import pytest

from clean.errors import EmptySource, UnreadableSource
from clean.readers import read
from clean.readers.html import decode_page
from clean.repair import repair
from tests.conftest import CLEANER
from tests.test_laws import assert_reasons, assert_replays, assert_tiles

PAGE = """<!DOCTYPE html><html lang="en"><head><title>Orchard frost | The Daily Lamp</title>
<meta property="og:title" content="Orchard frost wipes out early pears"><style>p { color: red }</style></head>
<body><nav><ul><li><a href="/">Home</a><li><a href="/w">Weather</a></ul></nav>
<article><h1>Orchard frost wipes out early pears</h1><time datetime="2024-05-12">12 May</time>
<p><span class="first">G</span>rowers around the harbour lost <b>most</b> of their
   early pears.<br>A second line.</p><pre>row 1
row 2</pre><div>Text <p>within</p> tail</div><script>track()</script></article>
<footer hidden>Copyright The Daily Lamp</footer></body></html>"""
SHOWN = [
    "Home", "Weather", "Orchard frost wipes out early pears", "12 May",
    "Growers around the harbour lost most of their early pears.", "A second line.", "row 1", "row 2",
    "Text", "within", "tail", "Copyright The Daily Lamp",
]  # fmt: skip


def test_all_that_shows_is_text_in_document_order() -> None:
    source = read(PAGE)
    assert [block.text for block in repair(source)] == SHOWN


def test_every_line_knows_where_it_stood() -> None:
    source = read(PAGE)
    assert source.page is not None
    assert [line.start for line in source.page.lines] == [block.start for block in repair(source)]
    tags = [source.page.elements[line.element].tag for line in source.page.lines]
    assert tags == ["li", "li", "h1", "article", "p", "p", "pre", "pre", "div", "p", "div", "footer"]
    linked = [line.linked for line in source.page.lines]
    assert linked == [4, 7, *[0] * 10]
    assert source.page.lines[3].time == "2024-05-12"
    assert source.page.elements[source.page.lines[-1].element].hidden


def test_laws_hold_on_a_page() -> None:
    result = CLEANER.clean(PAGE)
    for law in (assert_tiles, assert_replays, assert_reasons):
        law(result)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ('<html><meta charset="iso-8859-1"><p>Café “Nord”</p>'.encode("cp1252"), "windows-1252"),
        ('<html><meta charset="iso-8859-1"><p>Café “Nord”</p>'.encode(), "utf-8"),
        ('<html><meta charset="shift_jis"><p>青森の灯台①</p>'.encode("cp932"), "cp932"),
        ('<html><meta charset="no-such"><p>Café</p>'.encode(), "utf-8"),
        ("\ufeff<html><p>Café</p>".encode("utf-16-le"), "utf-16"),
    ],
    ids=["Latin", "a wrong declaration", "Japanese", "no such encoding", "a byte order mark"],
)
def test_encodings(content: bytes, encoding: str) -> None:
    text, found = decode_page(content)
    assert found == encoding
    assert read(content).text == text[text.index("<p>") + 3 :].removesuffix("</p>")


@pytest.mark.parametrize("tags", ["<div>", "<b>", "<table><tr><td>", "<ul><li>"])
def test_a_page_nested_without_end_is_told_and_not_lost(tags: str) -> None:
    with pytest.raises(UnreadableSource, match="Excessive depth"):
        read(f"<html><body><p>News.</p>{tags * 100_000}")
    assert read(f"<html><body><p>News.</p>{tags * 300}The end.").text.startswith("News.")


@pytest.mark.parametrize("page", ["<html></html>", "<!DOCTYPE html>", "<html><script>write('News')</script>"])
def test_a_page_that_shows_nothing_is_told(page: str) -> None:
    with pytest.raises(EmptySource):
        read(page)


def test_oddities_cost_no_text() -> None:
    for odd in ("a\x00b", "a\ud800b", "a\u2028b", "a&#0;b", "a&nbsp;b", "a\x1bb", "<p>a</b></i>b", "a<!-- c -->b"):
        text = read(f"<html><body>{odd}</body></html>").text
        assert text[0] == "a"
        assert text[-1] == "b"
