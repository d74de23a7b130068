"""What repeats over the sources of a run, and of earlier runs: told in their rows, or dropped into the ledger."""

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from typing import Any
from uuid import uuid4

import orjson

from clean.dedupe.documents import is_long_enough
from clean.dedupe.fingerprints import fingerprints
from clean.dedupe.index import Index
from clean.dedupe.matches import Match, Text
from clean.model import Duplicates
from clean.pipeline import DROPS_PASSAGES
from clean.runs.names import INDEX
from clean.runs.state import State
from clean.runs.work import KEPT_SPANS
from clean.writers.jsonl import line

PASSAGES, RECORDS = "passages", "records"  # collections of the index
TOGETHER = 1000  # sources whose rows are rewritten together

Row = dict[str, Any]
Piece = tuple[int, int, str, str]  # start, end, label and text


def open_index(state: State) -> Index:
    """The index of an output directory, as the state knows it: what was committed to it alone is undone.

    If the file is not there, all sources count as new. Raises IndexFileError if it is broken.
    """
    path = state.folder / INDEX
    if not path.exists():
        state.tell_all_anew()
    return Index.open(path, state.moment())


def tell_repeats(state: State, index: Index, policy: Duplicates) -> None:
    """Tell in the rows of the sources that are new what each record and passage repeats, or drop it for that.

    Rows of other sources change only if what they repeated is gone. A passage or article that is dropped goes to the
    ledger with the id of its twin; what has a number or name that its twin has not is never dropped. State and index
    are committed together: if the process dies between the two, the index is taken back when it is opened.
    """
    index.forget(state.untold())
    may_go: dict[str, bool] = {}
    found = {match.id: match for match in index.add(records(state, may_go), RECORDS)}
    dropped = {name for name, match in found.items() if may_go.get(name) and says_nothing_new(match)}
    more = {match.id: match for match in index.add(passages(state, dropped), PASSAGES)}
    if policy in DROPS_PASSAGES:
        dropped |= {name for name, match in more.items() if says_nothing_new(match)}
    index.discard(dropped)
    found |= more
    of_others = any(name.partition(":")[0] not in may_go for name in found)
    moment = uuid4().hex
    with state.together():
        part: list[Row] = []
        for source in state.to_tell(of_others):
            if (row := retold(source, found, dropped)) is not None:
                part.append(row)
            if len(part) == TOGETHER:
                state.retell(part)
                part = []
        state.retell(part)
        state.all_told(moment)
        index.commit(moment)


def says_nothing_new(match: Match) -> bool:
    """Whether a text may be dropped for its twin."""
    return match.duplicate_of is not None and not match.adds


def rows(lines: bytes) -> Iterator[tuple[bytes, Row]]:
    """The lines of a source, and what they hold."""
    for raw in lines.splitlines(keepends=True):
        yield raw, orjson.loads(raw)


def records(state: State, may_go: dict[str, bool]) -> Iterator[Text]:
    """The records of the sources that are new, to be looked up; it is noted which of them may be dropped."""
    for source in state.to_tell(False):
        for _, row in rows(source["articles"]):
            may_go[row["id"]] = KEPT_SPANS in row
            if is_long_enough(row["text"]):
                yield Text(row["id"], row["text"], row["source"], date(row))


def passages(state: State, dropped: Collection[str]) -> Iterator[Text]:
    """The passages of those records; stock sentences ("He did not elaborate.") are left out."""
    for source in state.to_tell(False):
        for _, row in rows(source["articles"]):
            if row["id"] not in dropped:
                for name, passage in named(row):
                    if is_long_enough(passage["text"]):
                        yield Text(name, passage["text"], row["source"], date(row))


def date(row: Row) -> str | None:
    """When an article was published, or last changed, as far as it is known."""
    found: str | None = row["published"] or row["updated"]
    return found


def named(row: Row) -> Iterator[tuple[str, Row]]:
    """The passages of a record with their ids. Where some were dropped, the others tell which they were."""
    for number, passage in enumerate(row["body"]):
        yield f"{row['id']}:{passage.get('index', number)}", passage


def retold(source: Row, found: Mapping[str, Match], dropped: Set[str]) -> Row | None:
    """The row of a source with what its records repeat, or None if nothing changes in it."""
    removals: list[Row] = []
    lines = list(told(source["articles"], found, dropped, removals))
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


def told(articles: bytes, found: Mapping[str, Match], dropped: Set[str], removals: list[Row]) -> Iterator[bytes]:
    """The lines of the records that stay, with what they repeat; what goes is added to the removals."""
    for raw, row in rows(articles):
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
