"""Every shape that a scrape comes in gives its documents, and what is broken in it costs only itself."""

import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any, NamedTuple

import orjson
import pytest

from clean.errors import EmptySource
from clean.readers.documents import DEEPEST, LARGEST, Document, Fields
from clean.readers.formats import documents, form_of
from clean.runs.inputs import find, one_document
from clean.runs.local import How, run
from clean.runs.names import ARTICLES, FAILED
from clean.runs.workers import Limits
from tests.conftest import CLEANER
from tests.samples import FERRY, MILL, PAGE, write

pa = pytest.importorskip("pyarrow")
UMLAUTS = (
    "Die Fähre fährt künftig auch nachts. Das beschloss der Rat von Großhöfen am Freitag mit sieben zu zwei Stimmen."
)
MHTML = """\
From: <Saved by a browser>
Snapshot-Content-Location: https://gazette.example/ferry
Date: Sun, 12 May 2024 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="----part"

------part
Content-Type: text/html; charset=windows-1252
Content-Transfer-Encoding: quoted-printable

<html><body><p>Die F=E4hre</p></body></html>
------part
Content-Type: image/png
Content-Transfer-Encoding: base64

AAAA
------part--
"""


def lines(*rows: object) -> bytes:
    """Rows as lines of JSON; what is bytes already is a line as it is."""
    return b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def tarred(members: Mapping[str, str | bytes], mode: str = "w") -> bytes:
    """A tar archive, with a link beside the files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    return made.getvalue()


def zstandard(content: bytes) -> bytes:
    """A frame of zstandard."""
    made = pa.BufferOutputStream()
    with pa.CompressedOutputStream(made, "zstd") as stream:
        stream.write(content)
    return bytes(made.getvalue().to_pybytes())


def parquet(columns: Mapping[str, Any], **how: Any) -> bytes:
    """A table of Parquet."""
    import pyarrow.parquet as pq

    made = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), made, **how)
    return made.getvalue()


class Page(NamedTuple):
    """A response in a web archive."""

    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),)
    status: str = "200 OK"


def warc(*pages: Page, compressed: bool = False, revisit: bool = False) -> bytes:
    """A web archive."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    made = io.BytesIO()
    writer = WARCWriter(made, gzip=compressed)
    told = {"WARC-Date": "2024-05-12T10:00:00Z"}
    for number, page in enumerate(pages):
        headers = StatusAndHeaders(page.status, list(page.headers), protocol="HTTP/1.1")
        url = f"https://gazette.example/{number}"
        body = io.BytesIO(page.body)
        record = writer.create_warc_record(url, "response", body, http_headers=headers, warc_headers_dict=told)
        writer.write_record(record)
    if revisit:
        writer.write_record(writer.create_revisit_record("https://gazette.example/0", "sha1:A", "x", "2024-05-12"))
    return made.getvalue()


def held(name: str, content: str | bytes, fields: Fields | None = None) -> list[Document]:
    """The documents in a file."""
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return list(documents(name, stream, fields))


def texts(name: str, content: str | bytes, fields: Fields | None = None) -> dict[str, str | bytes]:
    """The contents of the documents in a file that can be read, by name."""
    return {one.name: one.content for one in held(name, content, fields) if one.problem is None}


ROWS = lines({"id": "pears", "text": PAGE, "url": "https://gazette.example/pears"}, {"text": FERRY, "tag": "sea"})
NDJSON = {"pears": PAGE, "rows#2": FERRY}
WRAPPED_ROWS = {"pears": PAGE, "rows#1.2": FERRY}
TABLE = {"id": ["pears", "ferry"], "content": [PAGE, FERRY]}
WRAPPED: dict[str, str | bytes] = {
    "ferry.txt": FERRY,
    "deep/rows.jsonl": ROWS,
    "mill.txt.gz": gzip.compress(MILL.encode()),
}
UNWRAPPED: dict[str, str | bytes] = {
    "ferry.txt": FERRY.encode(),
    "pears": PAGE,
    "deep/rows.jsonl#2": FERRY,
    "mill.txt.gz": MILL.encode(),
}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("ferry.txt", FERRY, {"ferry.txt": FERRY.encode()}),
        ("notes.md", FERRY, {"notes.md": FERRY.encode()}),
        ("rows", ROWS, NDJSON),
        ("rows", b"\xef\xbb\xbf" + ROWS, NDJSON),
        ("rows", json.dumps([{"id": "pears", "text": PAGE}, {"text": FERRY}], indent=1), NDJSON),
        ("rows", json.dumps({"text": FERRY}, indent=1), {"rows#1": FERRY}),
        ("rows", json.dumps({"id": "pears", "text": PAGE}, indent=1) + json.dumps({"text": FERRY}), NDJSON),
        (
            "rows",
            json.dumps({"n": 2, "articles": [{"id": "pears", "text": PAGE}, {"text": FERRY}]}),
            WRAPPED_ROWS,
        ),
        (
            "rows",
            json.dumps({"answer": {"n": 2, "docs": [{"id": "pears", "html": PAGE}, {"body": FERRY}]}}, indent=1),
            WRAPPED_ROWS,
        ),
        ("rows", json.dumps({"text": FERRY, "comments": [{"text": "First!"}]}), {"rows#1": FERRY}),
        ("t.csv", f'id,text\npears,"{PAGE.replace(chr(34), chr(34) * 2)}"\n', {"pears": PAGE.encode()}),
        ("t.csv", f"nr;body\n1;{UMLAUTS}\n", {"t.csv#1": UMLAUTS.encode()}),
        ("t.csv", f"nr;body\n1;{UMLAUTS}\n".encode("utf-8-sig"), {"t.csv#1": UMLAUTS.encode()}),
        ("t.csv", f"nr;body\n1;{UMLAUTS}\n".encode("utf-16"), {"t.csv#1": UMLAUTS}),
        ("t.csv", f"nr;body\n1;{UMLAUTS}\n".encode("latin-1"), {"t.csv#1": UMLAUTS.encode("latin-1")}),
        ("t.csv", f"\n\nid;text\nferry;{UMLAUTS}\n", {"ferry": UMLAUTS.encode()}),
        (
            "t.csv",
            f"id;text\rferry;{UMLAUTS}, and more, and more\r".replace(" and", ""),
            {"ferry": f"{UMLAUTS}, more, more".encode()},
        ),
        *(
            (name, content.decode().encode(encoding), expected)
            for encoding in ("utf-16", "utf-32")
            for name, content, expected in (
                ("rows.jsonl", ROWS, {"pears": PAGE, "rows.jsonl#2": FERRY}),
                ("rows.json", ROWS.replace(b"\n", b" "), {"pears": PAGE, "rows.json#2": FERRY}),
            )
        ),
        ("all.zip", zipped({"2024-05-12T10:30.txt": FERRY}), {"all.zip/2024-05-12T10:30.txt": FERRY.encode()}),
        ("t.tsv", f"id\ttext\nferry\t{UMLAUTS}\n", {"ferry": UMLAUTS.encode()}),
        ("t.parquet", parquet(TABLE), {"pears": PAGE, "ferry": FERRY}),
        ("t.data", parquet(TABLE, row_group_size=1), {"pears": PAGE, "ferry": FERRY}),
        ("p.mhtml", MHTML, {"p.mhtml": "<html><body><p>Die Fähre</p></body></html>"}),
        ("ferry.txt.gz", gzip.compress(FERRY.encode()), {"ferry.txt.gz": FERRY.encode()}),
        ("ferry.txt.bz2", bz2.compress(FERRY.encode()), {"ferry.txt.bz2": FERRY.encode()}),
        ("ferry.txt.xz", lzma.compress(FERRY.encode()), {"ferry.txt.xz": FERRY.encode()}),
        ("ferry.txt.zst", zstandard(FERRY.encode()), {"ferry.txt.zst": FERRY.encode()}),
        ("rows", gzip.compress(ROWS[:100]) + gzip.compress(ROWS[100:]), NDJSON),
        ("rows", zstandard(ROWS), NDJSON),
        ("t.parquet.gz", gzip.compress(parquet(TABLE)), {"pears": PAGE, "ferry": FERRY}),
        *(
            (name, content, {key if key == "pears" else f"{name}/{key}": one for key, one in UNWRAPPED.items()})
            for name, content in {
                "all.zip": zipped(WRAPPED),
                "all.tar": tarred(WRAPPED),
                "all.tar.gz": tarred(WRAPPED, "w:gz"),
                "all.tar.xz": tarred(WRAPPED, "w:xz"),
                "all.tar.zst": zstandard(tarred(WRAPPED)),
                "all": zipped({**WRAPPED, "__MACOSX/ferry.txt": b"\0", ".DS_Store": b"\0"}),
            }.items()
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_formats(name: str, content: str | bytes, expected: dict[str, str | bytes]) -> None:
    assert texts(name, content) == expected


def test_a_row_brings_what_it_says_of_itself() -> None:
    row = {
        "id": 7,
        "text": FERRY,
        "url": "https://gazette.example/7",
        "timestamp": 1715508000,
        "domain": "gazette.example",
    }
    (one,) = held("rows.jsonl", lines({**row, "tags": ["sea"], "title": "Ferry"}))
    assert (one.name, one.url, one.site) == ("7", row["url"], "gazette.example")
    assert one.scraped == datetime(2024, 5, 12, 10, tzinfo=UTC)
    assert one.place == "rows.jsonl#1"
    assert one.meta["tags"] == ["sea"]
    assert not {"id", "text"} & one.meta.keys()


def test_fields_may_be_named() -> None:
    row = {
        "text": "A teaser.",
        "story": FERRY,
        "key": "a",
        "www": "https://gazette.example",
        "seen": "2024-05-12",
        "s": "x",
    }
    (one,) = held("rows.jsonl", lines(row), Fields("story", "", "key", "www", "seen", "s"))
    assert (one.content, one.name, one.url, one.site) == (FERRY, "a", "https://gazette.example", "x")
    assert one.scraped == datetime(2024, 5, 12)
    (page,) = held("rows.jsonl", lines({"text": "A teaser.", "raw": "<p>Ferry</p>"}), Fields(html="raw"))
    assert (page.kind, page.content) == ("html", "<p>Ferry</p>")


def test_each_row_has_fields_of_its_own() -> None:
    rows = (
        {"text": "Ferry", "id": "one", "site": "a.example"},
        {"id": "two", "text": None, "html": "<p>Pears</p>", "link": "https://b.example/2"},
        {"body": "Mill", "site": "c.example"},
        {"text": "Weir", "id": "four", "site": "a.example"},
    )
    found = held("rows.jsonl", lines(*rows))
    assert [one.name for one in found] == ["one", "two", "rows.jsonl#3", "four"]
    assert [one.content for one in found] == ["Ferry", "<p>Pears</p>", "Mill", "Weir"]
    assert [one.site or one.url for one in found] == ["a.example", "https://b.example/2", "c.example", "a.example"]
    assert found[1].meta == {"text": None, "link": "https://b.example/2"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "number,story\n1,Ferry\n"),
        ("t.parquet", parquet({"number": [1], "story": ["Ferry"]})),
        ("t.jsonl", lines({"number": 1, "story": "Ferry"})),
    ],
    ids=["csv", "parquet", "jsonl"],
)
def test_where_guesses_fail_the_fields_are_named(name: str, content: str | bytes) -> None:
    (one,) = held(name, content)
    assert "its fields are: number, story; name one by --text-field" in str(one.problem)
    (named,) = held(name, content, Fields(text="story"))
    assert named.problem is None
    (wrong,) = held(name, content, Fields(text="tale"))
    assert "no field 'tale'" in str(wrong.problem)


def test_a_page_is_in_the_text_where_there_is_no_text_and_the_text_where_both_are() -> None:
    row = {"html": "<html><p>Ferry</p></html>", "text": FERRY}
    assert [one.kind for one in held("a.jsonl", lines({"html": row["html"], "text": ""}, row))] == ["html", "auto"]


def test_a_piece_of_a_page_in_the_field_for_the_text_is_read_as_a_page() -> None:
    piece = "<p>The mill became a library.</p><ul><li>It opens in May.</li></ul>"
    found = [*held("a.jsonl", lines({"content": piece})), *held("a.csv", f"id,content\n1,{piece}\n")]
    for one in found:
        result = CLEANER.clean(one.content, kind=one.kind)
        assert result.text.split() == ["The", "mill", "became", "a", "library.", "It", "opens", "in", "May."]
    (text,) = held("a.jsonl", lines({"content": "<b> is how a bold word begins."}))
    assert text.kind == "auto"


def test_web_archives() -> None:
    html = f"<html><body><p>{UMLAUTS}</p></body></html>"
    utf8 = html.encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(utf8[at : at + 9]), utf8[at : at + 9]) for at in range(0, len(utf8), 9))
    pages = (
        Page(html.encode("latin-1"), (("Content-Type", "text/html; charset=ISO-8859-1"),)),
        Page(gzip.compress(utf8), (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))),
        Page(chunks + b"0\r\n\r\n", (("Content-Type", "application/xhtml+xml"), ("Transfer-Encoding", "chunked"))),
        Page(utf8, (("Content-Type", "text/html; charset=ISO-8859-1"),)),  # which is a lie
        Page(b"\x89PNG", (("Content-Type", "image/png"),)),
        Page(b"Moved", status="301 Moved Permanently"),
    )
    for compressed in (False, True):
        found = held("crawl.warc", warc(*pages, compressed=compressed, revisit=True))
        assert [one.name for one in found] == [f"crawl.warc#{number}" for number in range(1, 5)]
        for one in found:
            assert (one.content if isinstance(one.content, str) else one.content.decode()) == html
        assert found[1].url == "https://gazette.example/1"
        assert found[1].scraped == datetime(2024, 5, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize("chunked", [False, True])
def test_pages_in_brotli(chunked: bool) -> None:
    brotli = pytest.importorskip("brotli")
    html = f"<html><body>{f'<p>{UMLAUTS}</p>' * 20_000}</body></html>".encode()
    packed = brotli.compress(html, quality=5)
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"), ("Content-Encoding", "br"))
    bodies = [packed, packed[:-9], b"no Brotli", packed]
    if chunked:
        headers = (*headers, ("Transfer-Encoding", "chunked"))
        bodies = [b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) for body in bodies]
    good, cut, none, last = held("crawl.warc", warc(*(Page(body, headers) for body in bodies)))
    assert (good.content, last.content) == (html, html)
    assert "breaks off" in str(cut.problem)
    assert "damaged" in str(none.problem)


def test_a_bomb_in_brotli_is_told_before_it_goes_off() -> None:
    brotli = pytest.importorskip("brotli")
    bomb = brotli.compress(bytes(LARGEST + (1 << 20)), quality=5)
    (one,) = held("a.warc", warc(Page(bomb, (("Content-Type", "text/html"), ("Content-Encoding", "br")))))
    assert "more than 64 MiB" in str(one.problem)


@pytest.mark.parametrize(
    ("head", "name", "form"),
    [
        (b"%PDF-1.7", "a.jsonl", "jsonl"), (b"<!DOCTYPE html><p>", "a.csv", "html"), (b"a,b", "a.csv", "csv"),
        (b"[Photo] The pier", "a.txt", ""), (b"{{ Infobox }}", "a.md", "markdown"),
        (b"<!DOCTYPE html><p>", "a.md", "html"), (b"<p>Ferry", "a.HTML.gz", "html"),
        (b"Ferry", "a.html", ""), (b"Ferry <b>now</b>", "a.html", "html"),
        (b'{"html": "<p>' + b"x" * (1 << 16), "a.warc", "jsonl"),
        (b"PK\x03\x04" + b"\0" * 26 + b"mimetype", "a.odt", ""),
        (b"From: a\nSubject: b\nContent-Type: multipart/related; boundary=c\n\n", "page", "mhtml"),
    ],
)  # fmt: skip
def test_content_decides_before_the_suffix(head: bytes, name: str, form: str) -> None:
    assert form_of(head, name) == form


class Hostile(NamedTuple):
    """Input that is broken or means harm: what fails in it, with a word of the reason, and what still comes out."""

    files: Callable[[Path], None]
    failed: dict[str, str]
    cleaned: tuple[str, ...] = ()
    how: How = How()


def files(**contents: str | bytes) -> Callable[[Path], None]:
    """Writes files whose names are given with `__` for the dot."""
    return lambda folder: write(folder, {name.replace("__", "."): content for name, content in contents.items()})


def links(folder: Path) -> None:
    """Links that lead to each other, back to the folder, and nowhere."""
    write(folder, {"ferry.txt": FERRY})
    (folder / "one.txt").symlink_to(folder / "two.txt")
    (folder / "two.txt").symlink_to(folder / "one.txt")
    (folder / "none.txt").symlink_to(folder / "nothing")
    (folder / "again").symlink_to(folder, target_is_directory=True)


def broken_group() -> bytes:
    """A table of three row groups, the first of which is damaged."""
    content = bytearray(parquet({"text": [FERRY, MILL, PAGE]}, row_group_size=1, compression="none"))
    content[4:40] = b"\xff" * 36
    return bytes(content)


def nested(depth: int) -> bytes:
    """A document in many wrappers."""
    content = FERRY.encode()
    for _ in range(depth):
        content = gzip.compress(content)
    return content


GOOD = {"text": FERRY}
HTML = f"<html><body><article><h1>{MILL.splitlines()[0]}</h1><p>{MILL.splitlines()[2]}</p></article></body></html>"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {more} "' + f"&{less};" * 10 + '">' for less, more in pairwise("abcdefghijk"))
    + "]><html><body><p>The council laughed on Friday: &k;</p></body></html>"
)
ZEROS = b" " * (LARGEST + 1)
# By the first cell of the README's table of bad input.
HOSTILE: Mapping[str, Hostile] = {
    "a decompression bomb": Hostile(
        files(a__zip=zipped({"bomb.txt": ZEROS, "ferry.txt": FERRY}), b__txt__gz=gzip.compress(ZEROS, 1)),
        {"a.zip/bomb.txt": "more than 64 MiB", "b.txt.gz": "more than 64 MiB"},
        ("a.zip/ferry.txt",),
    ),
    "wrappers in wrappers": Hostile(
        files(deep__gz=nested(DEEPEST + 1), ferry__gz=nested(DEEPEST)), {"deep.gz": "one in the other"}, ("ferry.gz",)
    ),
    "a compressed file that is cut off": Hostile(
        files(
            rows__jsonl__gz=gzip.compress(lines(GOOD) * 9 + Random(1).randbytes(9999).hex().encode())[:-5000],
            mill__txt=MILL,
        ),
        {"rows.jsonl.gz": "cut off"},
        ("mill.txt", *(f"rows.jsonl.gz#{number}" for number in range(1, 10))),
    ),
    "an archive that is cut off": Hostile(
        files(a__tar=tarred({"ferry.txt": FERRY, "mill.txt": MILL})[:1300], b__zip=zipped({"a.txt": FERRY})[:99]),
        {"a.tar": "breaks off after ferry.txt", "b.zip": "not a zip file"},
        ("a.tar/ferry.txt",),
    ),
    "a member of an archive whose name leads out of it": Hostile(
        files(a__zip=zipped({"../../mill.txt": MILL, "/etc/motd": MILL, "c:mill.txt": MILL, "ferry.txt": FERRY})),
        {"a.zip/../../mill.txt": "leads out", "a.zip/etc/motd": "leads out", "a.zip/c:mill.txt": "leads out"},
        ("a.zip/ferry.txt",),
    ),
    "a broken line of JSON, or one that is no object": Hostile(
        files(rows__jsonl=lines(GOOD, b'{"text": "Fer', b"17", GOOD | {"id": "last"}) + b'{"text"'),
        {"rows.jsonl#2": "line 2 is no JSON", "rows.jsonl#3": "a number", "rows.jsonl#5": "line 5 is no JSON"},
        ("last", "rows.jsonl#1"),
    ),
    "a list of JSON that is cut off": Hostile(
        files(rows__json=json.dumps([GOOD, {"text": MILL}], indent=1)[:-20]), {"rows.json": "row 2"}, ("rows.json#1",)
    ),
    "JSON that is nested 100,000 deep": Hostile(
        files(rows__jsonl=lines(b'{"text": ' + b"[" * 100_000, GOOD), list__json=b"[" + b'{"a":' * 100_000),
        {"rows.jsonl#1": "nested too deep", "list.json": "nested too deep"},
        ("rows.jsonl#2",),
    ),
    "a row without a text, or with something else in its place": Hostile(
        files(rows__jsonl=lines({"titel": "Ferry"}, {"text": ["Ferry"]}, GOOD)),
        {"rows.jsonl#1": "its fields are: titel", "rows.jsonl#2": "holds no text, but a list"},
        ("rows.jsonl#3",),
    ),
    "an object around two lists of documents, or one in which something else stands": Hostile(
        files(rows__jsonl=lines({"new": [GOOD], "old": [GOOD]}, {"tags": ["sea"], "docs": [GOOD, "Ferry", {"n": 1}]})),
        {"rows.jsonl#1": "its fields are: new, old", "rows.jsonl#2.2": "a text", "rows.jsonl#2.3": "its fields are: n"},
        ("rows.jsonl#2.1",),
    ),
    "a table without a column for the text": Hostile(
        files(t__csv="titel,jahr\nFerry,2024\n"), {"t.csv": "its fields are: titel, jahr; name one by --text-field"}
    ),
    "a row with more or fewer cells than there are columns": Hostile(
        files(t__csv="id,text\na,b,c\nd,The ferry runs at night.\n"), {"t.csv#1": "3 cells"}, ("d",)
    ),
    "Parquet with a damaged row group": Hostile(
        files(t__parquet=broken_group()), {"t.parquet#1": "row group 1 is damaged"}, ("t.parquet#2", "t.parquet#3")
    ),
    "a web archive that is cut off": Hostile(
        files(a__warc=warc(Page(b"<html>" + b"<p>Ferry</p>" * 9), Page(b"<html>" + b"<p>Mill</p>" * 9))[:-50]),
        {"a.warc": "breaks off in record 2", "a.warc#2": "breaks off"},
    ),
    "MHTML that is cut off in its page": Hostile(
        files(p__mhtml=MHTML[: MHTML.index("hre</p>")]), {"p.mhtml": "breaks off"}
    ),
    "HTML that is nested 100,000 deep": Hostile(
        files(deep__html="<html><body>" + "<div>" * 100_000 + "Ferry" + "</div>" * 100_000, mill__html=HTML),
        {"deep.html": "gave up"},
        ("mill.html",),
    ),
    "a page of 50 MB": Hostile(
        files(large__html="<html><body>" + "<p>The ferry runs at night.</p>" * 1_700_000, mill__html=HTML),
        {"large.html": "not done after 3 seconds"},
        ("mill.html",),
        How(workers=1, limits=Limits(3.0)),
    ),
    "entities that multiply (billion laughs)": Hostile(files(laugh__xhtml=LAUGHS), {}, ("laugh.xhtml",)),
    "symbolic links in a loop": Hostile(
        links, {"one.txt": "to itself", "two.txt": "to itself", "none.txt": "leads nowhere"}, ("ferry.txt",)
    ),
    "a few NUL bytes in a text": Hostile(files(ferry__txt=FERRY.replace("night", "ni\0ght")), {}, ("ferry.txt",)),
}


@pytest.mark.parametrize("row", HOSTILE)
def test_hostile_input_costs_only_itself(row: str, tmp_path: Path) -> None:
    case = HOSTILE[row]
    (tmp_path / "in").mkdir()
    try:
        case.files(tmp_path / "in")
    except OSError:
        pytest.skip("such a file cannot be made here")
    summary = run([str(tmp_path / "in")], tmp_path / "out", cleaner=CLEANER, how=case.how)
    reasons = {told["source"]: told["reason"] for told in summary.failed}
    assert reasons.keys() - {"a.warc#1"} == case.failed.keys()
    for source, words in case.failed.items():
        assert words in reasons[source]
    rows = [json.loads(line) for line in (tmp_path / "out" / FAILED).read_bytes().splitlines()]
    assert [told["source"] for told in rows] == sorted(reasons)
    records = [json.loads(line) for line in (tmp_path / "out" / ARTICLES).read_bytes().splitlines()]
    assert sorted({record["source"] for record in records} - {"a.warc#1"}) == sorted(case.cleaned)


def test_rows_that_bear_one_id_are_all_kept_and_the_same_row_only_once(tmp_path: Path) -> None:
    write(tmp_path / "in", {"a.jsonl": lines({"id": "x", "text": FERRY}), "b.jsonl": lines({"id": "x", "text": FERRY})})
    write(tmp_path / "in", {"c.jsonl": lines({"id": "y", "text": FERRY}, {"id": "x", "text": MILL})})
    summary = run([str(tmp_path / "in")], tmp_path / "out", cleaner=CLEANER)
    records = [json.loads(line) for line in (tmp_path / "out" / ARTICLES).read_bytes().splitlines()]
    assert [(record["source"], record["title"]) for record in records] == [
        ("c.jsonl#2", "Old mill to become a library"),
        ("x", "Night ferry gets one more year"),
        ("y", "Night ferry gets one more year"),
    ]
    assert (summary.cleaned, summary.failed) == (3, [])


def test_documents_that_bear_one_name_are_all_kept(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as made:
        for text in (FERRY, MILL, FERRY):
            member = tarfile.TarInfo("a.txt")
            member.size = len(text)
            made.addfile(member, io.BytesIO(text.encode()))
    write(
        tmp_path / "in", {"a.tar": archive.getvalue(), "b.jsonl": lines({"id": "c.txt", "text": FERRY}), "c.txt": MILL}
    )
    run([str(tmp_path / "in")], tmp_path / "out", cleaner=CLEANER)
    records = [json.loads(line) for line in (tmp_path / "out" / ARTICLES).read_bytes().splitlines()]
    assert [(record["source"], record["title"]) for record in records] == [
        ("a.tar/a.txt", "Night ferry gets one more year"),
        ("a.tar/a.txt (2)", "Old mill to become a library"),
        ("b.jsonl#1", "Night ferry gets one more year"),
        ("c.txt", "Old mill to become a library"),
    ]
    assert one_document(str(tmp_path / "in"), "a.tar/a.txt (2)").content == MILL.encode()


def test_whole_numbers_of_any_size_come_through(tmp_path: Path) -> None:
    numbers = [18446744073709551617, -9223372036854775809, 1 << 70, 18446744073709551615]
    write(tmp_path, {"rows.jsonl": lines({"id": 1 << 70, "text": FERRY, "numbers": [{"n": numbers}], "share": 1e300})})
    run([str(tmp_path / "rows.jsonl")], tmp_path / "out", cleaner=CLEANER)
    (record,) = [json.loads(line) for line in (tmp_path / "out" / ARTICLES).read_bytes().splitlines()]
    assert record["source"] == str(1 << 70)
    assert list(map(int, record["meta"]["numbers"][0]["n"])) == numbers
    assert record["meta"]["share"] == 1e300


@pytest.mark.parametrize(
    ("name", "content", "missed"),
    [
        ("a.csv", b"", "row"),
        ("a.csv", b"\n \n", "row"),
        ("a.csv", b"id,text\n", "row"),
        ("a.tsv", b"\xef\xbb\xbfid\ttext\n\n", "row"),
        ("a.jsonl", b"", "row"),
        ("a.jsonl.gz", gzip.compress(b"\n\n"), "row"),
        ("a.json", b"[]", "row"),
        ("a.parquet", parquet({"text": pa.array([], pa.string())}), "row"),
        ("a.warc", warc(Page(b"Moved", status="301 Moved Permanently")), "page"),
        ("a.zip", zipped({".hidden": b"x"}), "file"),
        ("a.tar", tarred({}), "file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # archives hold the time at which they were made
)
def test_a_file_that_holds_no_document_is_told_to_be_empty(name: str, content: bytes, missed: str) -> None:
    (one,) = held(name, content)
    assert (one.name, type(one.problem), str(one.problem)) == (name, EmptySource, f"there is no {missed} in it")


def test_what_no_json_can_hold_is_written_as_json_all_the_same(tmp_path: Path) -> None:
    odd = '"broken": "\\ud800", "none": NaN, "large": 123456789012345678901234567890, "key\\udc00": [{"a": -Infinity}]'
    write(tmp_path, {"rows.jsonl": f'{{"text": {json.dumps(FERRY)}, {odd}}}\n'})
    for _ in range(2):  # the second time, rows of the first are read again
        run([str(tmp_path / "rows.jsonl")], tmp_path / "out", cleaner=CLEANER, how=How(reprocess=True))
    meta = orjson.loads((tmp_path / "out" / ARTICLES).read_bytes())["meta"]
    large = "123456789012345678901234567890"
    assert meta == {"broken": "\ufffd", "none": None, "large": large, "key\ufffd": [{"a": None}]}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", b"null\n", "is no object with fields, but null"),
        ("a.jsonl", b'"Ferry"\n', "is no object with fields, but a text"),
        ("a.jsonl", b'\n{"text": "Ferry}\n', "line 2 is no JSON (Unterminated string starting at, column 10); mend it"),
        ("a.csv", b"1," + b"x" * 100 + b"\n", f"fields are: 1, {'x' * 60}...; name one"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_rows_is_told_in_short(name: str, content: bytes, words: str) -> None:
    (one,) = held(name, content)
    assert words in str(one.problem)


def test_the_page_is_taken_before_markdown_and_that_where_there_is_nothing_else() -> None:
    row = {"markdown": "# Ferry", "html": "<html><p>Ferry</p></html>"}
    found = held("a.jsonl", lines(row, {"markdown": "# Ferry"}, {"markdown": "# Ferry", "text": FERRY}))
    assert [(one.kind, one.content) for one in found] == [
        ("html", row["html"]), ("markdown", "# Ferry"), ("auto", FERRY),
    ]  # fmt: skip
    assert [one.kind for one in held("a.csv", "id,markdown\n1,# Ferry\n")] == ["markdown"]
    (wrong,) = held("a.jsonl", lines({"markdown": "# Ferry"}), Fields(text="tale"))
    assert "no field 'tale'" in str(wrong.problem)


def test_a_time_in_milliseconds_is_told_from_one_in_seconds() -> None:
    found = held("a.jsonl", lines({"text": FERRY, "date": 1715508000}, {"text": FERRY, "date": 1715508000000}))
    assert [one.scraped for one in found] == [datetime(2024, 5, 12, 10, tzinfo=UTC)] * 2


@pytest.mark.parametrize(
    ("row", "content"),
    [
        ({"text": None, "body": FERRY}, FERRY),
        ({"text": " ", "html": "", "article": FERRY}, FERRY),
        ({"text": ["Night ferry"], "body": FERRY}, FERRY),
        ({"content": "", "raw_html": None, "html_content": "<html><p>Ferry"}, "<html><p>Ferry"),
    ],
)
def test_where_a_field_is_empty_the_next_likely_one_is_taken(row: dict[str, Any], content: str) -> None:
    (one,) = held("a.jsonl", lines(row))
    assert (one.problem, one.content) == (None, content)


def test_of_a_table_what_is_not_taken_for_the_text_is_text_all_the_same() -> None:
    (one,) = held("a.csv", f"text;body\n{MILL.splitlines()[2]};{UMLAUTS}\n".encode("latin-1"))
    assert (one.content, one.meta["body"]) == (MILL.splitlines()[2].encode(), UMLAUTS)


def test_rows_as_databases_export_them() -> None:
    row = {"_id": {"$oid": "5f1a"}, "text": FERRY, "crawled": {"$date": {"$numberLong": "1715508000000"}}}
    (one,) = held("a.jsonl", lines(row))
    assert (one.name, one.scraped) == ("5f1a", datetime(2024, 5, 12, 10, tzinfo=UTC))
    assert one.meta["crawled"] == row["crawled"]


@pytest.mark.parametrize("told", ["1715508000", "1715508000000", "1715508000.0", "20240512100000"])
def test_a_time_in_figures_alone_is_one_where_all_is_text(told: str) -> None:
    (one,) = held("a.csv", f"timestamp,text\n{told},{UMLAUTS}\n")
    assert one.scraped == datetime(2024, 5, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize("told", ["20240512", "2024-05-12"])
def test_a_day_is_a_day(told: str) -> None:
    (one,) = held("a.csv", f"date,text\n{told},{UMLAUTS}\n")
    assert one.scraped == datetime(2024, 5, 12)


def test_an_address_of_a_saved_page_may_hold_any_bytes() -> None:
    (one,) = held("p.mhtml", MHTML.encode().replace(b"example/ferry", b"example/f\xe4hre"))
    assert isinstance(one.url, str)
    assert one.problem is None


OPEN = 'id,title,text\n1,Ferry,"It runs at night."\n2,Mill,"It has a new roof.\n'


@pytest.mark.parametrize(
    ("behind", "rows"),
    [
        ("3,Pier,It closes in May.\n4,Pears,They froze.\n", {"3": "It closes in May.", "4": "They froze."}),
        ('3,Pier,"It closes in May."\r\n4,Pears,"They froze."', {"3": "It closes in May.", "4": "They froze."}),
        ('"3",Pier,"It closes\n\nin May, he said.\n"\n4,Pears,x\n', {"3": "It closes\n\nin May, he said.\n", "4": "x"}),
        ('and a new wheel.\n3,"Pier, old","It ""closes""."\n', {"3": 'It "closes".'}),
    ],
    ids=["no quotes", "quotes", "rows of several lines", "a text of several lines"],
)
def test_a_quote_that_is_not_closed_costs_its_row_alone(behind: str, rows: dict[str, str]) -> None:
    first, broken, *others = held("t.csv", OPEN + behind)
    assert (first.name, first.content, first.problem) == ("1", b"It runs at night.", None)
    assert (broken.name, broken.problem is None) == ("t.csv#2", False)
    assert "row 2, which begins in line 3, opens a quote" in str(broken.problem)
    assert {one.name: one.content for one in others} == {name: text.encode() for name, text in rows.items()}
    assert all(one.problem is None for one in others)


@pytest.mark.parametrize(
    "table", ['id,text\n1,"It runs,\nhe said,so\n"\n', 'id,text\n1,"It runs,\nhe said, so\n', 'text\n"It\nruns\n']
)
def test_a_text_of_several_lines_is_one_row(table: str) -> None:
    (one,) = held("t.csv", table)
    assert one.problem is None


def test_a_quote_that_is_not_closed_in_a_large_table() -> None:
    behind = "".join(f"{number},Pier,It closes.\n" for number in range(3, 9000))
    found = held("t.csv", OPEN + "a line of prose\n" * 5000 + behind)
    assert [one.name for one in found[:3]] == ["1", "t.csv#2", "3"]
    assert len(found) == 8999


def test_empty_markdown_is_empty(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "\ufeff \n"})
    (row,) = run([str(tmp_path / "a.md")], tmp_path / "out", cleaner=CLEANER).failed
    assert row["reason"] == "there is nothing in it but white space"


@pytest.mark.parametrize(
    "told", ["Sun, 12 May 2024 12:00:00 +0200", "12 May 2024 10:00 GMT", "Sunday, 12-May-24 06:00:00 EDT"]
)
def test_a_time_as_feeds_tell_it_keeps_its_zone(told: str) -> None:
    (one,) = held("a.jsonl", lines({"text": FERRY, "date": told}))
    assert one.scraped == datetime(2024, 5, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "told", ["0001-01-01T00:00:00", "1970-01-01", "1899-12-30T00:00:00Z", 0, "", "soon", None, True]
)
def test_a_date_that_stands_for_none_is_none(told: object) -> None:
    (document,) = held("a.jsonl", lines({"text": f"Night ferry stays\nUpdated 3 hours ago\n\n{MILL}", "scraped": told}))
    assert document.scraped is None
    (record,) = CLEANER.clean(document.content, scraped=document.scraped).records
    assert record.updated is None


def test_what_can_be_read_only_once_is_told_by_its_own_name(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no named pipes here")
    for name, content in {"north": FERRY, "south": "%PDF-1.7"}.items():
        (tmp_path / name).mkdir()
        os.mkfifo(tmp_path / name / "pipe")
        Thread(target=(tmp_path / name / "pipe").write_text, args=(content,), daemon=True).start()
    pipes = [str(tmp_path / name / "pipe") for name in ("north", "south")]
    summary = run(pipes, tmp_path / "out", cleaner=CLEANER)
    assert (summary.records, [row["path"] for row in summary.failed]) == (1, pipes[1:])
    assert summary.failed[0]["reproduce"].startswith(f"clean explain {pipes[1]} ")


def test_what_a_row_brings_goes_with_its_records(tmp_path: Path) -> None:
    row = {"id": "a", "text": PAGE, "scraped": "2024-05-12T18:30", "publisher": "The Beacon"}
    write(tmp_path, {"rows.jsonl": lines(row)})
    run([str(tmp_path / "rows.jsonl")], tmp_path / "out", cleaner=CLEANER)
    record = json.loads((tmp_path / "out" / ARTICLES).read_bytes())
    assert record["updated"] == "2024-05-12T15:30"
    assert record["meta"]["publisher"] == "The Beacon"
    write(tmp_path, {"rows.jsonl": lines(row | {"publisher": "The Lamp"})})
    assert run([str(tmp_path / "rows.jsonl")], tmp_path / "out", cleaner=CLEANER).cleaned == 1


def test_urls(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.pipe({"/crawl/north/ferry.txt": FERRY.encode(), "/crawl/rows.jsonl.gz": gzip.compress(ROWS)})
    assert [one.name for one in find(["memory://crawl"])] == ["north/ferry.txt", "rows.jsonl.gz"]
    assert [one.name for one in find(["memory://crawl/*.gz"])] == ["rows.jsonl.gz"]
    summary = run(["memory://crawl", "memory://nowhere"], tmp_path, cleaner=CLEANER)
    assert (summary.records, [row["source"] for row in summary.failed]) == (3, ["memory://nowhere"])
    assert run(["memory://crawl"], tmp_path, cleaner=CLEANER).cleaned == 0


def test_rows_are_read_one_by_one(tmp_path: Path) -> None:
    """Of a file that never ends, the first documents come out at once."""

    class Endless(io.RawIOBase):
        """Lines for ever."""

        rest = lines(GOOD)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            data, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :] or lines(GOOD)
            buffer[: len(data)] = data
            return len(data)

    found = documents("rows.jsonl", io.BufferedReader(Endless()))
    assert [next(found).content for _ in range(1000)] == [FERRY] * 1000
