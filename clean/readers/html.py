"""A page of HTML to a source: all that it shows as text, and what its markup tells of each line and of the article."""

import codecs
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clean.errors import EmptySource, UnreadableSource
from clean.model import Page, Source
from clean.readers.text import BYTE_ORDER_MARKS, decode, is_escaped

HTML_STARTS = ("<!doctype html", "<html", "<?xml", "<head", "<body", "<meta", "<!--")
# What a page without its head begins with: an element that holds others or a paragraph, and not the mention of one.
PIECE = re.compile(
    r"[\ufeff\s]*<(?:article|aside|blockquote|center|div|dl|figure|footer|form|h[1-6]|header|main|nav|ol|p|pre|section|table|ul)"
    r"\b[^<>]*>(?!,| *[;:.)]| [a-z])",
    re.IGNORECASE,
)
TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)\b[^<>]*>", re.IGNORECASE)
WITHOUT_END = frozenset("area base br col embed hr img input link meta param source track wbr".split())
LEAST_SHOWN = 200  # characters of a page that shows a story; "You need to enable JavaScript" is shorter
MOST_OUTSIDE = 0.5  # share of the characters of such a page that may stand in no element
DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
DECLARED_BEFORE = 4096  # bytes in which a page must say its encoding; the standard wants it in 1024
# Names that mean another encoding on the web than elsewhere (Encoding Standard, WHATWG, 4.2): what servers call Latin
# is what Windows does, and the Asian ones have since grown.
WEB_ENCODINGS: Mapping[str, str] = {
    "iso8859-1": "windows-1252",
    "ascii": "windows-1252",
    "iso8859-9": "windows-1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
GAVE_UP = frozenset(  # errors of libxml2 after which it reads no more
    ("ERR_RESOURCE_LIMIT", "ERR_INTERNAL_ERROR", "ERR_NO_MEMORY", "ERR_NAME_TOO_LONG", "ERR_USER_STOP")
)


def looks_like_html(text: str) -> bool:
    """Whether a text begins as a page does."""
    start = text[:2048].lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<?xml", "<!--")):
        return "<html" in start or "<!doctype html" in start
    return start.startswith(HTML_STARTS)


def is_page_without_head(text: str) -> bool:
    """Whether a text is a page without its head: it begins with an element, and stands in elements for the most part.

    >>> [is_page_without_head(text) for text in ("<h1>Frost</h1>\\n<p>It hit pears.</p>", "<p> and </p> are signs.")]
    [True, False]
    """
    if not PIECE.match(text):
        return False
    inside, outside, depth, last = 0, 0, 0, 0
    closed = False
    for tag in TAG.finditer(text):
        size = len(text[last : tag.start()].strip())
        inside, outside, last = inside + size * (depth > 0), outside + size * (depth == 0), tag.end()
        if tag[2].lower() not in WITHOUT_END:
            closed = closed or bool(tag[1])
            depth = max(0, depth - 1) if tag[1] else depth + 1
    outside += len(text[last:].strip())
    return closed and outside <= MOST_OUTSIDE * (inside + outside)


def read_html(content: str | bytes, name: str = "", url: str | None = None, scraped: datetime | None = None) -> Source:
    """Make a source of a page. Linear in its size, of which `readers.parse` caps the depth.

    Of a page that shows nothing before its scripts run, the story is read out of their data, if it stands there, or of
    what is told to search engines; of a page that shows no more than a notice, out of the latter.

    Raises UnreadableSource where no encoding fits or the parser gives up, EmptySource where the page shows no text.
    """
    from clean.readers.facts import facts, story_in_head
    from clean.readers.render import render
    from clean.readers.scripts import characters, story_in_scripts

    text, encoding = (content, "") if isinstance(content, str) else decode_page(content)
    root = parse(text)
    if root is None:
        raise EmptySource("the page holds no element")
    shown, elements, lines = render(root)
    if not lines and (story := story_in_scripts(root) or story_in_head(root)):
        text = f"<html><body><article>{story}</article></body></html>"
        shown, elements, lines = render(parse(text))
    elif len(shown) < LEAST_SHOWN and characters(story := story_in_head(root)) > 2 * len(shown):
        text += f"<article>{story}</article>"
        shown, elements, lines = render(parse(text))
    if not lines:
        raise EmptySource("the page shows no text: perhaps a script writes it, or it is a frame around another page")
    told = facts(root)
    address = url or next((fact.value for fact in told if fact.field == "url"), None)
    return Source(name, shown, encoding, address, scraped, page=Page(text, elements, lines, told))


def parse(text: str) -> Any:
    """The tree of a page, or None if it holds no element.

    Raises UnreadableSource where the parser stopped before the end: nothing is lost without a word.
    """
    from lxml import etree

    kept = {"remove_comments": True, "remove_pis": True, "collect_ids": False}  # a table of ids takes a third longer
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, **kept)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        if not text.strip():
            return None
        raise UnreadableSource(f"the HTML parser gave up: {error}") from error
    for entry in parser.error_log:
        if entry.level_name == "FATAL" and entry.type_name in GAVE_UP:
            raise UnreadableSource(f"the HTML parser gave up in line {entry.line}: {entry.message}")
    if root is not None:
        root.extend(list(root.itersiblings()))  # what stands behind `</html>`, as in pages one behind the other
    return root


def decode_page(content: bytes) -> tuple[str, str]:
    """Decode a page: by its byte order mark, as UTF-8, as it declares itself, or else as a detector says.

    A declaration does not outweigh bytes that are UTF-8, which nothing else is by chance.
    """
    marked = any(content.startswith(mark) for mark, _ in BYTE_ORDER_MARKS)
    declared = declared_encoding(content[:DECLARED_BEFORE])
    if marked or not declared or is_escaped(content):
        return decode(content)
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        try:
            return content.decode(declared), declared
        except UnicodeDecodeError:
            return decode(content)


def declared_encoding(start: bytes) -> str:
    """The encoding that a page's head declares, as the web means it; nothing if it names none that exists.

    >>> declared_encoding(b'<meta charset="latin1">'), declared_encoding(b"<title>Frost</title>")
    ('windows-1252', '')
    """
    found = DECLARED.search(start)
    try:
        name = codecs.lookup(found[1].decode("ascii")).name if found else ""
    except LookupError:
        return ""
    return WEB_ENCODINGS.get(name, name)
