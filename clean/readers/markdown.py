"""Markdown, as many scrapers write it, to the text that it shows."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from clean.errors import UnreadableSource
from clean.model import Source
from clean.readers.html import read_html
from clean.readers.text import decode

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# Front matter: fields, items and longer values, which are indented, between lines of dashes; as long as marks take.
FRONT = re.compile(
    r"\ufeff?---[ \t]*\n(?:(?:[^\W\d_][\w -]{0,30}[ \t]*:(?:[ \t].*)?|[ \t].*|-[ \t].*|#.*|)\n){1,38}?"
    r"(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
)
BREAKS = (("\r\n", "\n"), ("\r", "\n"), ("\u2028", "\n"), ("\u2029", "\n\n"))  # of texts, and as Markdown has them
DEEPEST = 100  # elements in each other


def read_markdown(content: str | bytes, name: str, url: str | None = None, scraped: datetime | None = None) -> Source:
    """The source of a text in Markdown (CommonMark, and tables): its headings, emphasis and links as plain lines.

    Front matter is no Markdown, and stands in front as it is.
    It has no page: what no site has laid out is weighed by its text alone. Raises what `decode` and `read_html` do, and
    UnreadableSource for quotations or lists in each other so deep that the parser leaves out what is in them.
    """
    text, encoding = (content, "") if isinstance(content, str) else decode(content)
    if not text.strip("\ufeff").strip():
        return Source(name, text, encoding, url, scraped)
    made = parser()
    for sign, breaks in BREAKS:
        text = text.replace(sign, breaks)
    front = found[0] if (found := FRONT.match(text)) else ""
    if not text[len(front) :].strip():
        return Source(name, front, encoding, url, scraped)
    tokens = made.parse(text[len(front) :])
    if any(token.level >= DEEPEST - 1 for token in tokens):
        raise UnreadableSource(f"its lists or quotations lie more than {DEEPEST} deep in each other")
    shown = read_html(made.renderer.render(tokens, made.options, {}), name, url, scraped)
    return replace(shown, text=front + shown.text, encoding=encoding, page=None)


@cache
def parser() -> "MarkdownIt":
    """The parser. Line breaks stay; dashes below a line part stories as often as they make a heading of it."""
    from markdown_it import MarkdownIt

    made = (
        MarkdownIt("commonmark", {"breaks": True, "maxNesting": DEEPEST}).enable("table").disable(["lheading", "code"])
    )
    made.add_render_rule("list_item_open", item)
    return made


def item(_: Any, tokens: Sequence[Any], place: int, *__: Any) -> str:
    """The begin of an item of a list, with its bullet or number as text, by which lists are known."""
    token = tokens[place]
    return f"<li>{token.info}{token.markup} " if token.info else "<li>- "
