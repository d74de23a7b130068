"""Spans to removals, and back: what a record does not say, the ledger does."""

from collections.abc import Iterable, Iterator, Sequence

from clean.labels import KEPT, REMOVED
from clean.model import Article, Record, Removal, Span


def ledger(source: str, articles: Iterable[Article]) -> list[Removal]:
    """A row for each span that is not in a record's text: removed, or taken into a field (dateline, date...)."""
    return [
        Removal(source, span.start, span.end, span.label, span.rule, span.why, span.confidence, span.text)
        for article in articles
        for span in article.spans
        if span.label not in KEPT
    ]


def replay(text: str, removals: Iterable[Removal]) -> list[tuple[int, int]]:
    """What is left of a source when the ledger's rows are taken out: (start, end) of each piece, white space aside.

    These are exactly the titles, summaries, captions and passages of the source's records, in order; a piece holds
    one or several of them.
    """
    pieces: list[tuple[int, int]] = []
    at = 0
    for row in [*sorted((row.start, row.end) for row in removals), (len(text), len(text))]:
        piece = text[at : row[0]]
        if piece.strip():
            start = at + len(piece) - len(piece.lstrip())
            pieces.append((start, start + len(piece.strip())))
        at = row[1]
    return pieces


def kept(articles: Iterable[Article]) -> Iterator[Span]:
    """The spans that stay in the records, in order."""
    return (span for article in articles for span in article.spans if span.label in KEPT)


def lost_share(records: Sequence[Record], removals: Sequence[Removal]) -> float:
    """The share of a source's characters, white space aside, that were removed, from 0 to 1."""
    gone = sum(row.end - row.start for row in removals if row.label in REMOVED)
    stays = sum(len(record.text) for record in records)
    return gone / (gone + stays) if gone + stays else 0.0
