"""`clean run`: files, folders, globs and URLs into a directory, or records to standard output."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from clean.commands.terminal import (
    ALL_DONE,
    NAMED,
    SOME_FAILED,
    Boundary,
    Certainty,
    DateField,
    Entries,
    Fast,
    HtmlField,
    IdField,
    RulesFolder,
    Scraped,
    SiteField,
    TextField,
    UrlField,
    apart,
    counted,
    errors,
    options_of,
    tell_failure,
)
from clean.errors import UsageError
from clean.model import Duplicates
from clean.writers import visible

SHOWN_FAILURES = 20  # on a terminal; all of them are in failed.jsonl
SHOWN_NAMES = 3
SELDOM = 30.0  # seconds between two lines of a log

LogFormat = Literal["text", "json"]
Format = Literal["jsonl", "parquet"]


def run_command(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, globs, URLs, or - for standard input.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The directory for the results; without it, records go to stdout.", **NAMED),
    ] = None,
    rules: RulesFolder = None,
    scraped: Scraped = None,
    duplicates: Annotated[Duplicates, typer.Option(help="What becomes of what repeats elsewhere.")] = "annotate",
    forget: Annotated[list[str] | None, typer.Option(help="A source to take out of the directory; repeatable.")] = None,
    workers: Annotated[
        int, typer.Option(min=-1, help="Processes; 0: this one, without limits; -1: one a processor.")
    ] = -1,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time that one document may take.")] = 10.0,
    memory: Annotated[int, typer.Option(min=16, help="MiB of memory that one document may take.")] = 1024,
    reprocess: Annotated[bool, typer.Option("--reprocess", help="Clean what is known and unchanged, too.")] = False,
    form: Annotated[
        Format, typer.Option("--format", help="parquet: write tables, too; rows of JSON always.")
    ] = "jsonl",
    metrics: Annotated[
        Path | None, typer.Option(help="A file for figures in the format of Prometheus.", **NAMED)
    ] = None,
    log_format: Annotated[LogFormat, typer.Option(help="How to tell of progress where there is no terminal.")] = "text",
    wait: Annotated[bool, typer.Option("--wait", help="Wait while another run uses the directory.")] = False,
    boundary: Boundary = None,
    certainty: Certainty = None,
    fast: Fast = False,
    entries: Entries = False,
    text_field: TextField = "",
    html_field: HtmlField = "",
    id_field: IdField = "",
    url_field: UrlField = "",
    date_field: DateField = "",
    site_field: SiteField = "",
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
    from clean.runs.memory import give_back_large_blocks

    give_back_large_blocks()  # before Arrow is loaded
    from clean.runs.names import STATE
    from clean.runs.preloaded import preload

    if not paths and not forget:
        raise UsageError("name files, folders or globs to clean, or - for standard input")
    is_new = out is None or not (out / STATE).exists()
    preload(rules or (), now=is_new and workers != 0)  # while this process loads the rest itself
    from clean.pipeline import Cleaner
    from clean.readers.documents import Fields
    from clean.runs import local
    from clean.runs.local import How
    from clean.runs.summary import Summary
    from clean.runs.workers import Limits

    needs = {"--json": as_json, "--forget": forget, "--duplicates": duplicates != "annotate", "--metrics": metrics}
    needs |= {"--format": form != "jsonl", "--reprocess": reprocess, "--wait": wait}
    if out is None and (unused := [option for option, given in needs.items() if given]):
        raise UsageError(f"{unused[0]} is for a directory: name one by --out")
    if out is not None and metrics is not None:
        apart(metrics, out)
    chosen = {"duplicates": duplicates, "boundary": boundary, "certainty": certainty, "fast": fast}
    chosen["entries"] = entries
    cleaner = Cleaner(options_of(rules, scraped, **chosen))
    fields = Fields(text_field, html_field, id_field, url_field, date_field, site_field)
    formats: Any = ("jsonl", "parquet") if form == "parquet" else ("jsonl",)
    limits = Limits(seconds, memory << 20)
    how = How(cores() if workers < 0 else workers, limits, reprocess, fields, wait, formats)
    if out is None:
        to_stdout(paths or [], cleaner, how)
    summary = local.forget(forget, out, cleaner, how) if forget else Summary()
    with told_progress(log_format) as advance:
        summary = local.run(paths, out, cleaner=cleaner, how=how.with_progress(advance)) if paths else summary
    if metrics is not None:
        write_metrics(metrics, out)
    if as_json:
        typer.echo(json.dumps(figures(summary)))
    elif log_format == "json":
        errors().print(json.dumps(figures(summary)), markup=False)
    else:
        closing_table(summary, out)
    raise typer.Exit(SOME_FAILED if summary.failed else ALL_DONE)


def figures(summary: Any) -> dict[str, Any]:
    """What a run did, for machines."""
    names = ("sources", "cleaned", "unchanged", "older", "records")
    told = {name: getattr(summary, name) for name in names}
    return told | {"failed": summary.failures, "characters": dict(summary.labels)}


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
            code = SOME_FAILED if one.failed else ALL_DONE
            tell_nothing(one)
            for row in one.failed:
                tell_failure(row)
            if one.failures > len(one.failed):
                errors().print(f"… and {one.failures - len(one.failed):,} more; with --out all are listed", style="red")
    sys.stdout.buffer.flush()
    raise typer.Exit(code)


def write_metrics(path: Path, out: Path) -> None:
    """Write the figures of the last run for a node exporter."""
    from clean.runs import metrics
    from clean.runs.drift import drifts
    from clean.runs.finished import state_of

    with state_of(out) as state:
        metrics.write(path, state.runs()[-1], len(drifts(state.site_runs())))


@contextmanager
def told_progress(log_format: str) -> Iterator[Callable[[Any], None]]:
    """Tells of progress on standard error: by a bar on a terminal, and elsewhere by a line now and then."""
    console = errors()
    if not console.is_terminal or log_format == "json":
        yield Log(console, log_format)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("listing", total=None)
        start = monotonic()
        yield lambda step: bar.update(task, description=words(step, start), completed=step.done, total=step.total)


class Log:
    """Tells of progress by a line now and then, so that the log of a long run stays short."""

    def __init__(self, console: Any, log_format: str) -> None:
        self.console, self.log_format = console, log_format
        self.start = self.told = monotonic()

    def __call__(self, step: Any) -> None:
        if monotonic() - self.told < SELDOM:
            return
        self.told = monotonic()
        if self.log_format == "json":
            self.console.print(json.dumps({"seconds": round(self.told - self.start), **step._asdict()}), markup=False)
        else:
            self.console.print(f"{step.done:,} of {step.total:,}: {words(step, self.start)}", markup=False)


def words(step: Any, start: float) -> str:
    """What is being done, how fast, how much of it is removed, and what failed."""
    if not step.bytes:
        return str(step.what)
    speed = step.bytes / 1e6 / max(0.001, monotonic() - start)
    removed = step.removed / max(1, step.characters)
    return f"{step.what} {speed:.1f} MB/s, {removed:.0%} removed, {step.failed:,} failed"


def passed_over(summary: Any) -> str:
    """The names of some inputs that are no scrapes."""
    names = ", ".join(map(visible, list(summary.passed_over)[:SHOWN_NAMES]))
    return f"{escape(names)}{' and others' if len(summary.passed_over) > SHOWN_NAMES else ''}"


def tell_nothing(summary: Any) -> None:
    """Tell where there was nothing to clean."""
    if not summary.sources:
        but = f" but what is no scrape by its name: {passed_over(summary)}" if summary.passed_over else ""
        errors().print(f"there was nothing to clean: no file was found{but}", style="yellow")


def closing_table(summary: Any, out: Path) -> None:
    """What a run did, for people."""
    from clean.labels import LABELS

    console = errors()
    tell_nothing(summary)
    if not summary.sources:
        return
    fates: Counter[str] = Counter()
    for label, count in summary.labels.items():
        fates[LABELS[label].fate] += count
    total = fates.total() or 1
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row(
        "sources", f"{summary.sources:,}", f"{summary.cleaned:,} new or changed, {summary.unchanged:,} unchanged"
    )
    table.add_row("records", f"{summary.records:,}", f"in {escape(str(out / 'articles.jsonl'))}")
    table.add_row("removed", f"{fates['removed'] / total:.1%}", "of the characters, each told in removed.jsonl")
    table.add_row("failed", f"{summary.failures:,}", "told in failed.jsonl" if summary.failed else "")
    console.print(table)
    if summary.older:
        older = f"cleaned with older rules, options or version: {counted(summary.older, 'source')}"
        console.print(f"{older}; --reprocess to redo", style="yellow")
    if summary.passed_over:
        console.print(
            f"passed over, as no scrapes by their names: {passed_over(summary)} (all in run.json)", style="dim"
        )
    for row in summary.failed[:SHOWN_FAILURES]:
        tell_failure(row)
    if summary.failures > SHOWN_FAILURES:
        console.print(f"… and {summary.failures - SHOWN_FAILURES:,} more in failed.jsonl", style="red")
    for warning in summary.warnings[:SHOWN_FAILURES]:
        console.print(escape(visible(warning)), style="yellow")
