"""What repeats over the sources of a run, and of earlier runs: told in the staged rows, or dropped into the ledger."""

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

import orjson

from clean.dedupe.fingerprints import UNSPACED, fingerprints
from clean.dedupe.index import Index, Match, Text
from clean.dedupe.verification import FEWEST_WORDS
from clean.ledger import kept
from clean.model import Article, Duplicates, Record
from clean.pipeline import DROPS_ARTICLES, DROPS_PASSAGES
from clean.runs.output import ARTICLES, INDEX, MANIFEST, REMOVED, Output, fingerprint
from clean.writers.jsonl import line

PASSAGES, RECORDS = "passages", "records"  # collections of the index
KEPT_SPANS = "kept"  # a field of staged rows only: the pieces that a dropped article is told by in the ledger
CHARACTERS_A_WORD = 2  # in writing without spaces

Row = dict[str, Any]
Piece = tuple[int, int, str, str]  # start, end, label and text


def open_index(folder: Path) -> tuple[Index, bool]:
    """The index of an output directory as of its last finished run, and whether it is new.

    Raises IndexFileError if it is in use by another run, or broken.
    """
    path = folder / INDEX
    is_new = not path.exists() or not (folder / MANIFEST).exists()
    state = "" if is_new else str(fingerprint(folder / ARTICLES)["digest"])
    return Index.open(path, state), is_new


def with_spans(record: Record, articles: Iterable[Article]) -> Row:
    """A record's row with the place and label of every piece of it."""
    spans = [
        (span.start, span.end, span.label, span.text)
        for span in kept(articles)
        if record.start <= span.start < record.end
    ]
    return record.to_dict() | {KEPT_SPANS: spans}


def tell_repeats(output: Output, index: Index, fresh: Collection[str], policy: Duplicates) -> dict[str, Counter[str]]:
    """Rewrite the staged rows of a run: each record and passage tells what it repeats, or is dropped for it.

    `fresh` names the sources that were cleaned in this run or are no more. Rows of other sources change only if what
    they repeated is gone. A passage or article that is dropped goes to the ledger with the id of its twin; what has a
    number or name that its twin has not is never dropped. Tells for each source how many characters each label gained
    or lost, and records. The index is committed for the moment when the output is.
    """
    index.forget(fresh)
    found = {match.id: match for match in index.add(records(output, fresh), RECORDS)}
    dropped = {one.id for one in found.values() if policy in DROPS_ARTICLES and says_nothing_new(one)}
    more = {match.id: match for match in index.add(passages(output, fresh, dropped), PASSAGES)}
    dropped |= {one.id for one in more.values() if policy in DROPS_PASSAGES and says_nothing_new(one)}
    index.discard(dropped)
    removals: list[Row] = []
    output.rewrite(ARTICLES, told(output.staged(ARTICLES), found | more, dropped, removals))
    if removals:
        output.rewrite(REMOVED, merged(output.staged(REMOVED), removals))
    index.commit(str(fingerprint(output.staged(ARTICLES))["digest"]))
    return changes(removals)


def says_nothing_new(match: Match) -> bool:
    """Whether a text may be dropped for its twin."""
    return match.duplicate_of is not None and not match.adds


def rows(path: Path) -> Iterator[tuple[bytes, Row]]:
    """The lines of a file, and what they hold."""
    with path.open("rb") as file:
        for raw in file:
            yield raw, orjson.loads(raw)


def records(output: Output, fresh: Collection[str]) -> Iterator[Text]:
    """The records of some sources, to be looked up."""
    for _, row in rows(output.staged(ARTICLES)):
        if row["source"] in fresh and is_long_enough(row["text"]):
            yield Text(row["id"], row["text"], row["source"], date(row))


def passages(output: Output, fresh: Collection[str], dropped: Collection[str]) -> Iterator[Text]:
    """The passages of the records of some sources; stock sentences ("He did not elaborate.") are left out."""
    for _, row in rows(output.staged(ARTICLES)):
        if row["source"] in fresh and row["id"] not in dropped:
            for name, passage in named(row):
                if is_long_enough(passage["text"]):
                    yield Text(name, passage["text"], row["source"], date(row))


def is_long_enough(text: str) -> bool:
    """Whether a text has the fewest words that are not said by chance: eight, or as many pairs of characters."""
    if text.isascii() or not UNSPACED.search(text):
        return len(text.split()) >= FEWEST_WORDS
    return len(text) >= CHARACTERS_A_WORD * FEWEST_WORDS


def date(row: Row) -> str | None:
    """When an article was published, or last changed, as far as it is known."""
    found: str | None = row["published"] or row["updated"]
    return found


def named(row: Row) -> Iterator[tuple[str, Row]]:
    """The passages of a record with their ids. Where some were dropped, the others tell which they were."""
    for number, passage in enumerate(row["body"]):
        yield f"{row['id']}:{passage.get('index', number)}", passage


def told(path: Path, found: Mapping[str, Match], dropped: Set[str], removals: list[Row]) -> Iterator[bytes]:
    """The lines of the records that stay, with what they repeat; what goes is added to the removals."""
    for raw, row in rows(path):
        spans = row.pop(KEPT_SPANS, None)
        names = [row["id"], *(name for name, _ in named(row))]
        if row["id"] in dropped:
            removals += article_removals(row, spans, found[row["id"]])
        elif spans is None and found.keys().isdisjoint(names):
            yield raw
        else:
            tell(row, found.get(row["id"]))
            for name, passage in named(row):
                tell(passage, found.get(name))
            if not dropped.isdisjoint(names):
                removals += without(row, found, dropped)
            yield line(row)


def tell(row: Row, match: Match | None) -> None:
    """Write into a record or passage what it repeats, if it was looked up."""
    if match is not None:
        row["duplicate_of"] = match.duplicate_of
        row["repeats"] = repeats(match)


def repeats(match: Match) -> Row | None:
    """How a text repeats another, as a field of a row; None if it repeats none."""
    if match.kind is None:
        return None
    return {
        "kind": match.kind,
        "similarity": round(match.similarity or 0.0, 3),
        "adds": match.adds,
        "contained_in": match.contained_in,
        "since": match.since,
    }


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


def merged(path: Path, removals: Iterable[Row]) -> Iterator[bytes]:
    """The lines of the ledger with more rows, each at its place."""
    old = ((row["source"], row["start"], raw) for raw, row in rows(path))
    new = sorted((row["source"], row["start"], line(row)) for row in removals)
    return (raw for _, _, raw in heapq.merge(old, new))


def changes(removals: Iterable[Row]) -> dict[str, Counter[str]]:
    """For each source how many characters each label gained or lost by the removals, and how many records."""
    found: dict[str, Counter[str]] = {}
    articles = {(row["source"], row["id"]) for row in removals if row["label"] == "repeat.article"}
    for row in removals:
        counts = found.setdefault(row["source"], Counter())
        counts[row["label"]] += row["end"] - row["start"]
        counts[row["was"]] -= row["end"] - row["start"]
    for source, _ in articles:
        found[source]["records"] -= 1
    return found
