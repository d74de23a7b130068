"""Rules to TOML, as rule files hold them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from clean.writers import visible

WIDTH = 6  # characters of the longest common key, so that the values stand in a column
LONGEST_ROW = 80  # characters of a list that stands in one line


def rule(row: Mapping[str, str | Sequence[str]], comments: Iterable[str] = ()) -> Iterator[str]:
    """The lines of one rule, with comments above it.

    >>> print("\\n".join(rule({"id": "share.beam", "any": ["beam it"]}, ["From a page."])))
    # From a page.
    [[rule]]
    id     = "share.beam"
    any    = ["beam it"]
    """
    yield from (f"# {visible(line)}".rstrip() for line in comments)
    yield "[[rule]]"
    for key, value in row.items():
        if isinstance(value, str):
            yield f"{key:{WIDTH}} = {quoted(value)}"
        elif sum(map(len, value)) <= LONGEST_ROW:
            yield f"{key:{WIDTH}} = [{', '.join(map(quoted, value))}]"
        else:
            yield from (f"{key:{WIDTH}} = [", *(f"    {quoted(text)}," for text in value), "]")


def quoted(text: str) -> str:
    """A text as a basic string of TOML, which takes all escapes of JSON, and DEL only as an escape."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
