"""The story of a page that scripts write: the longest piece of HTML in the data that they write it from."""

import json
import re
from collections.abc import Iterator
from typing import Any

LITERAL = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)  # a string of JSON (RFC 8259, section 7)
PARAGRAPH = re.compile(r"<p[\s>]", re.IGNORECASE)
MARKUP = re.compile(r"<[^<>]*>")
LEAST = 400  # characters of a story in such data; what is shorter is a notice
DEEPEST = 3  # strings in strings: a store in a state in a call
LONGEST = 8 << 20  # characters of all scripts that are looked through


def story_in_scripts(root: Any) -> str:
    """The HTML of the story that stands in the data of a page's scripts; nothing if there is none. Linear in them.

    >>> from lxml import etree
    >>> data = json.dumps({"story": "<p>" + "Frost took the pears. " * 20 + "</p>"})
    >>> story_in_scripts(etree.HTML(f'<script type="application/json">{data}</script>'))[:24]
    '<p>Frost took the pears.'
    """
    read, best = 0, ""
    for node in root.iter("script"):
        text = node.text or ""
        read += len(text)
        if read > LONGEST:
            break
        best = max((best, *pieces(text, DEEPEST)), key=characters)
    return best


def pieces(text: str, deep: int) -> Iterator[str]:
    """The HTML among the strings in a text, and among the strings in those."""
    for literal in LITERAL.finditer(text):
        if len(literal[1]) < LEAST:
            continue
        try:
            inner = json.loads(literal[0], strict=False)
        except ValueError:
            continue
        within = [] if deep == 1 or inner.lstrip().startswith("<") else list(pieces(inner, deep - 1))
        if within:
            yield from within
        elif PARAGRAPH.search(inner) and characters(inner) >= LEAST:
            yield inner


def characters(html: str) -> int:
    """How many characters a piece of HTML shows."""
    return len(MARKUP.sub("", html))
