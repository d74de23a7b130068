"""The names of persons in bylines, found with the words of each language."""

import re
from collections.abc import Iterable, Iterator

from clean.rulebook import PARTICLES
from clean.words import Words, alternatives

NAME_PART = r"[^\W\d_a-zß-ÿ][\w.'’-]*"
NAME = re.compile(rf"{NAME_PART}(?: (?:{NAME_PART}|{PARTICLES})){{1,3}}")
AROUND = " .–—-|*"


class Bylines:
    """Reads bylines in the languages it was given words of.

    >>> english = {"before": ("by",), "between": ("and",), "titles": ("Dr",), "roles": ("staff", "writers")}
    >>> bylines = Bylines([Words("en", bylines=english)])
    >>> list(bylines.names("By Jane Smith and John Doe, Staff Writers"))
    ['Jane Smith', 'John Doe']
    >>> list(bylines.names("Dr. Ida Nor – Academic and Writer"))
    ['Ida Nor']
    """

    def __init__(self, words: Iterable[Words]) -> None:
        words = tuple(words)

        def known(what: str) -> str:
            return alternatives(text for one in words for text in one.bylines.get(what, ()))

        self.before = re.compile(rf"^(?:{known('before')})\s*:?\s+", re.IGNORECASE)
        self.title = re.compile(rf"^(?:{known('titles')})\.?\s+")
        self.between = re.compile(rf"\s*(?:,|;|/|&|\b(?:{known('between')})\b)\s*")
        self.after = re.compile(
            rf"\s*(?:[|•·(]|\s[–—-]\s|,\s(?=\D*\b(?:{known('where')})\b)|\b(?:{known('ends')})\s).*$"
        )
        self.roles = frozenset(text for one in words for text in one.bylines.get("roles", ()))

    def names(self, byline: str) -> Iterator[str]:
        """The names of persons in a byline, without what they are; spaces of any kind are one space."""
        line, before = " ".join(byline.split()).strip(AROUND), ""
        while line != before:
            line, before = self.before.sub("", line), line
        for part in self.between.split(self.after.sub("", line)):
            name = self.title.sub("", part.strip(AROUND))
            if NAME.fullmatch(name) and not {word.strip(".").lower() for word in name.split()} & self.roles:
                yield name
