"""Rows of JSON: one to a line, or one after the other, or in a list."""

import json
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import orjson

from clean.errors import UnreadableSource, UnsupportedSource
from clean.readers.documents import LARGEST, Document, Fields, damage, too_large
from clean.readers.rows import Rows, kind_of

LARGE = float(1 << 63)  # from which the fast parser may make a number with a point of a whole one
BETWEEN = " \t\r\n,"
DEEPEST = 3  # objects, one in the other, in which a list of rows is looked for: an answer, its data, their results
FIRST_PIECE = 1 << 16  # characters that are read at first, and twice as many each time that they do not suffice


def lines(name: str, stream: BinaryIO, fields: Fields) -> Iterator[Document]:
    """The documents of a file with an object on each line; a line that is broken costs only itself."""
    rows = Rows(name, fields)
    number = 0
    while line := stream.readline(LARGEST + 1):
        number += 1
        if len(line) > LARGEST:
            while line and not line.endswith(b"\n"):
                line = stream.readline(LARGEST)
            yield Document(f"{name}#{number}", problem=too_large("the line"))
        elif line := line.removeprefix(b"\xef\xbb\xbf" if number == 1 else b"").strip():
            yield from of_line(rows, number, line)


def of_line(rows: Rows, number: int, line: bytes) -> Iterator[Document]:
    """The documents of one line."""
    try:
        yield from of_value(rows, number, loads(line))
        return
    except RecursionError:
        problem = UnreadableSource(f"line {number} is nested too deep")
    except ValueError as error:
        what = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else damage(error)
        problem = UnreadableSource(f"line {number} is no JSON ({what}); mend it or take it out")
    yield Document(f"{rows.file}#{number}", problem=problem)


def loads(line: bytes) -> Any:
    """The value on a line; the strict and fast parser first.

    The other one takes NaN and lone surrogates, too, and whole numbers of any size, of which the first makes others.
    """
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line)
    return json.loads(line) if holds_large(value) else value


def holds_large(value: Any) -> bool:
    """Whether there is a number in a value that may have been a whole one of more than 64 bits."""
    if isinstance(value, float):
        return abs(value) >= LARGE
    if isinstance(value, dict | list):
        return any(map(holds_large, value.values() if isinstance(value, dict) else value))
    return False


def of_value(rows: Rows, number: int | str, value: Any) -> Iterator[Document]:
    """The document of a value, which should be an object; of one around a single list of documents, all of those."""
    if not isinstance(value, dict):
        problem = UnsupportedSource(f"row {number} is no object with fields, but {kind_of(value)}")
        yield Document(f"{rows.file}#{number}", problem=problem)
    elif len(lists := [] if rows.holding(value) else list(lists_in(rows, value))) == 1:
        for place, one in enumerate(lists[0], 1):
            yield from of_value(rows, f"{number}.{place}", one)
    else:
        yield rows.document(number, value)


def lists_in(rows: Rows, value: Mapping[str, Any], depth: int = 1) -> Iterator[list[Any]]:
    """The lists in an object, and in objects in it, that hold any object with a text or a page."""
    for member in value.values():
        if isinstance(member, list):
            if any(isinstance(one, dict) and rows.holding(one) for one in member):
                yield member
        elif isinstance(member, dict) and depth < DEEPEST:
            yield from lists_in(rows, member, depth + 1)


def values(name: str, stream: BinaryIO, fields: Fields) -> Iterator[Document]:
    """The documents of a file with a list of objects, or with some one after the other, over any number of lines.

    Only one object at a time is held. Raises a SourceError at the first that is broken, since nobody can say where it
    was to end.
    """
    rows = Rows(name, fields)
    reader = Values(stream)
    for number, value in enumerate(reader, 1):
        yield from of_value(rows, number, value)


class Values:
    """The values in a stream of JSON, without the brackets of an outer list."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.text, self.at, self.ended = stream, "", 0, False
        self.decoder = getincrementaldecoder("utf-8-sig")("replace")
        self.parse = json.JSONDecoder().raw_decode

    def more(self, size: int) -> None:
        """Read so many characters more, and let go of what was parsed."""
        data = self.stream.read(size)
        self.ended = not data
        self.text, self.at = self.text[self.at :] + self.decoder.decode(data, final=not data), 0

    def skip(self, between: str) -> None:
        """Go on to the next character that does not stand between values."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in between:
                self.at += 1
            if self.at < len(self.text) or self.ended:
                return
            self.more(FIRST_PIECE)

    def __iter__(self) -> Iterator[Any]:
        self.skip(BETWEEN)
        if in_list := self.text.startswith("[", self.at):
            self.at += 1
        number = 0
        while True:
            self.skip(BETWEEN)
            if self.at >= len(self.text):
                if in_list:
                    raise UnreadableSource(f"its list breaks off after row {number}")
                return
            if in_list and self.text[self.at] == "]":
                return
            number += 1
            yield self.value(number)

    def value(self, number: int) -> Any:
        """The next value. Raises UnreadableSource if there is none, or if it is too large."""
        size = FIRST_PIECE
        while True:
            try:
                value, self.at = self.parse(self.text, self.at)
                return value
            except ValueError as error:
                self.more(size)
                if self.ended:
                    what = f"row {number} is no JSON, or ends too soon ({damage(error)})"
                    raise UnreadableSource(f"{what}; it and what follows are lost: mend it") from error
            except RecursionError as error:
                raise UnreadableSource(f"row {number} is nested too deep; it and what follows are lost") from error
            size *= 2
            if len(self.text) > LARGEST:
                raise too_large(f"row {number}")
