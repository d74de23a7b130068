"""The names of persons in bylines, and of authors in the head of a page, found with the words of each language."""

import re
from collections.abc import Iterable, Iterator

from clean.rulebook import PARTICLES
from clean.words import Words, alternatives

NAME_PART = r"[^\W\d_a-zß-ÿ][\w.'’-]*"
NAME = re.compile(rf"{NAME_PART}(?: (?:{NAME_PART}|{PARTICLES})){{1,3}}")
AROUND = " .–—-|*"
PERSON = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,4}")
LONGEST_NAME = 60  # characters
LONGEST_UNCASED = 4  # characters of a name in writing without capitals


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


class Authors:
    """Reads author fields in the languages it was given words of.

    >>> english = {"before": ("by",), "between": ("and",)}
    >>> authors = Authors([Words("en", authors=english)])
    >>> list(authors.people("By Ida Marlow and Tom Reed")), list(authors.people("Ida Marlow, Lamp reporter"))
    (['Ida Marlow', 'Tom Reed'], ['Ida Marlow'])
    """

    def __init__(self, words: Iterable[Words]) -> None:
        words = tuple(words)

        def known(*lists: str) -> str:
            return alternatives(text for one in words for what in lists for text in one.authors.get(what, ()))

        self.before = re.compile(rf"^(?:{known('before')})\s+", re.IGNORECASE)
        self.between = re.compile(rf"\s*(?:[,;|/•]|\s(?:{known('between', 'within')}|&)\s)\s*")
        self.several = re.compile(rf"[,;|•]|\s(?:{known('between')}|&)\s")
        self.after = re.compile(rf"\s+(?:{known('after')})$")

    def people(self, text: str) -> Iterator[str]:
        """The names in an author field: several, if all but the first are names of persons."""
        text = self.before.sub("", text.strip(" .,|"))
        is_list = self.several.search(text) is not None
        parts = [part.strip() for part in self.between.split(text) if part.strip()] if is_list else [text]
        for part in (part for number, part in enumerate(parts) if not number or is_person(part)):
            name = self.after.sub("", part)
            if 1 < len(name) <= LONGEST_NAME:
                yield name


def is_person(text: str) -> bool:
    """Whether a text has the shape of a person's name: two words or more, each with a capital; or no case at all."""
    words = text.split()
    if text.lower() == text.upper():
        return 1 < len(text) <= LONGEST_UNCASED
    return PERSON.fullmatch(text) is not None and words[0][0].isupper() and words[-1][0].isupper()
