"""Bytes become the text they were, or a sentence that says why not."""

import pytest

from clean.errors import BinarySource, UnreadableSource, UnsupportedSource
from clean.readers import read
from clean.readers.text import decode

GERMAN = (
    "Die Bürger von Großhöfen müssen künftig mehr für das Wasser zahlen. Die Gebühren steigen zum 1. Juli um zwölf"
    " Prozent, wie der Gemeinderat am Dienstag beschloss. „Wir hätten früher erhöhen müssen“, sagte der Kämmerer."
)
RUSSIAN = "Городской совет Верхнего Волока проголосовал за новый мост через реку. Работы начнутся весной, сообщил мэр."
JAPANESE = "港町の市議会は金曜日、夜間の渡し船を運航することを決めた。来月から週末に試験的に始めるという。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"), (GERMAN, "utf-8-sig"), (GERMAN, "utf-16"), (GERMAN, "utf-32"), (GERMAN, "windows-1252"),
        (RUSSIAN, "windows-1251"), (RUSSIAN, "koi8-r"), (JAPANESE, "shift_jis"), (JAPANESE, "euc-jp"),
        (GERMAN, "utf-16-le"), (GERMAN, "utf-16-be"), ("“Night ferry’s late”, he said.", "utf-16-le"),
    ],
)  # fmt: skip
def test_encodings(text: str, encoding: str) -> None:
    assert decode((text * 3).encode(encoding))[0] == text * 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 ...", "a PDF file"),
        (b"PK\x03\x04....", "ZIP"),
        (bytes(range(256)) * 4, "control characters"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive"),
    ],
)
def test_what_is_not_text_is_refused_by_name(content: bytes, words: str) -> None:
    with pytest.raises(BinarySource, match=words):
        decode(content)


@pytest.mark.parametrize("encoding", ["iso2022_jp", "iso2022_kr"])
@pytest.mark.parametrize("around", ["{}", "<html><head><meta charset=utf-8></head><body><p>{}</p></body></html>"])
def test_what_is_ascii_between_escapes_is_decoded(encoding: str, around: str) -> None:
    text = around.format(
        "港町の議会は金曜日、夜間フェリーを一年間延長した。" if encoding == "iso2022_jp" else "항만 의회는 금요일"
    )
    assert read(text.encode(encoding), kind="auto").text.strip() == read(text).text.strip()


def test_the_colours_of_a_terminal_are_no_encoding() -> None:
    assert read(b"It \x1b[31mfroze\x1b[0m in \x1b$ May.").encoding == "utf-8"


def test_a_mark_that_lies_is_told() -> None:
    with pytest.raises(UnreadableSource, match="utf-16"):
        decode(b"\xff\xfea")


def test_xml_that_is_no_page_is_refused() -> None:
    feed = '<?xml version="1.0"?>\n<rss version="2.0"><channel><title>The Beacon</title></channel></rss>'
    for content in (feed, feed.partition("\n")[2], f"\ufeff\n{feed}", '<feed xmlns="http://www.w3.org/2005/Atom">'):
        with pytest.raises(UnsupportedSource, match="this is XML and no page"):
            read(content)
    assert read("<feed the birds> was painted on the wall.").page is None
    assert read('<?xml version="1.0"?>\n<html><body><p>Night ferry</p></body></html>').page is not None


PARAGRAPHS = "<p>The harbour council voted on Friday.</p>\n<p>Nobody <b>works</b> late.<br>Nobody.</p>"


@pytest.mark.parametrize(
    "page",
    [
        PARAGRAPHS,
        f"  <h1>Night ferry</h1>\n{PARAGRAPHS}",
        f'<article class="story"><div>\n  {PARAGRAPHS}</div></article>',
        f"<div id='main'>{PARAGRAPHS}</div>\nAll rights reserved.",
        f"<P>{PARAGRAPHS}",
        f"\ufeff<section>{PARAGRAPHS}</section>",
    ],
)
def test_a_page_without_its_head_is_a_page(page: str) -> None:
    for content in (page, page.encode(), page.encode("utf-16")):
        found = read(content)
        assert found.page is not None
        assert "The harbour council voted on Friday." in found.text.splitlines()
    assert read(page, kind="text").page is None


@pytest.mark.parametrize(
    "text",
    [
        "<p> and </p> are what a paragraph stands between, the pupils learned on Friday.",
        "<div>, </div>: of such signs the poem is made.",
        "<p> is what opens a paragraph, and </p> what closes it.",
        "The sign <p> opens a paragraph, and </p> closes it.",
        "<p>\nThe harbour council voted on Friday.",
        f"<h1>Night ferry</h1>\n{GERMAN}\n\n{GERMAN}",
        "<b>Night ferry</b>\nThe harbour council voted on Friday.",
        "<3 is how the letter ends.</p>",
    ],
)
def test_a_text_that_mentions_elements_is_a_text(text: str) -> None:
    assert read(text).page is None
    assert read(text.encode()).text == text


MARKDOWN = """\
[Skip to content](#top) ![logo](logo.png)

# Night ferry gets *one* more year

**PORT ALDER** — The harbour council voted on [Friday](https://gazette.example/friday) to run
it until the autumn.
---
> Nobody who works late can live here without it.

- 200,000 in the first year
2. a footnote
"""


def test_markdown_is_the_text_that_it_shows() -> None:
    for content in (MARKDOWN, MARKDOWN.encode("utf-16")):
        source = read(content, kind="markdown")
        assert source.page is None
        assert [line for line in source.text.split("\n") if line] == [
            "Skip to content",
            "Night ferry gets one more year",
            "PORT ALDER — The harbour council voted on Friday to run",
            "it until the autumn.",
            "Nobody who works late can live here without it.",
            "- 200,000 in the first year",
            "2. a footnote",
        ]


def test_a_text_without_marks_is_the_same_as_markdown() -> None:
    text = f"{GERMAN}\n\nEin zweiter Absatz.\nEine Zeile darunter."
    assert read(text, kind="markdown").text.split() == text.split()


def test_markdown_knows_the_breaks_that_texts_know() -> None:
    assert read("# Ferry\u2028It runs.\u2029It is late.", kind="markdown").text.split("\n") == [
        "Ferry", "", "It runs.", "", "It is late.",
    ]  # fmt: skip


def test_markdown_that_is_nested_too_deep_is_told_and_not_cut() -> None:
    assert "deep" in read("> " * 40 + "deep", kind="markdown").text
    with pytest.raises(UnreadableSource, match="more than 100 deep"):
        read("Ferry\n\n" + "> " * 120 + "deep", kind="markdown")
