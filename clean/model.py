"""What flows through the house: source, block, mark, span, article, record, removal, result; all immutable.

Inner-loop types are named tuples, since they are made a hundred thousand times a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

Confidence = Literal["high", "medium", "low"]
Reach = Literal["here", "list", "rest"]
Duplicates = Literal["annotate", "drop-passages", "drop-articles", "drop-all"]


class Element(NamedTuple):
    """An element of a page that breaks its text into blocks: number of the one around it, or -1, and what it says.

    `words` holds its class, id, role and itemprop; `hidden` is whether its own style hides it.
    """

    parent: int
    tag: str
    words: str
    hidden: bool


class Line(NamedTuple):
    """Where a line of a page's text comes from.

    `start` is its offset in the text; `element` the number of the element right around it; `linked` and `bold` count
    its characters in links and in bold type, `anchors` its links; `words` holds the tags and words of the elements
    that run with its text, `time` what a `<time>` in it says.
    """

    start: int
    element: int
    linked: int
    bold: int
    anchors: int
    words: str
    time: str


class Fact(NamedTuple):
    """What the head of a page says of its article: a field, its value, and where it says so."""

    field: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a page of HTML says beyond its text."""

    html: str
    elements: tuple[Element, ...]
    lines: tuple[Line, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One document as a reader hands it on: decoded, not repaired, not stripped.

    `site` names the site it is from, where that is known better than its URL, `meta` and name tell. `page` is what its
    markup tells, if it had any; then `text` is all that the page shows.
    """

    name: str
    text: str
    encoding: str = "utf-8"
    url: str | None = None
    scraped: datetime | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    site: str = ""
    page: Page | None = None


class Block(NamedTuple):
    """A non-empty line of the source, without the white space around it.

    `start` and `end` are half-open code-point offsets into the source. `gap` counts the line breaks between this
    block and the one before. `text` is `source.text[start:end]`, unless it was repaired: then `repairs` names what
    was done, and `offsets` tells for each character of `text`, and for its end, where in the source it comes from.
    """

    start: int
    end: int
    text: str
    gap: int
    repairs: tuple[str, ...] = ()
    offsets: tuple[int, ...] | None = None

    def place(self, at: int) -> int:
        """The offset in the source of an offset in the block's text."""
        return self.start + at if self.offsets is None else self.offsets[at]


class Mark(NamedTuple):
    """A detector's claim about a piece of a block; `start` and `end` are offsets into the block's repaired text."""

    block: int
    start: int
    end: int
    label: str
    rule: str
    why: str
    confidence: Confidence
    reach: Reach = "here"


class Span(NamedTuple):
    """A decision about a piece of a block; offsets are into the source, and spans do not overlap."""

    start: int
    end: int
    label: str
    text: str
    block: int
    rule: str = ""
    why: str = ""
    confidence: Confidence = "high"


class Start(NamedTuple):
    """A block at which a story begins, how sure that is, from 0 to 1, and why."""

    block: int
    score: float
    reasons: tuple[str, ...]


class Article(NamedTuple):
    """A story that was found: all spans from its first to the next story's first, in order."""

    spans: tuple[Span, ...]
    reasons: tuple[str, ...] = ()
    score: float = 0.0


class Passage(NamedTuple):
    """A piece of a record's body."""

    start: int
    end: int
    kind: str
    text: str
    fingerprint: str
    duplicate_of: str | None = None
    repeats: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One clean story. Offsets are half-open code points into the source's text; dates are ISO 8601.

    `origins` tells of the fields that the head of a page gave where in it they stood; all others stand in the text.
    """

    id: str
    source: str
    story: int
    stories: int
    start: int
    end: int
    title: str | None
    authors: tuple[str, ...]
    publisher: str | None
    published: str | None
    updated: str | None
    dateline: str | None
    language: str | None
    language_confidence: float | None
    summary: tuple[str, ...]
    captions: tuple[str, ...]
    body: tuple[Passage, ...]
    text: str
    words: int
    fingerprint: str
    duplicate_of: str | None = None
    repeats: Mapping[str, Any] | None = None
    boundary: Mapping[str, Any] | None = None
    repairs: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The record as `articles.jsonl` holds it."""
        row: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        row["body"] = [passage._asdict() for passage in self.body]
        return row


class Removal(NamedTuple):
    """A row of the ledger: text that is not in a record's text, and why. Offsets are into the source's text."""

    source: str
    start: int
    end: int
    label: str
    rule: str
    why: str
    confidence: Confidence
    text: str

    def to_dict(self) -> dict[str, Any]:
        """The removal as `removed.jsonl` holds it."""
        return self._asdict()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one source."""

    source: Source
    blocks: tuple[Block, ...]
    articles: tuple[Article, ...]
    records: list[Record]
    ledger: list[Removal]
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The decoded, unrepaired text that all offsets refer to."""
        return self.source.text
