"""The words of each language that code needs: for dates, clocks, bylines, authors, datelines, live blogs and briefs."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields

UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
LISTS = ("weekdays", "at", "ago", "one", "briefs")
TABLES: Mapping[str, tuple[str, ...]] = {  # tables of lists, and the names of those
    "units": UNITS,
    "bylines": ("before", "titles", "between", "where", "ends", "roles"),
    "datelines": ("small", "no_places"),
    "live": ("says", "edges"),
    "clocks": ("hours", "minutes", "units"),
    "authors": ("before", "between", "within", "after"),
}


@dataclass(frozen=True)
class Words:
    """What `rules/<language>/words.toml` holds.

    `bylines`: what stands `before` a name; `titles` of persons; what stands `between` names; `where`, behind a comma,
    somebody is; what `ends` the names; `roles` that tell what somebody is, not who. `datelines`: words of a place in
    `small` letters; words that stand in capitals where a place could, and are `no_places`. `briefs`: headings of a
    round-up of briefs. `live`: what a headline `says` of a live blog; words that tell of one at the `edges` of it.
    `clocks`: what stands for the colon behind `hours`, what behind `minutes`, and `units` behind the whole. `authors`:
    in the head of a page, what stands `before` a name; `between` several; `within` one, or between; `after` one.
    """

    language: str
    months: tuple[tuple[str, ...], ...] = ()
    weekdays: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    ago: tuple[str, ...] = ()
    one: tuple[str, ...] = ()
    briefs: tuple[str, ...] = ()
    day_first: bool | None = None
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bylines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    datelines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    live: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    authors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def words_of(tables: Iterable[tuple[str, Mapping[str, object]]]) -> Iterator[Words]:
    """Words from (language, parsed words.toml without faults) pairs."""
    for language, table in tables:
        yield Words(language=language, **{key: frozen(value) for key, value in table.items()})  # type: ignore[arg-type]


def frozen(value: object) -> object:
    """Lists as tuples, all the way down."""
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}
    return value


def word_faults(table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What is wrong with a parsed words.toml, and how to mend it."""
    known = {field.name for field in fields(Words)} - {"language"}
    if unknown := sorted(set(table) - known):
        yield f"unknown key {unknown[0]!r}", f"Known keys are: {', '.join(sorted(known))}."
    for key in LISTS:
        if not is_texts(table.get(key, [])):
            yield f"{key} is no list of texts", f'Write it as {key} = ["...", "..."].'
    months = table.get("months", [])
    if not isinstance(months, list) or len(months) not in (0, 12) or not all(map(is_texts, months)):
        yield "months is no list of twelve lists of texts", 'Write it as months = [["january", "jan"], ...].'
    for key, names in TABLES.items():
        lists = table.get(key, {})
        if not isinstance(lists, dict) or not all(map(is_texts, lists.values())) or set(lists) - set(names):
            yield f"{key} is no table of lists of texts", f"Known {key} are: {', '.join(names)}."
    if not isinstance(table.get("day_first", True), bool):
        yield "day_first is neither true nor false", "Leave it out where both ways are in use."


def is_texts(value: object) -> bool:
    """Whether a value is a list of texts, none of them empty."""
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def alternatives(names: Iterable[str]) -> str:
    """A pattern for any of the names, longest first, so that `sept` is not read as `sep`."""
    return "|".join(sorted(map(re.escape, dict.fromkeys(names)), key=lambda name: (-len(name), name))) or r"[^\s\S]"
