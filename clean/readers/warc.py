"""Web archives (ISO 28500): the pages among the responses of a crawl."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from clean.errors import SourceError, UnreadableSource
from clean.readers.documents import LARGEST, Document, Fields, damage, printable, too_large
from clean.readers.streams import CHUNK, Counted
from clean.readers.web import decoded

PAGES = frozenset(("text/html", "application/xhtml+xml"))
CODINGS = frozenset(("", "identity", "gzip", "x-gzip", "deflate", "br"))  # those that the library can undo


def pages(name: str, stream: BinaryIO, _: Fields) -> Iterator[Document]:
    """The pages of an archive. A record that cannot be read costs only itself, or where it hides the next, the rest.

    Passed over are records that are no responses, responses that are no pages, redirects and errors, and revisits,
    which have no content.
    """
    from warcio.archiveiterator import ArchiveIterator

    number = 0
    records = iter(ArchiveIterator(Steady(stream), check_digests=False))
    record = None
    while True:
        try:
            last, record = record, next(records, None)
        except Exception as error:
            what = f"it breaks off after record {number} ({damage(error)}); what follows is lost"
            raise UnreadableSource(what) from error
        if record is None:
            if last is not None and is_cut_off(last):
                raise UnreadableSource(f"it breaks off in record {number}; what follows is lost")
            return
        number += 1
        if is_page(record):
            yield document(f"{name}#{number}", record)


class Steady(Counted):
    """A stream that does not confuse its end with that of a compressed file that was cut off, as the library would."""

    def readinto(self, buffer: Any) -> int:
        try:
            return super().readinto(buffer)
        except EOFError as error:
            raise UnreadableSource(str(error)) from error


def is_cut_off(record: Any) -> bool:
    """Whether the content of a record that was read to its end is shorter than its head says."""
    return record.rec_headers.get_header("Content-Length") is None or int(getattr(record.raw_stream, "limit", 0)) > 0


def is_page(record: Any) -> bool:
    """Whether a record is a page that was found."""
    if record.rec_type != "response" or record.http_headers is None:
        return record.rec_type == "resource" and media_type(record.rec_headers.get_header("Content-Type")) in PAGES
    found = (record.http_headers.get_statuscode() or "").startswith("2")
    return found and media_type(record.http_headers.get_header("Content-Type")) in PAGES


def media_type(header: str | None) -> str:
    """The type in a header, without its parameters."""
    return (header or "").split(";", 1)[0].strip().lower()


def document(name: str, record: Any) -> Document:
    """The document of a record."""
    url = record.rec_headers.get_header("WARC-Target-URI")
    url = printable(url.strip("<>")) if url else None
    try:
        headers = record.http_headers or record.rec_headers
        content = body(record)
        charset = parameter(headers.get_header("Content-Type") or "", "charset")
        moment = moment_of(record.rec_headers.get_header("WARC-Date"))
        return Document(name, decoded(content, charset), "html", url=url, scraped=moment)
    except SourceError as error:
        return Document(name, url=url, problem=error)
    except Exception as error:
        return Document(name, url=url, problem=UnreadableSource(f"the record is damaged ({damage(error)})"))


def body(record: Any) -> bytes:
    """The content of a record, without chunks and compression. Raises UnreadableSource if it is too large or broken."""
    coding = (record.http_headers.get_header("Content-Encoding") or "") if record.http_headers else ""
    if coding.strip().lower() not in CODINGS:
        raise UnreadableSource(f"its body is coded as {printable(coding)!r}, which has no decoder")
    if coding.strip().lower() == "br":  # which the library cannot undo with the present module for it
        record.http_headers.remove_header("Content-Encoding")
    stream = record.content_stream()
    parts, size = [], 0
    pieces = unbrotlied(stream) if coding.strip().lower() == "br" else iter(lambda: stream.read(CHUNK), b"")
    for data in pieces:
        parts.append(data)
        size += len(data)
        if size > LARGEST:
            raise too_large("its body")
    if is_cut_off(record):
        raise UnreadableSource(f"it breaks off after {size} bytes")
    return b"".join(parts)


def unbrotlied(stream: Any) -> Iterator[bytes]:
    """What a stream in Brotli (RFC 7932) holds, in pieces of bounded size. Raises UnreadableSource if it breaks off."""
    import brotli

    decoder = brotli.Decompressor()
    while not decoder.is_finished():
        data = stream.read(CHUNK) if decoder.can_accept_more_data() else b""
        piece = decoder.process(data, output_buffer_limit=CHUNK)
        if piece:
            yield piece
        elif not data and decoder.can_accept_more_data():
            raise UnreadableSource("its body breaks off")
    while stream.read(CHUNK):  # nothing of the record may be left
        pass


def parameter(header: str, name: str) -> str:
    """A parameter of a header such as `text/html; charset=utf-8`, or nothing."""
    for piece in header.split(";")[1:]:
        key, _, value = piece.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip("\"'")
    return ""


def moment_of(header: str | None) -> datetime | None:
    """When a record was made."""
    try:
        return datetime.fromisoformat(header) if header else None
    except ValueError:
        return None
