"""A tree of HTML to its visible text, all of it in document order, and for each line where in the tree it stood."""

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from clean.model import Element, Line
from clean.readers.tags import APART, BOLD, CELLS, INLINE, LONGEST_CELL, UNSEEN

# What HTML collapses, and what would break a line; a single space is left out, which is nearly all of it.
WHITE = "\t\n\r\f\v\x1c-\x1e\x85\u2028\u2029"
SPACE = re.compile(f"[{WHITE}][ {WHITE}]*| [ {WHITE}]+")
SOFT_HYPHEN = "\xad"  # shows only where a line is broken
BREAK = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
NAMES = ("class", "id", "role", "itemprop")  # attributes whose words tell what an element is for
OTHER_NAMES = frozenset(NAMES[1:])
ODD = frozenset(("br", "tr", "pre", *CELLS))  # blocks that do more, or less, than to stand apart
new = tuple.__new__  # makes a named tuple in half the time, of which a page takes a thousand


def render(root: Any) -> tuple[str, tuple[Element, ...], tuple[Line, ...]]:
    """The visible text of a tree; its elements that hold blocks, parents first; its lines, in order.

    Linear in the nodes of the tree. Text that a style hides is rendered as well: scripts often show it.

    >>> text, elements, lines = render(etree.HTML("<p>Frost <b>in</b> May<ul><li><a>Follow</a>"))
    >>> text, [elements[line.element].tag for line in lines], [line.linked for line in lines]
    ('Frost in May\\n\\nFollow', ['p', 'li'], [0, 6])
    """
    pen = Pen()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        tag = node.tag
        if event == "start":
            if tag in INLINE:
                pen.open_inline(tag, node)
            elif tag in UNSEEN and not is_shadow(node):
                walk.skip_subtree()
                continue
            else:
                pen.open_block(tag, node)
            text = node.text
        else:
            if tag in INLINE:
                pen.close_inline(tag)
            elif tag not in UNSEEN or is_shadow(node):
                pen.close_block(tag)
            text = node.tail
        if text:
            pen.write(text)
    pen.end_line(2)
    return "".join(pen.text), tuple(pen.elements), tuple(pen.lines)


def is_shadow(node: Any) -> bool:
    """Whether an element is a template that browsers show where it stands: a declarative shadow root."""
    return node.tag == "template" and ("shadowrootmode" in node.attrib or "shadowroot" in node.attrib)


def names_of(attributes: Mapping[str, str]) -> str:
    """The words that tell what an element is for."""
    if OTHER_NAMES.isdisjoint(attributes):  # mostly so
        return attributes.get("class", "")
    return " ".join([attributes[name] for name in NAMES if name in attributes])


def is_row(node: Any) -> bool:
    """Whether a row of a table holds short cells of running text, so that it is read as one line."""
    for part in node.iterdescendants():
        if part.tag in CELLS:
            if len("".join(part.itertext()).strip()) > LONGEST_CELL:
                return False
        elif part.tag not in INLINE and part.tag not in UNSEEN:
            return False
    return True


class Pen:
    """Writes the text of a tree, element by element, in lines."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.elements: list[Element] = []
        self.lines: list[Line] = []
        self._in_row = False  # whether cells are set side by side in one line
        self._length = 0  # of all text so far
        self._breaks = 0  # due before the next line
        self._inside: list[int] = [-1]  # numbers of the open elements that are blocks
        self._as_is = self._links = self._bolds = 0  # how many elements of the kind are open
        self._after = ""  # the inline element that was closed, if nothing came since
        self._clear()

    def _clear(self) -> None:
        self._parts: list[str] = []
        self._linked = self._bold = self._anchors = 0
        self._words: list[str] = []
        self._time = ""

    def open_block(self, tag: str, node: Any) -> None:
        """An element begins that stands as a block of its own."""
        self._after = ""
        if tag in ODD:
            if tag == "br":
                self.end_line(1)
                return
            if tag == "tr":
                self._in_row = is_row(node)
            elif tag == "pre":
                self._as_is += 1
            elif self._in_row:  # a cell
                self._parts.append(" ")
                return
        self.end_line(2)
        words, hidden = "", False
        if given := node.items():
            attributes = dict(given)
            words = names_of(attributes)
            hidden = "hidden" in attributes or ("style" in attributes and bool(HIDDEN.search(attributes["style"])))
        self.elements.append(new(Element, (self._inside[-1], tag, words, hidden)))
        self._inside.append(len(self.elements) - 1)

    def close_block(self, tag: str) -> None:
        """It ends."""
        if tag in ODD:
            if tag == "br" or (self._in_row and tag in CELLS):
                return
            self._as_is -= tag == "pre"
        self._in_row = False
        self.end_line(2)
        self._inside.pop()
        self._after = ""

    def open_inline(self, tag: str, node: Any) -> None:
        """An element begins that runs with the text around it."""
        given = node.items()
        words = names_of(dict(given)) if given else ""
        if self._after and tag in APART and (tag == "a" or words):
            self._parts.append(" ")
        self._after = ""
        self._words.append(f"{tag} {words}")
        if tag == "a":
            self._links += 1
            self._anchors += 1
        elif tag in BOLD:
            self._bolds += 1
        elif tag == "time":
            self._time = self._time or node.get("datetime", "")

    def close_inline(self, tag: str) -> None:
        """It ends."""
        if tag == "a":
            self._links -= 1
        elif tag in BOLD:
            self._bolds -= 1
        self._after = tag if tag in APART else ""

    def write(self, text: str) -> None:
        """Text runs on."""
        self._after = ""
        if self._as_is:
            text, *others = BREAK.split(text)
            for line in others:
                self._add(text)
                self.end_line(1)
                text = line
        self._add(text)

    def _add(self, text: str) -> None:
        if not self._parts and text.isspace():  # white space in front of a line does not show
            return
        self._parts.append(text)
        if self._links or self._bolds:
            size = len(text.strip())
            self._linked += size if self._links else 0
            self._bold += size if self._bolds else 0

    def end_line(self, breaks: int) -> None:
        """Set down what was written, if any shows, and break so many lines before what comes: one or two."""
        if self._parts:
            line = "".join(self._parts).strip()
            if "  " in line or not line.isprintable():  # seldom so
                line = SPACE.sub(" ", line.replace(SOFT_HYPHEN, "")).strip()
            if line:
                self._set_down(line)
            self._clear()
        elif self._words:
            self._clear()
        self._breaks = 2 if breaks == 2 or self._breaks else 1

    def _set_down(self, line: str) -> None:
        if self.text:
            self._length += self._breaks
            self.text.append("\n" * self._breaks)
        size = len(line)
        shares = min(self._linked, size), min(self._bold, size)
        words = " ".join(self._words)
        self.lines.append(new(Line, (self._length, self._inside[-1], *shares, self._anchors, words, self._time)))
        self.text.append(line)
        self._length += size
        self._breaks = 0
