"""What repeats over the sources of a run, and of earlier runs: looked up, told in their rows, or dropped."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Set
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import numpy as np
import pyarrow as pa

from clean.dedupe.documents import is_long_enough
from clean.dedupe.index import Index
from clean.dedupe.matches import Match, Text
from clean.dedupe.prepared import Prepared, prepared
from clean.model import Duplicates
from clean.pipeline import DROPS_ARTICLES, DROPS_PASSAGES
from clean.runs.database import LITTLE
from clean.runs.lines import read_at
from clean.runs.names import INDEX
from clean.runs.retold import Row, named, retold, rows
from clean.runs.state import State
from clean.runs.work import KEPT_SPANS
from clean.runs.workers import Here, Workers

PASSAGES, RECORDS = "passages", "records"  # collections of the index
AT_ONCE = 2 << 20  # bytes of lines that a worker reads together
TOLD_AT_ONCE = 1 << 20  # where it also writes them: as many, and some copies of them, are on their way for each worker

Dropped = Mapping[str, set[str]]  # by source, the ids of what is dropped of it


class Part(NamedTuple):
    """Some sources: the file that holds their lines, a table of where these stand there, and what is dropped of them.

    Dropped are records and passages, told by their ids.
    """

    path: Path
    sources: pa.RecordBatch
    dropped: Set[str]


def open_index(state: State, workers: Here | Workers) -> Index:
    """The index of an output directory, as the state knows it: what was committed to it alone is undone.

    If the file is not there, all sources count as new. Raises IndexFileError if it is broken.
    """
    path = state.folder / INDEX
    if not path.exists():
        state.tell_all_anew()
    return Index.open(path, state.moment(), workers.each)


def tell_repeats(state: State, index: Index, policy: Duplicates, workers: Here | Workers) -> None:
    """Note for the rows of the sources that are new what each record and passage repeats, or drop it for that.

    Rows of other sources change only if what they repeated is gone. A passage or article that is dropped goes to the
    ledger with the id of its twin; what has a number or name that its twin has not is never dropped. State and index
    are committed together: if the process dies between the two, the index is taken back when it is opened. What changes
    in the rows is noted only, for `State.change_retold`.
    """
    state.make_room(LITTLE)
    index.forget(state.untold())
    dropped: dict[str, set[str]] = {}
    index.add_prepared(workers.each(records_of, parts(state, dropped)), RECORDS)
    if policy in DROPS_ARTICLES:
        dropped = dict(articles_to_drop(state, index))
    index.add_prepared(workers.each(passages_of, parts(state, dropped)), PASSAGES)
    state.make_room()  # where very many change, the database writes them out, which takes more
    state.note_others(index.anew())
    state.make_room(LITTLE)
    if policy in DROPS_PASSAGES:
        for source, names in passages_to_drop(state, index):
            dropped.setdefault(source, set()).update(names)
    index.discard(name for names in dropped.values() for name in names)
    moment = uuid4().hex
    with state.together():
        for lines, rows in workers.each(told_anew, parts_told(state, index, dropped)):
            state.retell(lines, rows)
        workers.rest()  # so that their memory is free when the databases commit, which takes most of theirs
        state.make_room()
        state.all_told(moment)
        index.commit(moment)


def says_nothing_new(match: Match) -> bool:
    """Whether a text may be dropped for its twin."""
    return match.duplicate_of is not None and not match.adds


def parts(state: State, dropped: Dropped, others: bool = False) -> Iterator[Part]:
    """The sources that are new, or also the `others` of which it is told anew what they repeat; some at a time."""
    for batch in state.to_tell(others):
        yield from cut_up(batch, AT_ONCE, state.lines.path, dropped)


def parts_told(state: State, index: Index, dropped: Dropped) -> Iterator[tuple[Part, pa.Table]]:
    """The sources that are new, and the others; each part with what its texts repeat."""
    for batch in state.to_tell(others=True):
        found = index.repeats(*ends(batch)).sort_by("source")  # stable: of a text told twice, the later counts
        names = found["source"].to_pylist()
        for part in cut_up(batch, TOLD_AT_ONCE, state.lines.path, dropped):
            first, last = ends(part.sources)
            yield part, found.take(np.arange(bisect_left(names, first), bisect_right(names, last)))


def cut_up(batch: pa.RecordBatch, at_once: int, path: Path, dropped: Dropped) -> Iterator[Part]:
    """Some sources in parts that have so many bytes of lines; a slice would be sent with all that it is cut from."""
    sizes = batch.column("articles").to_numpy() + batch.column("removed").to_numpy()
    total = max(1, int(sizes.sum()))
    count = max(1, round(total / at_once))  # so that no part is a small rest
    cuts = np.flatnonzero(np.diff((np.cumsum(sizes) - 1) * count // total, prepend=-1)).tolist()
    for start, stop in pairwise([*cuts, len(batch)]):
        sources = batch.take(np.arange(start, stop))
        names = sources.column("source").to_pylist() if dropped else ()
        yield Part(path, sources, set().union(*(dropped.get(name, ()) for name in names)))


def ends(sources: pa.RecordBatch) -> tuple[str, str]:
    """The names of the first and the last source."""
    names = sources.column("source")
    return names[0].as_py(), names[-1].as_py()


def records_of(part: Part) -> Prepared:
    """The records of some new sources, ready to be looked up."""
    texts = [
        Text(row["id"], row["text"], row["source"], date(row)) for row in records(part) if is_long_enough(row["text"])
    ]
    return prepared(texts, RECORDS)


def passages_of(part: Part) -> Prepared:
    """Their passages, but for those of records that are dropped, and for stock sentences ("He did not elaborate.")."""
    texts = [
        Text(name, passage["text"], row["source"], date(row))
        for row in records(part)
        if row["id"] not in part.dropped
        for name, passage in named(row)
        if is_long_enough(passage["text"])
    ]
    return prepared(texts, PASSAGES)


def records(part: Part) -> Iterator[Row]:
    """The records of some sources."""
    where = (part.sources.column(name).to_pylist() for name in ("place", "articles"))
    for lines in read_at(part.path, zip(*where, strict=True)):
        yield from (row for _, row in rows(lines))


def date(row: Row) -> str | None:
    """When an article was published, or last changed, as far as it is known."""
    found: str | None = row["published"] or row["updated"]
    return found


def articles_to_drop(state: State, index: Index) -> Iterator[tuple[str, set[str]]]:
    """(source, ids of its records that are dropped): those that say nothing new, and of which it is known what went."""
    for part in parts(state, {}):
        found = matches_of(index.repeats(*ends(part.sources)))
        known = {row["id"] for row in records(part) if KEPT_SPANS in row}
        for source, matches in found.items():
            if names := {match.id for match in matches if match.id in known and says_nothing_new(match)}:
                yield source, names


def passages_to_drop(state: State, index: Index) -> Iterator[tuple[str, set[str]]]:
    """(source, ids of its passages that are dropped): those that say nothing new."""
    for part in parts(state, {}, others=True):
        for source, matches in matches_of(index.repeats(*ends(part.sources))).items():
            yield source, {match.id for match in matches if ":" in match.id and says_nothing_new(match)}


def matches_of(found: pa.Table) -> dict[str, list[Match]]:
    """What the texts of each source repeat."""
    by_source: dict[str, list[Match]] = {}
    for source, *match in zip(*(column.to_pylist() for column in found.columns), strict=True):
        by_source.setdefault(source, []).append(Match(*match))
    return by_source


def told_anew(given: tuple[Part, pa.Table]) -> tuple[bytes, pa.Table]:
    """The lines of those of some sources that are not as they were, once they tell what repeats; and a table of them.

    The lines of the sources follow each other; the table tells how long they are, and what they hold.
    """
    part, found = given
    matches = matches_of(found)
    changed = [
        row
        for source in sources_of(part)
        if (row := retold(source, {one.id: one for one in matches.get(source["source"], ())}, part.dropped)) is not None
    ]
    table = {
        "source": pa.array((row["source"] for row in changed), pa.string()),
        "articles": pa.array((len(row["articles"]) for row in changed), pa.int64()),
        "removed": pa.array((len(row["removed"]) for row in changed), pa.int64()),
        "records": pa.array((row["records"] for row in changed), pa.int32()),
        "labels": pa.array((row["labels"] for row in changed), pa.map_(pa.string(), pa.int64())),
    }
    return b"".join(row["articles"] + row["removed"] for row in changed), pa.table(table)


def sources_of(part: Part) -> Iterator[Row]:
    """The rows of some sources, with their lines."""
    given = part.sources.to_pylist(maps_as_pydicts="strict")
    where = ((row["place"], row["articles"] + row["removed"]) for row in given)
    for row, lines in zip(given, read_at(part.path, where), strict=True):
        yield {**row, "articles": lines[: row["articles"]], "removed": lines[row["articles"] :]}
