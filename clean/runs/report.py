"""The report: one web page over a directory of runs, which needs nothing beside itself."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from lxml import html
from lxml.html import builder as tag

from clean.labels import LABELS
from clean.runs.overview import Overview, Shown, Site, Story
from clean.writers import visible

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .2rem .6rem .2rem 0; }
th { font-weight: 600; border-bottom: 1px solid #ccc; } td, th { vertical-align: top; overflow-wrap: break-word; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.bar { display: flex; height: 1.2rem; margin: 1rem 0; } .bar span { min-width: 1px; }
.kept { background: #dcefdc; } .metadata { background: #d8e6f6; } .removed { background: #f6dcd8; }
.bar .kept { background: #4f9d5b; } .bar .metadata { background: #4a80bd; } .bar .removed { background: #c4614f; }
details { margin: .4rem 0; } summary { cursor: pointer; overflow-wrap: anywhere; }
.piece { display: grid; grid-template-columns: 11rem 1fr; gap: .2rem 1rem; margin: 2px 0; padding: .1rem .5rem; }
.piece small { overflow-wrap: anywhere; } .piece p { margin: 0; overflow-wrap: anywhere; }
.story { margin: .5rem 0 1.5rem 1rem; } .fields { color: #555; }
@media (max-width: 40rem) { .piece { grid-template-columns: 1fr; } }
@media (prefers-color-scheme: dark) {
body { background: #16181a; color: #e6e6e6; } .fields { color: #aaa; }
.kept { background: #1d3a22; } .metadata { background: #1b3350; } .removed { background: #4a231c; } }
"""
FATES = ("kept", "metadata", "removed")
FIELDS = ("published", "updated", "authors", "publisher", "dateline", "language")  # of a record, below its title

Cell = str | int | float


def page(found: Overview) -> bytes:
    """The page, in UTF-8. Whatever stands in a document is shown as text, and never as markup."""
    body = tag.BODY(
        tag.H1("What became of it"),
        tag.P(f"{found.sources:,} sources, {found.records:,} records"),
        *characters(found.labels),
        *section("Documents", *(part for why, shown in found.shown.items() for part in documents(why, shown))),
        *section("Rules that removed most often", table(("rule", "hits", "for example"), found.rules)),
        *section("Sites", table(SITE_COLUMNS, map(site_row, found.sites))),
        *section("Sites that drift", table(("site", "since run", "changes"), map(drift_row, found.drifts))),
        *section("Quarantined", table(("error", "sources", "for example"), map(quarantine_row, found.quarantined))),
        *section("Warnings", table(("source", "warning"), found.warnings)),
        *section("Runs", table(("run", "began", "ended", "version"), map(run_row, found.runs))),
    )
    head = tag.HEAD(
        tag.META(charset="utf-8"),
        tag.META(name="viewport", content="width=device-width, initial-scale=1"),
        tag.TITLE("clean: report"),
        tag.STYLE(STYLE),
    )
    whole = html.tostring(tag.HTML(head, body, lang="en"), doctype="<!DOCTYPE html>", encoding="utf-8")
    return bytes(whole)


def section(title: str, *parts: Any) -> list[Any]:
    """A headline and what stands below it; nothing if that is nothing."""
    given = [part for part in parts if part is not None]
    return [tag.H2(title), *given] if given else []


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Any:
    """A table, or None if it has no rows; figures stand on the right."""
    rows = list(rows)
    if not rows:
        return None
    number = [all(not isinstance(row[at], str) for row in rows) for at in range(len(columns))]
    head = (tag.TH(name, **kind(right)) for name, right in zip(columns, number, strict=True))
    lines = (
        tag.TR(*(tag.TD(told(cell), **kind(right)) for cell, right in zip(row, number, strict=True))) for row in rows
    )
    return tag.TABLE(tag.TR(*head), *lines)


def kind(right: bool) -> dict[str, str]:
    """The attributes of a cell."""
    return {"class": "number"} if right else {}


def told(cell: Cell) -> str:
    """A cell's text: counts with commas, shares in percent."""
    if isinstance(cell, float):
        return f"{cell:.1%}"
    return f"{cell:,}" if isinstance(cell, int) else visible(cell)


def characters(labels: dict[str, int]) -> list[Any]:
    """How many characters were kept, taken into fields and removed, as a bar, and by label as a table."""
    total = sum(labels.values())
    if not total:
        return []
    fates = Counter[str]()
    for label, count in labels.items():
        fates[LABELS[label].fate] += count
    bar = (tag.SPAN({"class": fate, "style": f"flex: {fates[fate]}", "title": fate}) for fate in FATES)
    sums = ", ".join(f"{fates[fate]:,} {fate} ({fates[fate] / total:.1%})" for fate in FATES)
    rows = [
        (row.fate, row.name, row.meaning, labels[row.name], labels[row.name] / total)
        for row in LABELS.values()
        if labels.get(row.name)
    ]
    columns = ("fate", "label", "meaning", "characters", "share")
    return section("Characters", tag.P(sums), tag.DIV({"class": "bar"}, *bar), table(columns, rows))


SITE_COLUMNS = ("site", "documents", "failed", "records", "words a record", "title found", "date found")


def site_row(site: Site) -> Sequence[Cell]:
    """The row of a site."""
    records = max(1, site.records)
    shares = (site.titles / records, site.dates / records)
    return site.name or "(none)", site.documents, site.failed, site.records, site.words // records, *shares


def drift_row(drift: Any) -> Sequence[Cell]:
    """The row of a site that drifts."""
    return drift.site, drift.run, "; ".join(drift.changes)


def quarantine_row(row: tuple[str, tuple[int, list[str]]]) -> Sequence[Cell]:
    """The row of a kind of failure."""
    error, (count, examples) = row
    return error, count, ", ".join(examples)


def run_row(run: dict[str, Any]) -> Sequence[Cell]:
    """The row of a run."""
    return str(run["run"]), run["started"], run["ended"] or "before its time", run["version"]


def documents(why: str, shown: Sequence[Shown]) -> list[Any]:
    """Some documents, folded, each with all its pieces."""
    return [tag.H3(why.capitalize()), *map(document, shown)] if shown else []


def document(shown: Shown) -> Any:
    """A document, folded."""
    count = len(shown.stories)
    title = tag.SUMMARY(visible(shown.source), f" ({count} {'story' if count == 1 else 'stories'})")
    rest = [tag.P(f"{shown.left_out:,} characters more are not shown")] if shown.left_out else []
    return tag.DETAILS(title, *map(story, shown.stories), *rest)


def story(one: Story) -> Any:
    """A story: its title and fields, and what became of every piece."""
    record = one.record
    values = ((name, record[name]) for name in FIELDS if record[name])
    fields = " · ".join(f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in values)
    boundary = record["boundary"]
    begins = [f"begins here: {', '.join(boundary['reasons'])}"] if boundary else []
    lines = (tag.P({"class": "fields"}, visible(line)) for line in (fields, *begins, *record["summary"]) if line)
    pieces = (
        tag.DIV(
            {"class": f"piece {LABELS[piece.label].fate}"},
            tag.SMALL(piece.label, {"title": visible(piece.why)}),
            tag.P(visible(piece.text), *([tag.BR(), tag.SMALL(visible(piece.why))] if piece.why else [])),
        )
        for piece in one.pieces
    )
    return tag.DIV({"class": "story"}, tag.H3(visible(record["title"] or "(no title)")), *lines, *pieces)
