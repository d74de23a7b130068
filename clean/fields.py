"""Articles to records: reads title, dates, dateline, authors, publisher and language out of the spans."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from clean.bylines import Authors, Bylines
from clean.dates import Calendar
from clean.dedupe.fingerprints import fingerprints
from clean.heads import head_of, with_head
from clean.labels import KEPT
from clean.language import Language, detect
from clean.model import Article, Block, Passage, Record, Source, Span

DATELINE_END = re.compile(r"[\s.:—–―-]*$")  # the sign between place and lead
DATELINE_TAIL = re.compile(  # what stands behind the place: an agency in brackets, or a day
    r"\s*\([^)]*\)\s*$|,?\s+(?:\d{1,2}\.?\s+[^\W\d_]+\.?|[^\W\d_]+\.?\s+\d{1,2})(?:,?\s*\d{4})?\s*$"
)
# Labels that fields are read from.
FIELDS = ("title", "byline", "publisher", "date", "updated", "dateline", "summary", "caption")


class Vocabulary(NamedTuple):
    """What fields are read with: dates, bylines and authors in every language."""

    calendar: Calendar
    bylines: Bylines
    authors: Authors


class Context(NamedTuple):
    """What the fields of one story are read with: the words of every language, its own, and when it was fetched."""

    vocabulary: Vocabulary
    language: str | None
    scraped: datetime | None


class Draft(NamedTuple):
    """A source, parted into blocks, and the articles that were found in it."""

    source: Source
    blocks: Sequence[Block]
    articles: Sequence[Article]


class Story(NamedTuple):
    """An article, what stands in it, and its language: its body, and the texts of its other spans by label."""

    article: Article
    body: Sequence[Span]
    text: str
    fields: Mapping[str, Sequence[str]]
    language: Language


def describe(drafts: Sequence[Draft], vocabulary: Vocabulary) -> list[list[Record]]:
    """The records of each source: one for each article that keeps any text, in order.

    A field that is not there is None or empty, never a guess. Many sources are described in one go, since fingerprints
    are made faster so.
    """
    told = [[story_of(article) for article in keeping(draft.articles)] for draft in drafts]
    prints = iter(fingerprints([[span.text for span in one.body] for row in told for one in row]))
    records = [
        [record(draft, number, row, next(prints), vocabulary) for number in range(1, len(row) + 1)]
        for draft, row in zip(drafts, told, strict=True)
    ]
    return [with_page(row, draft, vocabulary) for row, draft in zip(records, drafts, strict=True)]


def with_page(records: list[Record], draft: Draft, vocabulary: Vocabulary) -> list[Record]:
    """The records of a page with what its head says; those of a text as they are."""
    page = draft.source.page
    if page is None:
        return records
    return with_head(records, head_of(page, draft.blocks, draft.source.url, vocabulary.calendar, vocabulary.authors))


def keeping(articles: Sequence[Article]) -> Sequence[Article]:
    """The articles that keep any text; the first, if none does, so that the loss is told in a record."""
    return [one for one in articles if any(span.label in KEPT for span in one.spans)] or articles[:1]


def story_of(article: Article) -> Story:
    """The body of an article, the texts that its fields are read from, and its language, by body or title."""
    fields: dict[str, list[str]] = {label: [] for label in FIELDS}
    body: list[Span] = []
    for span in article.spans:
        if span.label.startswith("body."):
            body.append(span)
        elif span.label in fields:
            fields[span.label].append(span.text)
    text = "\n\n".join(span.text for span in body)
    return Story(article, body, text, fields, detect(text or " ".join(fields["title"])))


def record(
    draft: Draft, number: int, stories: Sequence[Story], prints: tuple[list[str], str], vocabulary: Vocabulary
) -> Record:
    """The record of the story of that number, from 1; `prints` are the fingerprints of its passages, and its own."""
    article, body, text, fields, language = stories[number - 1]
    context = Context(vocabulary, language.code, draft.source.scraped)
    return Record(
        id=record_id(draft.source.name, number, text),
        source=draft.source.name,
        story=number,
        stories=len(stories),
        start=article.spans[0].start,
        end=article.spans[-1].end,
        title=first(fields["title"]),
        authors=tuple(dict.fromkeys(name for line in fields["byline"] for name in vocabulary.bylines.names(line))),
        publisher=first(value_of("publisher", line, context) for line in fields["publisher"]),
        published=first(value_of("date", line, context) for line in fields["date"]),
        updated=first(value_of("updated", line, context) for line in fields["updated"]),
        dateline=first(value_of("dateline", line, context) for line in fields["dateline"]),
        language=language.code,
        language_confidence=language.confidence,
        summary=tuple(fields["summary"]),
        captions=tuple(fields["caption"]),
        body=tuple(
            Passage(span.start, span.end, span.label[5:], span.text, fingerprint)
            for span, fingerprint in zip(body, prints[0], strict=True)
        ),
        text=text,
        words=len(text.split()),
        fingerprint=prints[1],
        boundary={"reasons": list(article.reasons), "score": article.score} if article.reasons else None,
        repairs=tuple(repairs(article, draft.blocks)),
        warnings=() if body else ("empty body",),
        meta=dict(draft.source.meta),
    )


def first(values: Iterable[str | None]) -> str | None:
    """The first value that is one, or None."""
    return next(filter(None, values), None)


def record_id(source: str, story: int, text: str) -> str:
    """A name for a record that is the same for the same source, story number and text; 16 hexadecimal digits."""
    return blake2b(f"{source}\0{story}\0{text}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def value_of(label: str, text: str, context: Context) -> str | None:
    """What a span of metadata says, in the form a record has it; None where it cannot be told.

    Several names are joined by "; ". Spaces of any kind are one space.
    """
    text = " ".join(text.split())
    if label in ("date", "updated"):
        return context.vocabulary.calendar.read(text, context.language, context.scraped).value
    if label == "byline":
        return "; ".join(context.vocabulary.bylines.names(text)) or None
    return place_of(text) if label == "dateline" else text.strip(" |·•»–—-") or None


def place_of(dateline: str) -> str:
    """The place that a dateline names.

    >>> place_of("PORT ALDER, Jan 3 (Agency) —"), place_of("WASHINGTON:")
    ('PORT ALDER', 'WASHINGTON')
    """
    place, before = DATELINE_END.sub("", dateline), ""
    while place != before:
        place, before = DATELINE_TAIL.sub("", DATELINE_END.sub("", place)).rstrip(" ,"), place
    return place


def repairs(article: Article, blocks: Sequence[Block]) -> Iterator[dict[str, object]]:
    """What was repaired in an article: where in the source, and the steps that were taken."""
    for block in blocks[article.spans[0].block : article.spans[-1].block + 1]:
        if block.repairs:
            yield {"start": block.start, "end": block.end, "steps": list(block.repairs)}
