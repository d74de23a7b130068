"""Rows to lines of JSON."""

import json
from collections.abc import Mapping
from typing import Any

import orjson


def line(row: Mapping[str, Any]) -> bytes:
    """One row as a line of UTF-8. A lone surrogate, which UTF-8 cannot hold, is written as its JSON escape."""
    try:
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return json.dumps(row, ensure_ascii=True, separators=(",", ":"), default=dict).encode() + b"\n"
