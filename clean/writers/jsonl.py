"""Rows to lines of JSON."""

from collections.abc import Mapping
from typing import Any

import orjson


def line(row: Mapping[str, Any]) -> bytes:
    r"""One row as a line of UTF-8 that every reader of JSON takes.

    What JSON or UTF-8 cannot hold is written as near to it as can be: a lone surrogate as U+FFFD, a number that is none
    as null, one of more than 64 bits as text, and anything unknown in the words that Python has for it.

    >>> line({"a": "\ud800", "b": float("nan"), "c": 1 << 70})
    b'{"a":"\xef\xbf\xbd","b":null,"c":"1180591620717411303424"}\n'
    """
    try:
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return orjson.dumps(speakable(row), option=orjson.OPT_APPEND_NEWLINE)


def speakable(value: Any) -> Any:
    """A value in the nearest form that JSON can hold."""
    if isinstance(value, Mapping):
        return {speakable(str(key)): speakable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [speakable(one) for one in value]
    try:
        orjson.dumps(value)
    except TypeError:
        return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value
