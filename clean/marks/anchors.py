"""What a pattern cannot do without: pieces of plain text, one of which stands in whatever it matches."""

import re
import re._constants as sre
import re._parser as parser
from collections.abc import Sequence
from typing import Any

from clean.rulebook import UNICODE_CLASS

LEAST = 3  # characters; shorter pieces stand in nearly every line
LEAST_WIDE = 2  # characters of writing in which a character is a word
MOST = 60  # pieces; a pattern with more alternatives is better tried than looked for
CODE_POINT = re.compile(r"\\x\{[0-9A-Fa-f]+\}")
GROUPS = {sre.SUBPATTERN, sre.ATOMIC_GROUP}
REPEATS = {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}


def anchors(pattern: str) -> list[frozenset[str]]:
    r"""Sets of lower-case texts of which any match of the pattern holds at least one of each; the most telling first.

    >>> [sorted(texts) for texts in anchors(r"(?i)(?:Read|See) also: .{3,200} here")]
    [[' also: '], [' here'], ['read', 'see']]
    >>> anchors(r"\d+")
    []
    """
    try:
        tree = parser.parse(CODE_POINT.sub(".", UNICODE_CLASS.sub(".", pattern)), re.IGNORECASE)
    except (re.error, OverflowError):
        return []
    return sorted(dict.fromkeys(filter(is_usable, required(tree.data))), key=worth, reverse=True)


def required(items: Sequence[tuple[Any, Any]]) -> list[frozenset[str]]:
    """Every set of texts of which a match of the sequence holds at least one."""
    found: list[frozenset[str]] = []
    run = ""
    for kind, value in items:
        if kind is sre.LITERAL:
            run += chr(value).lower()
            continue
        found.append(frozenset((run,)))
        run = ""
        if kind in GROUPS:
            found += required(value[-1].data)
        elif kind in REPEATS and value[0] > 0:
            found += required(value[2].data)
        elif kind is sre.BRANCH:
            branches = [max(filter(is_usable, required(branch.data)), key=worth, default=None) for branch in value[1]]
            if None not in branches:
                found.append(frozenset().union(*filter(None, branches)))
    return [*found, frozenset((run,))]


def is_usable(texts: frozenset[str]) -> bool:
    """Whether the texts are few and long enough to be worth looking for."""
    return 0 < len(texts) <= MOST and all(
        letters(text) >= (LEAST_WIDE if any(character > "\u2e80" for character in text) else LEAST) for text in texts
    )


def worth(texts: frozenset[str]) -> tuple[int, int, list[str]]:
    """How telling a set is, to be compared: as its shortest text is long, and then as it is small."""
    return min(map(letters, texts)), -len(texts), sorted(texts)


def letters(text: str) -> int:
    """The length of a text without spaces, which stand in every line."""
    return len(text.replace(" ", ""))
