"""What repeats over the sources of a run, and of earlier runs: looked up, told in their rows, or dropped."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any, NamedTuple
from uuid import uuid4

from clean.dedupe.documents import is_long_enough
from clean.dedupe.index import Index, table_of
from clean.dedupe.matches import Match, Text
from clean.model import Duplicates
from clean.pipeline import DROPS_ARTICLES, DROPS_PASSAGES
from clean.runs.names import INDEX
from clean.runs.retold import Row, named, retold, rows
from clean.runs.state import State
from clean.runs.work import KEPT_SPANS
from clean.runs.workers import Here, Workers

PASSAGES, RECORDS = "passages", "records"  # collections of the index
TOGETHER = 1000  # sources whose rows are rewritten together
AT_ONCE = 1 << 20  # bytes of records that go to a worker together


class Lines(NamedTuple):
    """The lines of the records of some sources, and the ids of those that are dropped."""

    articles: list[bytes]
    dropped: set[str]


class Matched(NamedTuple):
    """A source, what its records and passages repeat by their ids, those that are dropped, and whether it is new."""

    source: Row
    matches: Mapping[str, Match]
    dropped: Set[str]
    is_new: bool


def open_index(state: State) -> Index:
    """The index of an output directory, as the state knows it: what was committed to it alone is undone.

    If the file is not there, all sources count as new. Raises IndexFileError if it is broken.
    """
    path = state.folder / INDEX
    if not path.exists():
        state.tell_all_anew()
    return Index.open(path, state.moment())


def tell_repeats(state: State, index: Index, policy: Duplicates, workers: Here | Workers) -> None:
    """Tell in the rows of the sources that are new what each record and passage repeats, or drop it for that.

    Rows of other sources change only if what they repeated is gone. A passage or article that is dropped goes to the
    ledger with the id of its twin; what has a number or name that its twin has not is never dropped. State and index
    are committed together: if the process dies between the two, the index is taken back when it is opened.
    """
    index.forget(state.untold())
    dropped: dict[str, set[str]] = {}
    index.add_tables(workers.each(record_table, new_lines(state, dropped)), RECORDS)
    if policy in DROPS_ARTICLES:
        dropped = dict(articles_to_drop(state, index))
    index.add_tables(workers.each(passage_table, new_lines(state, dropped)), PASSAGES)
    others = set(index.anew())
    state.note_others(others)
    if policy in DROPS_PASSAGES:
        for source, matches in matched(state, index):
            passages = {match.id for match in matches.values() if ":" in match.id and says_nothing_new(match)}
            dropped.setdefault(source["source"], set()).update(passages)
    index.discard(name for names in dropped.values() for name in names)
    moment = uuid4().hex
    with state.together():
        changed = changed_rows(workers, matched(state, index), dropped, others)
        while part := list(islice(changed, TOGETHER)):
            state.retell(part)
        state.all_told(moment)
        index.commit(moment)


def says_nothing_new(match: Match) -> bool:
    """Whether a text may be dropped for its twin."""
    return match.duplicate_of is not None and not match.adds


def new_lines(state: State, dropped: Mapping[str, Set[str]]) -> Iterator[Lines]:
    """The lines of the records of the sources that are new, some sources at a time."""
    part, size = Lines([], set()), 0
    for source in state.to_tell():
        part.articles.append(source["articles"])
        size += len(source["articles"])
        part.dropped.update(dropped.get(source["source"], ()))
        if size >= AT_ONCE:
            yield part
            part, size = Lines([], set()), 0
    if part.articles:  # for nothing, no worker is started
        yield part


def record_table(lines: Lines) -> Any:
    """The records of some sources as a table to look up."""
    found = (row for articles in lines.articles for _, row in rows(articles))
    texts = [Text(row["id"], row["text"], row["source"], date(row)) for row in found if is_long_enough(row["text"])]
    return table_of(texts, RECORDS)


def passage_table(lines: Lines) -> Any:
    """Their passages, but for those of records that are dropped, and for stock sentences ("He did not elaborate.")."""
    found = [row for articles in lines.articles for _, row in rows(articles) if row["id"] not in lines.dropped]
    texts = [
        Text(name, passage["text"], row["source"], date(row))
        for row in found
        for name, passage in named(row)
        if is_long_enough(passage["text"])
    ]
    return table_of(texts, PASSAGES)


def date(row: Row) -> str | None:
    """When an article was published, or last changed, as far as it is known."""
    found: str | None = row["published"] or row["updated"]
    return found


def articles_to_drop(state: State, index: Index) -> Iterator[tuple[str, set[str]]]:
    """(source, ids of its records that are dropped): those that say nothing new, and of which it is known what went."""
    for source, matches in matched(state, index):
        if any(map(says_nothing_new, matches.values())):
            known = {row["id"] for _, row in rows(source["articles"]) if KEPT_SPANS in row}
            yield source["source"], {name for name in known & matches.keys() if says_nothing_new(matches[name])}


def matched(state: State, index: Index) -> Iterator[tuple[Row, dict[str, Match]]]:
    """The sources in which anything may change, each with what its records and passages repeat, by their ids."""
    sources = state.to_tell("labels")
    while part := list(islice(sources, TOGETHER)):
        by_source: dict[str, dict[str, Match]] = {}
        for source, match in index.repeats(part[0]["source"], part[-1]["source"]):
            by_source.setdefault(source, {})[match.id] = match
        yield from ((source, by_source.get(source["source"], {})) for source in part)


def changed_rows(
    workers: Here | Workers,
    sources: Iterable[tuple[Row, dict[str, Match]]],
    dropped: Mapping[str, Set[str]],
    others: Set[str],
) -> Iterator[Row]:
    """The rows of sources that are not as they were, once they tell what repeats."""
    found = (
        Matched(source, matches, dropped.get(source["source"], frozenset()), source["source"] not in others)
        for source, matches in sources
    )
    for part in workers.each(rows_retold, batches(found)):
        yield from part


def batches(found: Iterable[Matched]) -> Iterator[list[Matched]]:
    """Sources that go to a worker together: neither too many nor too large."""
    part: list[Matched] = []
    size = 0
    for one in found:
        part.append(one)
        size += len(one.source["articles"]) + len(one.source["removed"])
        if size >= AT_ONCE or len(part) == TOGETHER:
            yield part
            part, size = [], 0
    if part:
        yield part


def rows_retold(part: Sequence[Matched]) -> list[Row]:
    """The rows of those of some sources that are not as they were, once they tell what repeats."""
    return [row for one in part if (row := retold(*one)) is not None]
