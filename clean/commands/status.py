"""`clean status`, `clean report` and `clean export`: what the runs of a directory did and left."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clean.commands.terminal import ALL_DONE, NAMED, apart, counted, errors, named
from clean.writers import visible

DRIFTING = 3  # exit code
SHOWN_RUNS = 20  # the last ones; all of them as JSON
SHOWN_NAMES = 3


def status(
    folder: Annotated[Path, typer.Argument(help="The directory of finished runs.", parser=named, metavar="FOLDER")],
    drift: Annotated[
        bool, typer.Option("--drift", help="Only sites that drift; exits with 3 if there is one.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Tell what the runs of a directory did, what is quarantined, and which sites drift.

    A site drifts if the figures of its last documents (body share, words, titles and dates found, failures, hits of
    rules) leave their own history, as after a redesign.

    * `clean status cleaned/`
    * `clean status cleaned/ --drift || mail -s 'clean status' desk@gazette.example`
    """
    from clean.runs.drift import drifts
    from clean.runs.finished import state_of

    with state_of(folder) as state:
        found = drifts(state.site_runs())
        told: dict[str, Any] = {} if drift else {"runs": state.runs(), "quarantined": dict(state.quarantined())}
        told["drift"] = [one._asdict() | {"examples": state.examples(one.site, one.run)} for one in found]
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        show(told, Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160))
    raise typer.Exit(DRIFTING if drift and found else ALL_DONE)


def show(told: dict[str, Any], console: Console) -> None:
    """The tables for people."""
    if "runs" in told:
        console.print(runs_table(told["runs"][-SHOWN_RUNS:]))
        for error, (count, examples) in told["quarantined"].items():
            names = ", ".join(map(visible, examples))
            console.print(f"quarantined: {count:,} {error}, such as {escape(names)} (all in failed.jsonl)")
    for one in told["drift"]:
        console.print(f"{escape(visible(one['site']))} drifts since run {one['run']}", style="bold red")
        for change in one["changes"]:
            console.print(f"    {escape(visible(change))}")
        console.print(f"    look at: {escape(', '.join(map(visible, one['examples'])))}")
    if not told["drift"]:
        console.print("no site drifts")


def runs_table(runs: list[dict[str, Any]]) -> Table:
    """A row for each run."""
    table = Table(box=None, pad_edge=False)
    for column in ("run", "began", "seconds", "cleaned", "unchanged", "failed", "records", "version"):
        table.add_column(column, justify="left" if column in ("began", "version") else "right")
    for run in runs:
        if run["ended"] is None:
            table.add_row(str(run["run"]), run["started"], "", "ended before its time", "", "", "", run["version"])
            continue
        seconds = f"{sum(run['seconds'].values()):,.1f}"
        figures = [f"{run[name]:,}" for name in ("cleaned", "unchanged", "failed")]
        records = f"{run['counts']['records']:,}"
        table.add_row(str(run["run"]), run["started"], seconds, *figures, records, run["version"])
    return table


def report_command(
    folder: Annotated[Path, typer.Argument(help="The directory of finished runs.", parser=named, metavar="FOLDER")],
    out: Annotated[
        Path | None, typer.Option(help="The page to write; without it, report.html in the directory.", **NAMED)
    ] = None,
) -> None:
    """Write one web page over all runs of a directory: figures, rules, sites, failures, and documents piece by piece.

    * `clean report cleaned/`
    """
    from clean.runs.names import REPORT
    from clean.runs.output import cannot, write_whole
    from clean.runs.overview import overview
    from clean.runs.report import page

    path = apart(out or folder / REPORT, folder)
    written = page(overview(folder))
    with cannot(path):
        write_whole(path, written)
    errors().print(f"the report is in {escape(visible(str(path)))}")


def export_command(
    folder: Annotated[Path, typer.Argument(help="The directory of finished runs.", parser=named, metavar="FOLDER")],
    out: Annotated[Path, typer.Option(help="The file to write; for texts, the folder.", **NAMED)],
    form: Annotated[str, typer.Option("--format", help="jsonl, parquet, csv, or text.")] = "",
) -> None:
    """Write all records that a directory holds to one file; by its suffix, if no format is named.

    * `clean export cleaned/ --out articles.parquet`
    * `clean export cleaned/ --out texts/ --format text`
    """
    from clean.runs.export import export

    count = export(folder, apart(out, folder), form or out.suffix.removeprefix(".").lower() or "text")
    errors().print(f"{counted(count, 'record')} in {escape(visible(str(out)))}")
