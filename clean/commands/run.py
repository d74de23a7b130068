"""`clean run`: files, folders, globs and URLs into a directory, or records to standard output."""

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from clean.commands.terminal import (
    ALL_DONE,
    SOME_FAILED,
    RulesFolder,
    Scraped,
    errors,
    options_of,
    tell_failure,
)
from clean.errors import UsageError
from clean.writers import visible

SHOWN_FAILURES = 20  # on a terminal; all of them are in failed.jsonl
SHOWN_NAMES = 3

Field = Annotated[str, typer.Option(metavar="NAME")]


def run_command(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, globs, URLs, or - for standard input.")],
    out: Annotated[
        Path | None, typer.Option(help="The directory for the results; without it, records go to stdout.")
    ] = None,
    rules: RulesFolder = None,
    scraped: Scraped = None,
    workers: Annotated[int, typer.Option(help="Processes to clean in; 0: in this one, without limits.")] = -1,
    seconds: Annotated[float, typer.Option(help="Time that one document may take.")] = 10.0,
    memory: Annotated[int, typer.Option(help="MiB of memory that one document may take.")] = 1024,
    reprocess: Annotated[bool, typer.Option(help="Clean what is known and unchanged, too.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait while another run uses the directory.")] = False,
    text_field: Annotated[str, typer.Option(help="The field, or column, that holds the text.")] = "",
    html_field: Annotated[str, typer.Option(help="The one that holds the page.")] = "",
    id_field: Annotated[str, typer.Option(help="The one that names the document.")] = "",
    url_field: Annotated[str, typer.Option(help="The one that holds its URL.")] = "",
    date_field: Annotated[str, typer.Option(help="The one that tells when it was fetched.")] = "",
    site_field: Annotated[str, typer.Option(help="The one that names its site.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the closing summary as JSON to stdout.")] = False,
) -> None:
    """Clean files, folders, globs, URLs or standard input.

    With `--out DIR` the directory gets `articles.jsonl` (a record a story), `removed.jsonl` (every span that is not in
    a record's text, and why), `failed.jsonl` (what could not be cleaned) and `run.json` (counts). A second run takes
    only what is new or changed. Exits with 1 if any input failed.

    * `clean run scrapes/ --out cleaned/`
    * `clean run 'inbox/*.jsonl.gz' --out cleaned/ --rules my-rules/`
    * `curl … | clean run - | jq .title`
    """
    from clean.pipeline import Cleaner
    from clean.readers.documents import Fields
    from clean.runs.local import How, run
    from clean.runs.workers import Limits

    cleaner = Cleaner(options_of(rules, scraped))
    fields = Fields(text_field, html_field, id_field, url_field, date_field, site_field)
    limits = Limits(seconds, memory << 20)
    how = How(cores() if workers < 0 else workers, limits, reprocess, fields, wait=wait)
    if out is None:
        if as_json:
            raise UsageError("--json tells what became of a directory: name one by --out, or leave it out")
        to_stdout(paths, cleaner, how)
    with progress_bar() as advance:
        summary = run(paths, out, cleaner=cleaner, how=how.with_progress(advance))
    if as_json:
        told = {"sources": summary.sources, "cleaned": summary.cleaned, "unchanged": summary.unchanged}
        told |= {"older": summary.older, "records": summary.records, "failed": len(summary.failed)}
        typer.echo(json.dumps(told | {"characters": dict(summary.labels)}))
    elif not summary.sources:
        errors().print("there was nothing to clean: no file was found", style="yellow")
    else:
        closing_table(summary, out)
    raise typer.Exit(SOME_FAILED if summary.failed else ALL_DONE)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def to_stdout(paths: list[str], cleaner: Any, how: Any) -> NoReturn:
    """Clean everything, records to standard output, failures to standard error."""
    from clean.runs.local import records_of

    code = ALL_DONE
    for one in records_of(paths, cleaner, how):
        if isinstance(one, bytes):
            sys.stdout.buffer.write(one)
        else:
            code = SOME_FAILED
            tell_failure(one)
    sys.stdout.buffer.flush()
    raise typer.Exit(code)


class progress_bar:  # noqa: N801 - used as a function
    """A bar on standard error that shows after a moment, on a terminal only."""

    def __enter__(self) -> Any:
        console = errors()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self.bar.start()
        task = self.bar.add_task("listing", total=None)
        return lambda what, done, total: self.bar.update(task, description=what, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def closing_table(summary: Any, out: Path) -> None:
    """What a run did, for people."""
    from clean.labels import LABELS

    console = errors()
    fates: Counter[str] = Counter()
    for label, count in summary.labels.items():
        fates[LABELS[label].fate] += count
    total = fates.total() or 1
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("sources", f"{summary.sources:,}", f"{summary.cleaned:,} cleaned, {summary.unchanged:,} unchanged")
    table.add_row("records", f"{summary.records:,}", f"in {escape(str(out / 'articles.jsonl'))}")
    table.add_row("removed", f"{fates['removed'] / total:.1%}", "of the characters, each told in removed.jsonl")
    table.add_row("failed", f"{len(summary.failed):,}", "told in failed.jsonl" if summary.failed else "")
    console.print(table)
    if summary.older:
        console.print(
            f"{summary.older:,} sources were cleaned with older rules, options or version; --reprocess to redo them",
            style="yellow",
        )
    if summary.passed_over:
        names = ", ".join(map(visible, list(summary.passed_over)[:SHOWN_NAMES]))
        more = " and others" if len(summary.passed_over) > SHOWN_NAMES else ""
        console.print(
            f"passed over, as no scrapes by their names: {escape(names)}{more} (all in run.json)", style="dim"
        )
    for row in summary.failed[:SHOWN_FAILURES]:
        tell_failure(row)
    if len(summary.failed) > SHOWN_FAILURES:
        console.print(f"… and {len(summary.failed) - SHOWN_FAILURES:,} more in failed.jsonl", style="red")
    for warning in summary.warnings[:SHOWN_FAILURES]:
        console.print(escape(visible(warning)), style="yellow")
