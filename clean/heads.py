"""What the head of a page says of its story: of all that it says, the title, names, dates and language to believe."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import MINYEAR, datetime
from typing import NamedTuple

from clean.bylines import Authors
from clean.dates import Calendar, of_mail
from clean.model import Block, Fact, Page, Record

# How much the vote of each origin weighs for a title. None is right alone: search engines, social networks and readers
# are told different headlines; what two of them are told is most often the story's.
VOTES: Sequence[tuple[str, float]] = (
    ("JSON-LD", 2.0),
    ("meta og:", 2.0),
    ("<h1>", 2.0),
    ("meta twitter:", 1.0),
    ("itemprop", 1.0),
    ("meta ", 1.0),
    ("<title>", 0.5),
)
# Whose wording and spelling is taken where several agree but for signs and case.
SPELLING = ("JSON-LD", "meta og:", "<h1>")
SEPARATOR = re.compile(r"\s+(?:[|·•»–—-]|::)\s*|\s*[|ㅣ｜]\s*")  # between a headline and the name of the site
# Signs that set a headline apart from what is no part of it, but hardly ever two halves of one, as dashes do.
BAR = re.compile(r"\s+(?:[·•»›]|::)\s*|\s*[|ㅣ｜：]\s*")
DASH = re.compile(r"\s+[–—-]\s+|(?<=\S)[–—-](?=\S)")  # in front of a section, if the site's name stood behind it
MOST_BESIDE = 24  # letters beside the name of the site: "Lamp Online", "The Northern Daily Lamp"
LONGEST_SECTION = 20  # letters
LEAST_TITLE = 8  # letters of a headline that is known by what stands in front of such a sign
LEAST_SITE = 4  # letters of a name that may be part of the site's
NO_AUTHOR = re.compile(r"https?://|www\.|^[@/(]|[\w.]+@[\w.]+")  # an address, or a credit of a picture
SLUG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)+")
LOCALE = re.compile(r"[A-Za-z]{2}(?=[-_]|$)")
ISO = re.compile(  # in the extended format, or the basic one
    r"(\d{4})(-?)(\d{2})\2(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?\d{2}(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?(?!\d)"
)
ORDER = ("JSON-LD", "meta article:published", "meta article:modified", "itemprop", "meta ")  # whose dates to believe


class Told(NamedTuple):
    """A value that a head gives a field, and where it says so."""

    value: str
    origin: str


class Head(NamedTuple):
    """What a page says of its story. Dates are ISO 8601; what it does not say is None or empty."""

    title: Told | None
    authors: tuple[Told, ...]
    publisher: Told | None
    published: Told | None
    updated: Told | None
    language: Told | None


def head_of(page: Page, blocks: Sequence[Block], url: str | None, calendar: Calendar, names: Authors) -> Head:
    """Weigh all that a page says of its story."""
    facts = page.facts
    publisher = first(facts, "publisher")
    return Head(
        title(facts, headings(page, blocks), site_names(facts, url)),
        authors(facts, publisher, names),
        publisher,
        date(facts, ("published", "created"), calendar) or stated_time(page),
        date(facts, ("updated",), calendar),
        language(facts),
    )


def with_head(records: Sequence[Record], head: Head) -> list[Record]:
    """The records of a page, with what its head says of the one story it is about.

    Of several, that is the one that bears its title; if none does, the page is a collection, and only what holds for
    all of it is taken: the publisher, and the language where the text does not tell.
    """
    main = main_of(records, head)
    return [headed(record, head, number == main) for number, record in enumerate(records)]


def main_of(records: Sequence[Record], head: Head) -> int | None:
    """Which of the records the head is about."""
    if len(records) == 1:
        return 0
    key = bare(head.title.value) if head.title else ""
    return next((number for number, record in enumerate(records) if key and bare(record.title or "") == key), None)


def headed(record: Record, head: Head, is_main: bool) -> Record:
    """A record with the fields that a head gives it, each with where it says so."""
    told: dict[str, Told] = {}
    if head.publisher:
        told["publisher"] = head.publisher
    if head.language and record.language is None:
        told["language"] = head.language
    if is_main:
        singles = {
            "title": None if is_title_with_site(head.title, record.title) else head.title,
            "published": head.published,
            "updated": head.updated,
        }
        told |= {name: one for name, one in singles.items() if one}
    fields: dict[str, object] = {name: one.value for name, one in told.items()}
    origins = {name: one.origin for name, one in told.items()}
    if is_main and head.authors:
        fields["authors"] = tuple(one.value for one in head.authors)
        origins["authors"] = head.authors[0].origin
    return replace(record, **fields, origins=origins)  # type: ignore[arg-type]


def is_title_with_site(told: Told | None, shown: str | None) -> bool:
    """Whether a title that only `<title>` gives is the headline of the text, with something behind a sign.

    >>> is_title_with_site(Told("Frost in May - The Lamp", "<title>"), "Frost in May")
    True
    """
    if told is None or told.origin != "<title>" or shown is None or len(bare(shown)) < LEAST_TITLE:
        return False
    cuts = SEPARATOR.finditer(told.value)
    return any(bare(told.value[: cut.start()]) == bare(shown) and bare(told.value[cut.end() :]) for cut in cuts)


def headings(page: Page, blocks: Sequence[Block]) -> list[str]:
    """The texts of all blocks in an `<h1>`."""
    own = {line.start for line in page.lines if page.elements[line.element].tag == "h1"}
    return [block.text for block in blocks if block.start in own]


def site_names(facts: Sequence[Fact], url: str | None) -> frozenset[str]:
    """What the site may be called behind a headline: its publisher's name, its host."""
    host = re.sub(r"^https?://(?:www\.)?", "", url or "").split("/")[0]
    found = [fact.value for fact in facts if fact.field == "publisher"] + [host, host.rpartition(".")[0]]
    return frozenset(bare(name) for name in found if name)


def bare(text: str) -> str:
    """A text without signs, spaces and case."""
    return re.sub(r"[\W_]+", "", text.lower())


def without_site(text: str, names: frozenset[str]) -> str:
    """A title without the names of the site and its sections behind it.

    >>> without_site("Frost in May - Weather | The Daily Lamp", frozenset(("thedailylamp",)))
    'Frost in May - Weather'
    """
    while cuts := list(SEPARATOR.finditer(text)):
        tail = bare(text[cuts[-1].end() :])
        if not tail or not any(is_site(tail, name) for name in names):
            break
        text = text[: cuts[-1].start()]
    return text


def is_site(tail: str, name: str) -> bool:
    """Whether what stands behind a headline is a name of the site, one with a word or two more, or a part of one."""
    return (name in tail and len(tail) <= len(name) + MOST_BESIDE) or (len(tail) >= LEAST_SITE and tail in name)


def title(facts: Sequence[Fact], shown: Sequence[str], names: frozenset[str]) -> Told | None:
    """The title that most of those that name one agree on, but for signs and case."""
    said = [Told(fact.value, fact.origin) for fact in facts if fact.field in ("title", "page title")]
    said += [Told(without_tail(" ".join(text.split()), said), "<h1>") for text in shown]
    cut = [one if one.origin == "<h1>" else one._replace(value=without_site(one.value, names)) for one in said]
    told = [
        Told(as_told_elsewhere(one, cut, one.value != whole.value), one.origin)
        for one, whole in zip(cut, said, strict=True)
    ]
    votes: dict[str, float] = defaultdict(float)
    for key, origin in dict.fromkeys((bare(one.value), kind_of(one.origin)) for one in told):
        if key:
            votes[key] += dict(VOTES)[origin]
    if not votes:
        return None
    best = max(votes, key=votes.__getitem__)
    return min((one for one in told if bare(one.value) == best), key=lambda one: spelling(one.origin))


def without_tail(heading: str, told: Sequence[Told]) -> str:
    """A heading without the name of the site in it: where it is made of the first and last part of the page's title.

    >>> without_tail("Frost in May The Lamp", [Told("Frost in May » Weather » The Lamp", "<title>")])
    'Frost in May'
    """
    for one in told:
        cuts = list(BAR.finditer(one.value)) if one.origin == "<title>" else []
        for cut in cuts[:-1]:
            head, tail = one.value[: cut.start()], one.value[cuts[-1].end() :]
            if bare(head) and bare(tail) and bare(heading) == bare(head) + bare(tail):
                return head
    return heading


def as_told_elsewhere(one: Told, told: Sequence[Told], was_cut: bool = False) -> str:
    """A title without a tail behind a sign, where another origin gives it so.

    `was_cut`: whether the name of the site was behind it, so that a dash may stand in front of a section.

    >>> as_told_elsewhere(Told("Frost in May | The Lamp", "<title>"), [Told("Frost in May", "<h1>")])
    'Frost in May'
    """
    others = {bare(other.value) for other in told if kind_of(other.origin) != kind_of(one.origin)}
    dashes = [cut for cut in DASH.finditer(one.value) if len(bare(one.value[cut.end() :])) <= LONGEST_SECTION]
    cuts = [*BAR.finditer(one.value), *(dashes if was_cut else ())]
    for cut in sorted(cuts, key=re.Match.start):
        head = one.value[: cut.start()]
        if len(bare(head)) >= LEAST_TITLE and bare(head) in others and bare(one.value[cut.end() :]):
            return head
    return one.value


def kind_of(origin: str) -> str:
    """The row of VOTES that an origin falls under."""
    return next(start for start, _ in VOTES if origin.startswith(start))


def spelling(origin: str) -> int:
    """The place of an origin in SPELLING."""
    return next((place for place, start in enumerate(SPELLING) if origin.startswith(start)), len(SPELLING))


def authors(facts: Sequence[Fact], publisher: Told | None, names: Authors) -> tuple[Told, ...]:
    """The names of those who wrote it: of one origin, the first that names anybody but the publisher itself."""
    said: dict[str, list[Told]] = {}
    for fact in sorted(facts, key=lambda fact: fact.field == "creator"):
        if fact.field in ("author", "creator") and not NO_AUTHOR.search(fact.value) and not is_slug(fact):
            for name in names.people(fact.value):
                said.setdefault(fact.origin, []).append(Told(name, fact.origin))
    site = bare(publisher.value) if publisher else ""
    others = [rows for rows in said.values() if any(bare(one.value) != site for one in rows)]
    rows = (others or list(said.values()) or [[]])[0]
    unique = {bare(one.value): one for one in reversed(rows)}
    return tuple(one for one in rows if unique[bare(one.value)] is one)


def is_slug(fact: Fact) -> bool:
    """Whether an author is told as a part of an address."""
    return fact.origin.startswith("meta") and SLUG.fullmatch(fact.value) is not None


def first(facts: Iterable[Fact], field: str) -> Told | None:
    """The first value of a field."""
    return next((Told(fact.value, fact.origin) for fact in facts if fact.field == field), None)


def date(facts: Sequence[Fact], fields: Sequence[str], calendar: Calendar) -> Told | None:
    """The first date that can be read, of the most trusted origin."""
    for start in ORDER:
        for field in fields:
            for fact in facts:
                if fact.field == field and fact.origin.startswith(start) and (value := iso(fact.value, calendar)):
                    return Told(value, fact.origin)
    return None


def stated_time(page: Page) -> Told | None:
    """What the first `<time>` on the page that holds a date says, if no `<article>` of another story is before it."""
    for line in page.lines:
        if told := by_figures(line.time) or as_mail(line.time):
            return Told(told, "<time>")
    return None


def iso(text: str, calendar: Calendar) -> str | None:
    """A date as ISO 8601, to the minute where it is that precise; None if it cannot be told."""
    if ISO.match(text.strip()):
        return by_figures(text)
    return as_mail(text) or calendar.read(text, None, None).value


def as_mail(text: str) -> str | None:
    """The moment that a text tells as mails do, as ISO 8601; None if it is written otherwise."""
    moment = of_mail(text)
    return moment.isoformat(timespec="minutes") if moment else None


def by_figures(text: str) -> str | None:
    """The date that a text in ISO 8601 begins with; None if there is none, no such day, or one that stands for none.

    >>> by_figures("2024-05-12T18:30:15.000Z"), by_figures("20240512 0000+02"), by_figures("2024-05-12")
    ('2024-05-12T18:30+00:00', '2024-05-12T00:00+02:00', '2024-05-12')
    >>> by_figures("2024-02-30"), by_figures("0001-01-01T00:00:00Z"), by_figures("12 May")
    (None, None, None)
    """
    if (found := ISO.match(text.strip())) is None:
        return None
    year, _, month, day, hour, minute, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}{zone or ''}")
    except ValueError:
        return None
    if moment.year == MINYEAR:
        return None
    return moment.isoformat(timespec="minutes") if hour else moment.date().isoformat()


def language(facts: Sequence[Fact]) -> Told | None:
    """The language that the page declares, as an ISO 639-1 code."""
    for fact in facts:
        if fact.field == "language" and (found := LOCALE.match(fact.value.strip())):
            return Told(found[0].lower(), fact.origin)
    return None
