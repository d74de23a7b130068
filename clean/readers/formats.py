"""Files to documents: which format a file has, by its content first and its suffix second, and what it holds."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import orjson

from clean.errors import EmptySource, SourceError, UnreadableSource
from clean.readers import archives, csv, jsonl, mhtml, parquet, warc
from clean.readers.documents import DEEPEST, HEAD, Document, Fields, damage
from clean.readers.html import looks_like_html
from clean.readers.streams import DECOMPRESSORS, as_utf8, decompressed, look, whole

STARTS: Mapping[bytes, str] = {  # what no text begins with
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # an empty one
    b"PAR1": "parquet",
    b"WARC/": "warc",
}
OFFICE = (b"[Content_Types].xml", b"mimetype", b"_rels/.rels")  # first member of what is a ZIP file, and a document
TAR, TAR_AT = b"ustar", 257
SUFFIXES: Mapping[str, str] = {  # where the content does not tell
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "csv",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".mhtml": "mhtml", ".mht": "mhtml",
    ".md": "markdown", ".markdown": "markdown", ".tar": "tar",
}  # fmt: skip
WRAPPING = re.compile(r"\.(gz|gzip|zst|zstd|bz2|xz)$", re.IGNORECASE)
OBJECT = re.compile(r'\[?\s*\{\s*("(?:[^"\\\n]|\\.)*"\s*:|\}|$)')
MIME = re.compile(rb"\A(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,30}?content-type:\s*multipart/related", re.IGNORECASE)

READERS: Mapping[str, Callable[[str, BinaryIO, Fields], Iterator[Document]]] = {
    "jsonl": jsonl.lines,
    "json": jsonl.values,
    "csv": csv.rows,
    "parquet": parquet.rows,
    "warc": warc.pages,
    "mhtml": mhtml.page,
}
HELD: Mapping[str, str] = {"warc": "page", "zip": "file", "tar": "file"}  # what it holds; all others hold rows
ARCHIVES = {"zip": archives.zip_members, "tar": archives.tar_members}


def documents(name: str, stream: Any, fields: Fields | None = None, depth: int = 0) -> Iterator[Document]:
    """The documents in a file, one at a time, each as far as it can be read; what cannot be is told in its place.

    `stream` is a file of bytes, or anything that reads as one. Memory is bounded by the largest document, and for
    archives inside archives by the largest of them.
    """
    try:
        head, stream = look(stream, HEAD)
        form = form_of(head, name)
        if form in DECOMPRESSORS or form in ARCHIVES:
            yield from unwrapped(name, stream, form, fields or Fields(), depth)
        elif form in READERS:
            stream = as_utf8(stream, head) if form in ("json", "jsonl") else stream
            yield from some(READERS[form](name, stream, fields or Fields()), form)
        else:
            yield Document(name, whole(stream), form or "auto")
    except SourceError as error:
        yield Document(name, problem=error)
    except Exception as error:  # whatever a library makes of bytes that it did not expect
        yield Document(name, problem=UnreadableSource(f"it is damaged, or cut off ({damage(error)})"))


def unwrapped(name: str, stream: Any, form: str, fields: Fields, depth: int) -> Iterator[Document]:
    """The documents inside something compressed, or in an archive. Raises UnreadableSource where it is too deep."""
    if depth == DEEPEST:
        raise UnreadableSource(
            f"it lies in {DEEPEST} archives and compressed files, one in the other; no more is opened"
        )
    inside = partial(documents, fields=fields, depth=depth + 1)
    if form in ARCHIVES:
        yield from some(ARCHIVES[form](name, stream, inside), form)
    else:
        yield from inside(name, decompressed(stream, form))


def some(found: Iterator[Document], form: str) -> Iterator[Document]:
    """The documents that a reader found. Raises EmptySource if it found none, so that nobody waits for them."""
    first = next(found, None)
    if first is None:
        raise EmptySource(f"there is no {HELD.get(form, 'row')} in it")
    yield first
    yield from found


def form_of(head: bytes, name: str) -> str:
    """The format of a file that begins so, and has that name; "" for a document of its own.

    >>> form_of(b"WARC/1.1 ...", "crawl.txt"), form_of(b"a;b", "table.csv.gz"), form_of(b"A quiet week.", "week.txt")
    ('warc', 'csv', '')
    """
    for start, form in STARTS.items():
        if head.startswith(start):
            return "" if form == "zip" and head[30:50].startswith(OFFICE) else form
    if head[TAR_AT:].startswith(TAR):
        return "tar"
    suffix = SUFFIXES.get(PurePosixPath(WRAPPING.sub("", name).lower()).suffix, "")
    text = head.decode("utf-8-sig", "replace").lstrip()
    if looks_like_html(text):
        return "html"
    if MIME.search(head):
        return "mhtml"
    if suffix != "csv" and (form := json_form(text, len(head) < HEAD, suffix)):
        return form
    return "" if suffix == "html" and len(head) < HEAD and b"<" not in head else suffix  # a text, whatever its name


def json_form(text: str, is_whole: bool, suffix: str) -> str:
    """Whether a text is JSON, with an object on each line or not."""
    if not OBJECT.match(text):
        return ""
    first, end, _ = text.partition("\n")
    longer = not end and not is_whole  # than what can be seen of it
    if text.startswith("{") and (suffix == "jsonl" or parses(first) or (longer and suffix != "json")):
        return "jsonl"
    return "json"


def parses(line: str) -> bool:
    """Whether a line is JSON by itself."""
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True
