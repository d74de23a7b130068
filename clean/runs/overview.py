"""What a report shows of a directory of runs: its figures, and some of its documents piece by piece."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from clean.labels import KEPT
from clean.runs.drift import Drift, drifts
from clean.runs.finished import state_of
from clean.runs.state import State

SHOWN_RUNS = 30  # the last ones
SHOWN_RULES = 60  # those that removed most often
SHOWN_SITES = 100  # those with the most documents
SHOWN_WARNINGS = 50
LOOKED_THROUGH = 500  # sources for examples of rules
LONGEST_EXAMPLE = 160  # characters
LONGEST_DOCUMENT = 30_000  # characters of a document that are shown

KEPT_SHARE = f"""
    coalesce(list_sum(list_transform(map_entries(labels),
        lambda one: if(one.key IN {tuple(sorted(KEPT))}, one.value, 0)
    )), 0) / greatest(1, list_sum(map_values(labels)))
"""
# Which documents are shown, and how many: those most worth a look, and some that chance picks, to see the usual.
CHOICES: tuple[tuple[str, str, int], ...] = (
    ("of which least is kept", f"records > 0 ORDER BY {KEPT_SHARE}, source", 10),
    ("with the most stories", "records > 1 ORDER BY records DESC, source", 10),
    ("by lot", "records > 0 ORDER BY digest, source", 10),
)
SITES = """
    SELECT site, count(*) AS documents, count(*) FILTER (outcome <> 'cleaned') AS failed,
        sum(records)::BIGINT AS records, sum(words)::BIGINT AS words, sum(titles)::BIGINT AS titles,
        sum(dates)::BIGINT AS dates
    FROM sources GROUP BY site ORDER BY documents DESC, site LIMIT ?
"""


class Site(NamedTuple):
    """A site with how many documents it has, how many failed, and what is in the records of the others, in counts."""

    name: str
    documents: int
    failed: int
    records: int
    words: int
    titles: int
    dates: int


class Piece(NamedTuple):
    """A piece of a document: its label, why it bears it (where it is not kept), and its text."""

    label: str
    why: str
    text: str


class Story(NamedTuple):
    """A record, and all pieces of its document from its beginning to the next one's."""

    record: Mapping[str, Any]
    pieces: tuple[Piece, ...]


class Shown(NamedTuple):
    """A document that is shown, in stories; `left_out` counts the characters that it has beyond those."""

    source: str
    stories: tuple[Story, ...]
    left_out: int


class Overview(NamedTuple):
    """What a report shows. `labels` are in characters; `rules` have hits and an example, if one was found soon."""

    runs: list[dict[str, Any]]
    sources: int
    records: int
    labels: dict[str, int]
    rules: list[tuple[str, int, str]]
    sites: list[Site]
    drifts: list[Drift]
    quarantined: list[tuple[str, tuple[int, list[str]]]]
    warnings: list[tuple[Any, ...]]
    shown: dict[str, list[Shown]]


def overview(folder: Path) -> Overview:
    """Look through a directory. Raises UsageError if it holds no run, OutputError if one is using it."""
    with state_of(folder) as state:
        sources, records = state.rows("SELECT count(*), coalesce(sum(records), 0)::BIGINT FROM sources")[0]
        return Overview(
            runs=state.runs()[-SHOWN_RUNS:],
            sources=sources,
            records=records,
            labels=state.totals("labels"),
            rules=list(rules(state)),
            sites=[Site(*row) for row in state.rows(SITES, SHOWN_SITES)],
            drifts=drifts(state.site_runs()),
            quarantined=state.quarantined(),
            warnings=state.warnings(SHOWN_WARNINGS)[1],
            shown={why: documents(state, chosen, count) for why, chosen, count in CHOICES},
        )


def rules(state: State) -> Iterator[tuple[str, int, str]]:
    """(rule, hits, example) for the rules that hit most often."""
    often = sorted(state.totals("rules").items(), key=lambda row: (-row[1], row[0]))[:SHOWN_RULES]
    examples: dict[str, str] = {}
    some = "SELECT place, articles, removed FROM sources WHERE removed > 0 ORDER BY digest, source LIMIT ?"
    for where in state.rows(some, LOOKED_THROUGH):
        for row in map(orjson.loads, state.lines_of(*where)[1].splitlines()):
            examples.setdefault(row["rule"], row["text"][:LONGEST_EXAMPLE])
    return ((rule, hits, examples.get(rule, "")) for rule, hits in often)


def documents(state: State, chosen: str, count: int) -> list[Shown]:
    """The first documents of those that a condition chooses, in its order."""
    rows = state.rows(f"SELECT source, place, articles, removed FROM sources WHERE {chosen} LIMIT ?", count)
    return [document(source, *state.lines_of(*where)) for source, *where in rows]


def document(source: str, articles: bytes, removed: bytes) -> Shown:
    """A document out of the lines of its records and of its ledger."""
    records = sorted(map(orjson.loads, articles.splitlines()), key=lambda row: int(row["start"]))
    pieces = sorted(pieces_of(records, map(orjson.loads, removed.splitlines())), key=lambda row: row[0])
    ends = accumulate(len(piece.text) for _, piece in pieces)
    shown = [one for one, end in zip(pieces, ends, strict=True) if end <= LONGEST_DOCUMENT]
    left_out = sum(len(piece.text) for _, piece in pieces[len(shown) :])
    bounds = [0, *(row["start"] for row in records[1:]), max([0, *(start for start, _ in pieces)]) + 1]
    stories = (
        Story(record, tuple(piece for start, piece in shown if low <= start < high))
        for record, (low, high) in zip(records, pairwise(bounds), strict=True)
    )
    return Shown(source, tuple(stories), left_out)


def pieces_of(records: Iterable[Mapping[str, Any]], ledger: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Piece]]:
    """(start, piece) for the passages of records and the rows of a ledger."""
    for record in records:
        for passage in record["body"]:
            twin = f"repeats {passage['duplicate_of']}" if passage["duplicate_of"] else ""
            yield passage["start"], Piece(f"body.{passage['kind']}", twin, passage["text"])
    for row in ledger:
        yield row["start"], Piece(row["label"], f"{row['rule']}: {row['why']}", row["text"])
