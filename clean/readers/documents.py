"""What a scrape holds: documents not yet read, each with its name and what came with it; and the limits they keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from clean.errors import SourceError, UnreadableSource

LARGEST = 64 << 20  # bytes of one document
LARGEST_ARCHIVE = 512 << 20  # bytes of an archive that lies in another, and that come out before the ratio is looked at
MOST_RATIO = (
    200  # times that decompressed data may outgrow the compressed: deflate makes up to 1,032 of one, news 3 to 30
)
DEEPEST = 4  # wrappers around a document, as in .tar inside .gz inside .zip
HEAD = 1 << 16  # bytes that a format is recognised by


# Files beside scrapes that are none, by their names without endings, and what they are.
NO_SCRAPES: Mapping[str, str] = {
    "readme": "it tells about the folder",
    "license": "it tells about the folder",
    "changelog": "it tells about the folder",
    "contributing": "it tells about the folder",
    "gold": "it says what scrapes must become",
}


class Document(NamedTuple):
    """A document as a scrape holds it, not yet decoded; with a `problem`, one that cannot be read.

    With `passed_over`, it is no scrape, and was not opened, for that reason.

    `kind` is as for `read`. `scraped` is when it was fetched, `site` where it is from, if the scrape tells; `meta` is
    what else came with it. `place` is its file and row, where its name is an id that other rows may bear too.
    """

    name: str
    content: str | bytes = b""
    kind: str = "auto"
    url: str | None = None
    scraped: datetime | None = None
    site: str = ""
    meta: Mapping[str, Any] = {}
    problem: SourceError | None = None
    place: str = ""
    passed_over: str = ""


@dataclass(frozen=True)
class Fields:
    """Names of the fields, or columns, in which rows hold what; an empty one is guessed."""

    text: str = ""
    html: str = ""
    id: str = ""
    url: str = ""
    date: str = ""
    site: str = ""


def no_scrape(path: str) -> str:
    """Why a file of a folder or archive is no scrape, by its name, or nothing.

    >>> no_scrape("crawl/README.md"), no_scrape("readme-first.txt")
    ('it tells about the folder', '')
    """
    return NO_SCRAPES.get(PurePosixPath(path).stem.lower(), "")


def printable(name: str) -> str:
    """A name that can be written as UTF-8: bytes of a file name that are none stand as escapes, other surrogates as �.

    >>> printable("ferry\\udcff"), printable("ferry\\ud800")
    ('ferry\\\\xff', 'ferry�')
    """
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def too_large(what: str = "it", limit: int = LARGEST) -> UnreadableSource:
    """The problem of a document that is larger than the limit."""
    return UnreadableSource(f"{what} holds more than {limit >> 20} MiB, which is the most; part it first")


def damage(error: BaseException) -> str:
    """What a library says of bytes that it cannot make anything of, in one line."""
    told = " ".join(str(getattr(error, "strerror", None) or error).split())
    return f"{type(error).__name__}: {told}" if told else type(error).__name__
