"""Bytes to sources: each reader knows one format, and `read` finds the one that fits."""

from datetime import datetime

from clean.errors import UnsupportedSource
from clean.model import Source
from clean.readers.text import decode

HTML_STARTS = ("<!doctype html", "<html", "<?xml")
KINDS = ("auto", "text", "html")


def read(
    content: str | bytes, name: str = "", kind: str = "auto", url: str | None = None, scraped: datetime | None = None
) -> Source:
    """Make a source of a document.

    Raises a SourceError if it is empty, not text, not decodable, or in a format that has no reader.
    """
    text, encoding = (content, "") if isinstance(content, str) else decode(content)
    looks_html = text[:512].lstrip("\ufeff \t\r\n").lower().startswith(HTML_STARTS)
    if kind == "html" or (kind == "auto" and looks_html):
        raise UnsupportedSource(
            "this is an HTML page, and pages have no reader yet; extract its text first, or pass kind='text'"
        )
    return Source(name=name, text=text, encoding=encoding, url=url, scraped=scraped)
