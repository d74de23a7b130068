"""Bytes to sources: each reader knows one format, and `read` finds the one that fits."""

import json
from datetime import datetime

from clean.errors import UnsupportedSource, UsageError
from clean.model import Source
from clean.readers.text import decode

HTML_STARTS = ("<!doctype html", "<html", "<?xml")
KINDS = ("auto", "text", "html")


def read(
    content: str | bytes, name: str = "", kind: str = "auto", url: str | None = None, scraped: datetime | None = None
) -> Source:
    """Make a source of a document.

    Raises a SourceError if it is not text, not decodable, or in a format that has no reader; UsageError for a `kind`
    that does not exist.
    """
    if kind not in KINDS:
        raise UsageError(f"there is no kind {kind!r}; kinds are: {', '.join(KINDS)}")
    text, encoding = (content, "") if isinstance(content, str) else decode(content)
    if kind == "html" or (kind == "auto" and looks_like_html(text)):
        raise UnsupportedSource(
            "this is an HTML page, and pages have no reader yet; extract its text first, or pass kind='text'"
        )
    if kind == "auto" and looks_like_json(text):
        raise UnsupportedSource("this is JSON, which `run` reads row by row; give it one text, or pass kind='text'")
    return Source(name=name, text=text, encoding=encoding, url=url, scraped=scraped)


def looks_like_html(text: str) -> bool:
    """Whether a text begins as a page does."""
    return text[:512].lstrip("\ufeff \t\r\n").lower().startswith(HTML_STARTS)


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
