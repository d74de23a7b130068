"""What a pattern cannot do without: pieces of plain text, one of which stands in whatever it matches."""

import re
import re._constants as sre
import re._parser as parser
from collections.abc import Sequence
from re._constants import MAXREPEAT
from typing import Any, NamedTuple

from clean.rulebook import UNICODE_CLASS

LEAST = 3  # characters; shorter pieces stand in nearly every line
LEAST_WIDE = 2  # characters of writing in which a character is a word
MOST = 40  # texts; a pattern with more alternatives is better tried than looked for
MOST_IN_CLASS = 4  # characters of a class that are written out
MOST_OPENINGS = 400
LONGEST_OPENING = 3  # characters
ANYTHING = "\uffff"
DIGITS = ((sre.CATEGORY, sre.CATEGORY_DIGIT), (sre.RANGE, (ord("0"), ord("9"))))
EMPTY = frozenset(("",))
CODE_POINT = re.compile(r"\\x\{[0-9A-Fa-f]+\}")
GROUPS = {sre.SUBPATTERN, sre.ATOMIC_GROUP}
REPEATS = {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}


class Needs(NamedTuple):
    """What any match of a pattern has: texts, of each set at least one, the most telling first; length; openings.

    `openings` are up to three characters, of which each match begins with one; None where that cannot be said.
    """

    texts: tuple[frozenset[str], ...] = ()
    shortest: int = 0
    longest: int = MAXREPEAT
    openings: frozenset[str] | None = None


def needs(pattern: str) -> Needs:
    r"""What a text must have for the pattern to match in it, in lower case.

    >>> found = needs(r"(?:Read|See) also: .{3,200} here")
    >>> [sorted(texts) for texts in found.texts], found.shortest, found.longest
    ([['read also: ', 'see also: '], [' here']], 18, 216)
    >>> needs(r"\d+").texts
    ()
    """
    try:
        tree = parser.parse(CODE_POINT.sub(".", UNICODE_CLASS.sub(".", pattern)), re.IGNORECASE)
    except (re.error, OverflowError):
        return Needs()
    found = sorted(dict.fromkeys(filter(is_usable, required(tree.data))), key=worth, reverse=True)
    shortest, longest = tree.getwidth()
    return Needs(tuple(found), shortest, longest, first_characters(openings(tree.data)))


def required(items: Sequence[tuple[Any, Any]]) -> list[frozenset[str]]:
    """Every set of texts of which a match of the sequence holds at least one.

    Neighbouring pieces that can be written out, such as `(?:follow|join) us`, are written out together.
    """
    found: list[frozenset[str]] = []
    run = EMPTY
    for item in items:
        texts = written_out([item])
        if texts is not None and len(run) * len(texts) <= MOST:
            run = frozenset(left + right for left in run for right in texts)
            continue
        found.append(run)
        run = EMPTY if texts is None else texts
        if texts is None:
            found += required_inside(*item)
    return [*found, run]


def required_inside(kind: Any, value: Any) -> list[frozenset[str]]:
    """What `required` finds in one piece that cannot be written out."""
    if kind in GROUPS:
        return required(value[-1].data)
    if kind in REPEATS and value[0] > 0:
        return required(value[2].data)
    if kind is sre.BRANCH:
        branches = [max(filter(is_usable, required(branch.data)), key=worth, default=None) for branch in value[1]]
        if None not in branches:
            return [frozenset().union(*filter(None, branches))]
    return []


def written_out(items: Sequence[tuple[Any, Any]]) -> frozenset[str] | None:
    """All texts that the sequence matches, in lower case; None if they are too many to write out."""
    texts = EMPTY
    for kind, value in items:
        choices = choices_of(kind, value)
        if choices is None or len(texts) * len(choices) > MOST:
            return None
        texts = frozenset(left + right for left in texts for right in choices)
    return texts


def choices_of(kind: Any, value: Any) -> frozenset[str] | None:
    """All texts that one piece of a pattern matches, or None."""
    if kind is sre.LITERAL:
        return frozenset((chr(value).lower(),))
    if kind is sre.AT:
        return EMPTY
    if kind in GROUPS:
        return written_out(value[-1].data)
    if kind in REPEATS and value[1] == 1:
        inner = written_out(value[2].data)
        return inner if inner is None or value[0] else inner | EMPTY
    if kind is sre.IN and all(one is sre.LITERAL for one, _ in value) and len(value) <= MOST_IN_CLASS:
        return frozenset(chr(code).lower() for _, code in value)
    return choices_of_branches(value[1]) if kind is sre.BRANCH else None


def choices_of_branches(branches: Sequence[Any]) -> frozenset[str] | None:
    """All texts that any of the branches matches; None as soon as they are too many."""
    found: set[str] = set()
    if len(branches) > MOST:
        return None
    for branch in branches:
        texts = written_out(branch.data)
        if texts is None or len(found) > MOST:
            return None
        found |= texts
    return frozenset(found)


def openings(items: Sequence[tuple[Any, Any]]) -> frozenset[str] | None:
    """What a match of the sequence may begin with, as far as three characters; None if that is too much to list.

    A text after which anything may come ends with ANYTHING.
    """
    begun = EMPTY
    for kind, value in items:
        choices = choices_of(kind, value)
        choices = openings_of(kind, value) if choices is None else choices
        if choices is None:
            choices = frozenset((ANYTHING,))
        begun = frozenset(extended(one, other) for one in begun for other in choices)
        if len(begun) > MOST_OPENINGS:
            return None
        if all(len(text) >= LONGEST_OPENING or text.endswith(ANYTHING) for text in begun):
            break
    return begun


def extended(text: str, more: str) -> str:
    """A beginning with more behind it, as far as three characters."""
    return text if text.endswith(ANYTHING) or len(text) >= LONGEST_OPENING else (text + more)[:LONGEST_OPENING]


def openings_of(kind: Any, value: Any) -> frozenset[str] | None:
    """What `openings` finds in one piece that cannot be written out."""
    if kind in GROUPS:
        return openings(value[-1].data)
    if kind in REPEATS:
        inner = choices_of(kind, (1, 1, value[2]))
        inner = openings(value[2].data) if inner is None else inner
        if inner is None:
            return None
        again = inner if value[1] == 1 else frozenset(extended(text, ANYTHING) for text in inner)
        return again | EMPTY if value[0] == 0 else again
    if kind is sre.BRANCH:
        branches = [openings(branch.data) for branch in value[1]]
        return None if None in branches else frozenset().union(*filter(None, branches))
    if kind is sre.IN and all(one is sre.LITERAL or (one, code) in DIGITS for one, code in value):
        plain = {chr(code).lower() for one, code in value if one is sre.LITERAL}
        return frozenset(plain | (set("0123456789") if set(DIGITS) & set(value) else set()))
    return None


def first_characters(found: frozenset[str] | None) -> frozenset[str] | None:
    """The openings without their ends; None if one of them may be anything."""
    bare = found and frozenset(text.removesuffix(ANYTHING) for text in found)
    return bare if bare and "" not in bare else None


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
