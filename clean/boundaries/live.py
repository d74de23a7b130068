"""Live blogs, whose entries are no stories, by the rhythm of their clocks; and the heading above briefs."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from clean.boundaries.units import Unit, units_of
from clean.dates import Calendar
from clean.labels import KEPT
from clean.marks import DETECTORS
from clean.marks.shapes import could_be_title
from clean.model import Span, Start
from clean.rulebook import fold
from clean.words import TABLES, Words, alternatives

LEAST = 3  # entries of a blog whose headline says that it is live
LEAST_UNSAID = 4  # and of one that only its clocks tell of
MOST_BODIES = 4  # paragraphs of an entry in the median; a story of its own has more
MOST_UNSAID = 2  # the same, where no headline says that it is live, or the headline of each entry is above its clock
LONGEST = 8  # paragraphs of any entry but the last
NEAR = 24  # units above the first entry in which its headline stands: authors, key events, an introduction
WRAP = 8 * 60  # minutes; a step of so many the other way is midnight, or noon of a clock of twelve hours
LONGEST_CLOCK = 60  # characters of a line that holds a clock and no text
LONGEST_AGE = 30
DAY = 24 * 60
DAYS = 2 * DAY  # minutes over which a blog with dates may run
NOW = datetime(2000, 1, 1)  # against which ages are read, which are only compared
CLOCKS = frozenset(("date", "updated"))
LABELS = "other.live-blog"  # how the ids of rules for the labels of a live blog begin
ENTRY = "an entry of a live blog, as was asked for"
SIGNS = r"[\s+*•·|\-–—\[(]*"
CLOCK = (  # with the signs and words of all languages
    r"(?P<hour>2[0-3]|[01]?\d)(?!\d)"
    r"(?:(?:[:.h]| ?(?:{hours}) ?)(?P<minute>[0-5]\d)(?:\s?(?:{minutes}))?(?::[0-5]\d)?(?!\d|[.,:]\d))?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?(?P<unit>\s?(?:{units}|{hours})(?!\w))?"
    r"(?-i:\s?\(?(?:[A-Z]{{3,4}}|ET|PT)\b\)?)?"
)
NUMBER = re.compile(r"(?<!\d)\d")
GLUED = re.compile(r"(?<=\d)(?=[a-z])(?!h\d)")
BARE = re.compile(r"[\W_]*$")


class Clock(NamedTuple):
    """A moment that was read: how it is written, in minutes, and what of its line comes behind."""

    kind: str
    minutes: int
    rest: str


class Entry(NamedTuple):
    """What may be an entry of a live blog, by numbers of units: where it begins, its clock, heading and body."""

    first: int
    clock: Clock
    at: int
    heading: int | None
    bodies: int

    @property
    def above(self) -> bool:
        """Whether its heading stands above its clock."""
        return self.heading is not None and self.heading < self.at


class Blog(NamedTuple):
    """A live blog, by numbers of blocks.

    No story begins behind `first`, its headline, up to `last`, the first paragraph of its last entry. `entries` are the
    first blocks of its entries; `clocks` hold nothing else.
    """

    first: int
    last: int
    said: bool  # whether the headline, or a label, says that it is live
    introduced: bool  # whether a paragraph stands between its headline and its first entry
    entries: tuple[int, ...]
    clocks: frozenset[int]
    headings: frozenset[int]


class Live:
    """Finds live blogs with the words of each language."""

    def __init__(self, words: Iterable[Words], calendar: Calendar) -> None:
        rows = tuple(words)
        self._calendar = calendar
        at = alternatives(name for row in rows for name in row.at)
        says = alternatives(name for row in rows for name in row.live.get("says", ()))
        edge = alternatives(name for row in rows for name in row.live.get("edges", ()))
        signs = {
            what: alternatives(name for row in rows for name in row.clocks.get(what, ())) for what in TABLES["clocks"]
        }
        self._clock = re.compile(CLOCK.format(**signs), re.IGNORECASE)
        self._opens = re.compile(rf"{SIGNS}(?:(?:{at})\s+)?(?=\d)", re.IGNORECASE)
        self._says = re.compile(
            rf"(?<![^\W_])(?:{says})(?![a-z])|(?:^|[:|–—] )(?:{edge})\b|\b(?:{edge})(?:\W*$|\s*[:|–—]\s)",
            re.IGNORECASE,
        )
        self._briefs = frozenset(fold(name) for row in rows for name in row.briefs)

    def find(self, spans: Sequence[Span], breaks: Sequence[int]) -> list[Blog]:
        """The live blogs of a document: its spans, and the line breaks in front of each of its blocks.

        A blog is a row of clocks, each later than the one before or each earlier, with a paragraph or two below each,
        and a headline that says it is live; without that, there may be no headlines in it at all. Linear in the spans.
        """
        clocks = {span.block for span in spans if self.is_clock(span)}
        if len(clocks) < LEAST:
            return []
        units = units_of(spans, breaks)
        found: list[Blog] = []
        for run in runs(units, list(self.entries(units, clocks))):
            if blog := self.blog(units, run, found[-1].last if found else -1):
                found.append(blog)
        return found

    def is_clock(self, span: Span) -> bool:
        """Whether a span may open an entry."""
        if span.label in CLOCKS:
            return True
        opens = self._opens.match(span.text)
        return opens is not None and (
            len(span.text) <= LONGEST_AGE or self._clock.match(span.text, opens.end()) is not None
        )

    def entries(self, units: Sequence[Unit], clocks: set[int]) -> Iterator[Entry]:
        """All that looks like an entry: a clock, perhaps a heading, and a body up to the next clock."""
        read = ((at, self.read(unit)) for at, unit in enumerate(units) if unit.spans[0].block in clocks)
        places = [(at, clock) for at, clock in read if clock]
        ends = [at for at, _ in places[1:]] + [len(units)]
        for (at, clock), end in zip(places, ends, strict=False):
            bodies = sum(unit.is_body for unit in units[at:end])
            if bodies:
                heading = heading_of(units, at, end, clock)
                yield Entry(at if heading is None else min(at, heading), clock, at, heading, bodies)

    def read(self, unit: Unit) -> Clock | None:
        """The clock, age or date and clock with which a unit begins; anywhere in a line that rules say is one."""
        text = " ".join(span.text for span in unit.spans)
        told = unit.labels <= CLOCKS and len(text) <= LONGEST_CLOCK
        opens = self._opens.match(text)
        kind = "updated" if unit.labels == {"updated"} else ""
        if told or (opens and len(text) <= LONGEST_AGE):
            found = self._calendar.read(GLUED.sub(" ", text), None, NOW)  # "5m ago"
            if found.relative and len(found.value or "") < len("2000-01-01"):
                return None  # some months or years ago: nothing of that is live
            if found.relative or (told and found.value and "T" in found.value):
                moment = datetime.fromisoformat(found.value or "").replace(tzinfo=None)
                name = "ago" if found.relative else "dated"
                return Clock(kind + name, int((moment - NOW).total_seconds()) // 60, "")
            if found.value:
                return None
        start = opens.end() if opens else None
        if told and start is None:
            start = next(
                (one.start() for one in re.finditer(r"(?<!\d)\d", text) if self._clock.match(text, one.start())), None
            )
        clock = self._clock.match(text, start) if start is not None else None
        if clock is None or not (clock["minute"] or clock["half"] or clock["unit"]):
            return None
        hour = int(clock["hour"])
        if clock["half"] and hour <= 12:
            hour = hour % 12 + 12 * (clock["half"].lower() == "p")
        rest = "" if told or BARE.match(text, clock.end()) else text[clock.end() :]
        return Clock(kind + "clock", 60 * hour + int(clock["minute"] or 0), rest)

    def blog(self, units: Sequence[Unit], run: Sequence[Entry], after: int) -> Blog | None:
        """The blog that a row of entries is, if it is one; it stands behind a block."""
        title, said = self.title(units, run[0].first, after)
        bodies = [entry.bodies for entry in run[:-1]]
        headed = any(entry.heading is not None for entry in run)
        most = MOST_BODIES if said and not run[0].above else MOST_UNSAID
        if len(run) < (LEAST if said else LEAST_UNSAID) or median(bodies) > most:
            return None
        if title is None or (not said and (headed or any(units[entry.at].labels & CLOCKS for entry in run))):
            return None
        body = next(at for at in range(run[-1].at, len(units)) if units[at].is_body)
        block = [unit.spans[0].block for unit in units]
        return Blog(
            block[title],
            block[body],
            said,
            any(unit.is_body for unit in units[title : run[0].first]),
            tuple(block[entry.first] for entry in run),
            frozenset(block[entry.at] for entry in run if not entry.clock.rest and is_bare(entry.clock)),
            frozenset(block[entry.heading] for entry in run if entry.heading is not None),
        )

    def title(self, units: Sequence[Unit], first: int, after: int) -> tuple[int | None, bool]:
        """The headline above a first entry, the nearest that says it is live, and whether it or a label does.

        Without such, it is the document's first unit, if that is a headline.
        """
        above = [at for at in range(max(first - NEAR, 0), first) if units[at].spans[0].block > after]
        lines = [at for at in above if units[at].is_headline or is_pointer(units[at])]
        for at in reversed(lines):
            if self._says.search(units[at].spans[0].text):
                return at, True
        lines = [at for at in lines if units[at].is_headline]
        labelled = [at for at in above if any(span.rule.startswith(LABELS) for span in units[at].spans)]
        if labelled and lines and lines[0] < labelled[0]:
            return lines[0], True
        return (0 if lines[:1] == [0] else None), False

    def section(self, spans: Sequence[Span], starts: Sequence[Start]) -> set[int]:
        """The blocks that are the heading of a round-up: right above the headline of a story, in a file of several."""
        if not starts:
            return set()
        opens = {start.block for start in starts}
        found: set[int] = set()
        for span, below in pairwise(spans):
            first = span is spans[0] or span.block in opens or below.block in opens
            if first and span.label in KEPT and fold(span.text) in self._briefs and below.block > span.block:
                found.add(span.block)
        return found


def is_bare(clock: Clock) -> bool:
    """Whether the line of a clock tells nothing that a field takes."""
    return clock.kind in ("clock", "ago")


def is_pointer(unit: Unit) -> bool:
    """Whether a line looks like a pointer to another story, as "Live: ..." does, which may be this one's headline."""
    return unit.labels == {"related"} and could_be_title(unit.spans[0].text)


def heading_of(units: Sequence[Unit], at: int, end: int, clock: Clock) -> int | None:
    """The heading of an entry: behind its clock in one line, below that, or above it with its text right below."""
    if clock.rest:
        return None if units[at].is_body else at
    for number in range(at + 1, end):
        if units[number].is_headline or "repeat.title" in units[number].labels:
            return number
        if units[number].is_body:
            break
    above = at > 1 and number == at + 1 and units[at - 1].is_headline
    return at - 1 if above else None


def runs(units: Sequence[Unit], entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Rows of entries of one kind whose clocks all go one way, with no long text between."""
    run: list[Entry] = []
    way = 0
    for entry in entries:
        if run:
            last = run[-1]
            step = step_of(last.clock, entry.clock, way)
            alike = last.clock.kind == entry.clock.kind and last.above == entry.above and last.bodies <= LONGEST
            if not alike or step * way < 0 or abs(step) > DAYS:
                yield run
                run, way = [], 0
            else:
                way = way or step
        run.append(entry)
    if run:
        yield run


def step_of(last: Clock, clock: Clock, way: int) -> int:
    """Minutes from one clock to the next of a row that goes one way; far the other way, it has passed midnight."""
    step = clock.minutes - last.minutes
    against = step * way < 0 and abs(step) >= WRAP
    if clock.kind.endswith("clock") and (against or (not way and abs(step) > DAY // 2)):
        return step - DAY if step > 0 else step + DAY
    return step


def joined(starts: Sequence[Start], blogs: Sequence[Blog], apart: bool) -> list[Start]:
    """The starts of a document, but those within its blogs; or, if they are wanted `apart`, one at each entry."""
    found = {start.block: start for start in starts}
    for blog in blogs:
        inside = [start for block, start in found.items() if blog.first < block <= blog.last]
        for start in inside:
            del found[start.block]
        early = [start for start in inside if start.block <= blog.entries[0]]
        if early:
            found.setdefault(blog.first, early[0]._replace(block=blog.first))
        if apart:
            wanted = blog.entries if blog.introduced else blog.entries[1:]
            found |= {block: Start(block, 1.0, (ENTRY,)) for block in wanted}
    return [found[block] for block in sorted(found)]


def named(spans: Sequence[Span], blogs: Sequence[Blog], sections: Collection[int], apart: bool) -> list[Span]:
    """The spans of a document, those of its blogs and sections called by what they are there.

    A clock and a heading of an entry are headings, and no date or repeated title of the story; where entries are
    records of their own, the clock is the date of one.
    """
    clocks = frozenset().union(*(blog.clocks for blog in blogs))
    headings = frozenset().union(*(blog.headings for blog in blogs))
    titles = {blog.first for blog in blogs if blog.said}
    whole = Counter(span.block for span in spans)
    found = list(spans)
    for place, span in enumerate(spans):
        if whole[span.block] > 1:
            continue
        if span.block in clocks:
            found[place] = called(span, "date", "live.clock") if apart else called(span, "body.heading")
        elif span.block in headings and (span.label in KEPT or span.label == "repeat.title"):
            found[place] = called(span, "body.heading")
        elif span.block in titles and (span.label in KEPT or span.label == "related"):
            found[place] = called(span, "title")
        elif span.block in sections and span.label in KEPT:
            found[place] = called(span, "nav", "live.section")
    return found


def called(span: Span, label: str, detector: str = "") -> Span:
    """A span with another label, and the detector that gave it, if it does not stay in the text."""
    return span._replace(label=label, rule=detector, why=DETECTORS.get(detector, ""), confidence="medium")
