"""The rows of a source once it is known what they repeat: told in them, or dropped into the ledger."""

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from typing import Any

import orjson

from clean.dedupe.fingerprints import fingerprints
from clean.dedupe.matches import Match
from clean.runs.work import KEPT_SPANS
from clean.writers.jsonl import line

Row = dict[str, Any]
Piece = tuple[int, int, str, str]  # start, end, label and text
NOTHING = Match("")  # is what a text repeats that repeats nothing
# What stands in the lines of a source only if a record or passage tells that it repeats another, or may be dropped.
TELLS = (b'"duplicate_of":"', b'"repeats":{', b'"%s":' % KEPT_SPANS.encode())


def rows(lines: bytes) -> Iterator[tuple[bytes, Row]]:
    """The lines of a source, and what they hold."""
    for raw in lines.splitlines(keepends=True):
        yield raw, orjson.loads(raw)


def named(row: Row) -> Iterator[tuple[str, Row]]:
    """The passages of a record with their ids. Where some were dropped, the others tell which they were."""
    for number, passage in enumerate(row["body"]):
        yield f"{row['id']}:{passage.get('index', number)}", passage


def retold(source: Row, found: Mapping[str, Match], dropped: Set[str]) -> Row | None:
    """The row of a source with what its records repeat, or None if nothing changes in it.

    Of a source that is new, what is not among what was found repeats nothing; in others it stays as it is.
    """
    if not found and not any(mark in source["articles"] for mark in TELLS):
        return None
    removals: list[Row] = []
    lines: list[bytes] = []
    for _, row in rows(source["articles"]):
        spans = row.pop(KEPT_SPANS, None)
        if row["id"] in dropped:
            removals += article_removals(row, spans, found[row["id"]])
            continue
        for name, one in ((row["id"], row), *named(row)):
            if name in found or source["is_new"]:
                tell(one, found.get(name, NOTHING))
        if not dropped.isdisjoint(name for name, _ in named(row)):
            removals += without(row, found, dropped)
        lines.append(line(row))
    if (articles := b"".join(lines)) == source["articles"]:
        return None
    labels: Counter[str] = Counter(source["labels"])
    for row in removals:
        labels[row["label"]] += row["end"] - row["start"]
        labels[row["was"]] -= row["end"] - row["start"]
    return {
        "source": source["source"],
        "articles": articles,
        "removed": merged(source["removed"], removals) if removals else source["removed"],
        "records": len(lines),
        "labels": sorted((label, count) for label, count in labels.items() if count),
    }


def tell(row: Row, match: Match) -> None:
    """Write into a record or passage what it repeats."""
    row["duplicate_of"] = match.duplicate_of
    row["repeats"] = match.as_field()


def without(row: Row, found: Mapping[str, Match], dropped: Collection[str]) -> Iterator[Row]:
    """Take the passages out of a record that are dropped; gives their rows in the ledger."""
    stay: list[Row] = []
    for number, (name, passage) in enumerate(named(row)):
        passage.setdefault("index", number)
        if name in dropped:
            piece = passage["start"], passage["end"], f"body.{passage['kind']}", passage["text"]
            yield removal(row, piece, "repeat.passage", found[name])
        else:
            stay.append(passage)
    ((_, row["fingerprint"]),) = fingerprints([[passage["text"] for passage in stay]])
    row["body"] = stay
    row["text"] = "\n\n".join(passage["text"] for passage in stay)
    row["words"] = len(row["text"].split())
    if not stay:
        row["warnings"] = [*row["warnings"], "empty body"]


def article_removals(row: Row, spans: Iterable[Piece], match: Match) -> Iterator[Row]:
    """The rows in the ledger of an article that is dropped, one for each piece of it."""
    return (removal(row, piece, "repeat.article", match) for piece in spans)


def removal(row: Row, piece: Piece, label: str, match: Match) -> Row:
    """A row of the ledger for a piece that repeats; `was` is the label that it had."""
    start, end, was, text = piece
    like = "word for word" if match.kind == "exact" else f"in {match.similarity:.0%} of its words"
    since = f" of {match.since}" if match.since else ""
    return {
        "source": row["source"],
        "start": start,
        "end": end,
        "label": label,
        "rule": f"duplicates.{label.partition('.')[2]}",
        "why": f"Repeats {match.duplicate_of}{since} {like}.",
        "confidence": "high",
        "text": text,
        "id": match.id,
        "duplicate_of": match.duplicate_of,
        "was": was,
    }


def merged(ledger: bytes, removals: Iterable[Row]) -> bytes:
    """The lines of a source's ledger with more rows, each at its place."""
    old = ((row["start"], raw) for raw, row in rows(ledger))
    new = sorted((row["start"], line(row)) for row in removals)
    return b"".join(raw for _, raw in heapq.merge(old, new, key=lambda pair: pair[0]))
