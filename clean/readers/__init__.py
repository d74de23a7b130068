"""Bytes to sources: each reader knows one format, and `read` finds the one that fits."""

import json
import re
from codecs import BOM_UTF8
from datetime import datetime

from clean.errors import UnsupportedSource, UsageError
from clean.model import Source
from clean.readers.html import is_page_without_head, looks_like_html, read_html
from clean.readers.markdown import read_markdown
from clean.readers.text import decode

XML = re.compile(  # with a declaration, or without one as feeds, maps of sites and drawings are
    r"[\ufeff\s]*<(?:\?xml|(?:rss|feed|rdf:rdf|urlset|sitemapindex|opml|svg)(?:>|\s+[\w:]+\s*=))", re.IGNORECASE
)
KINDS = ("auto", "text", "html", "markdown")


def read(
    content: str | bytes, name: str = "", kind: str = "auto", url: str | None = None, scraped: datetime | None = None
) -> Source:
    """Make a source of a document.

    Raises a SourceError if it is not text, not decodable, or in a format that has no reader; UsageError for a `kind`
    that does not exist, or for what is of another type.
    """
    if kind not in KINDS:
        raise UsageError(f"there is no kind {kind!r}; kinds are: {', '.join(KINDS)}")
    if not isinstance(content, str | bytes):
        what = type(content).__name__
        raise UsageError(f"a document is str or bytes, and not {what}: of a file, give what Path.read_bytes() gives")
    if not isinstance(name, str) or not isinstance(url, str | None):
        raise UsageError(f"name and url are str, and not {name!r} and {url!r}")
    if not isinstance(scraped, datetime | None):
        raise UsageError(f"scraped is a datetime, and not {scraped!r}: write datetime.fromisoformat(...)")
    if kind == "html" or (kind == "auto" and starts_as_html(content)):
        return read_html(content, name, url, scraped)
    if kind == "markdown":
        return read_markdown(content, name, url, scraped)
    text, encoding = (content, "") if isinstance(content, str) else decode(content)
    if kind == "auto" and (looks_like_html(text) or is_page_without_head(text)):  # now that it is decoded
        return read_html(content, name, url, scraped)
    if kind == "auto" and XML.match(text):
        raise UnsupportedSource("this is XML and no page, which has no reader; make HTML of it, or rows of JSON")
    if kind == "auto" and looks_like_json(text):
        raise UnsupportedSource("this is JSON, which `run` reads row by row; give it one text, or pass kind='text'")
    return Source(name=name, text=text, encoding=encoding, url=url, scraped=scraped)


def starts_as_html(content: str | bytes) -> bool:
    """Whether a document begins as a page does, so far as bytes tell without decoding."""
    start = content if isinstance(content, str) else content[:4096].removeprefix(BOM_UTF8).decode("latin-1")
    return looks_like_html(start)


def looks_like_json(text: str) -> bool:
    """Whether a text is a JSON object or list, or its first line is one."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith(("{", "[")):
        return False
    for piece in (start.split("\n", 1)[0], start):
        try:
            return isinstance(json.loads(piece), (dict, list))
        except (ValueError, RecursionError):
            continue
    return False
