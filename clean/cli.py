"""The commands. Only this file prints: records and machine output to stdout, everything for people to stderr."""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clean.commands.run import run_command
from clean.commands.status import export_command, report_command, status
from clean.commands.terminal import (
    ALL_DONE,
    NAMED,
    SOME_FAILED,
    WRONG_USE,
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
    counted,
    errors,
    named,
    options_of,
    tell_failure,
)
from clean.errors import CleanError, SourceError, Stopped, UsageError
from clean.writers import visible

STYLES = {"kept": "", "metadata": "cyan", "removed": "red dim"}

app = typer.Typer(
    name="clean",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""Turn scraped news into clean, one-story-per-record articles, and account for every character.

    * `clean run scrapes/ --out cleaned/` — clean a folder
    * `clean explain page.txt` — see what would become of a file, piece by piece, and why
    * `cat page.txt | clean run -` — records to standard output
    """,
)
rules_app = typer.Typer(no_args_is_help=True, help="Look at the rules, and put them to the proof.")
app.add_typer(rules_app, name="rules")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def main() -> NoReturn:
    """Run the command line; exits with 0 (all done), 1 (some inputs failed), 2 (wrong use), or 128 and a signal."""
    try:
        with signals_told():
            app()
    except Stopped as stopped:
        errors().print("clean: stopped; what was done is kept, and the next run goes on from there", style="yellow")
        raise SystemExit(128 + stopped.number) from None
    except CleanError as error:
        errors().print(f"clean: {escape(str(error))}", style="bold red", highlight=False)
        raise SystemExit(WRONG_USE) from None
    except BrokenPipeError:  # the reader of our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(ALL_DONE) from None
    raise SystemExit(ALL_DONE)


@contextmanager
def signals_told() -> Iterator[None]:
    """Stop at the first signal, keeping what is done; a second one ends the program at once."""
    told: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_DFL)
        told.append(number)
        raise Stopped(number)

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)
    try:
        yield
    except BaseException as error:
        if told and not isinstance(error, Stopped):  # DuckDB raises an error of its own in its place
            raise Stopped(told[0]) from error
        raise


@app.callback(invoke_without_command=True)
def common(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """Options of the command itself."""
    if version:
        from clean import __version__

        typer.echo(__version__)
        raise typer.Exit


app.command("run")(run_command)
app.command("status")(status)
app.command("report")(report_command)
app.command("export")(export_command)


@app.command()
def explain(
    file: Annotated[str, typer.Argument(help="A file, or - for standard input.")],
    document: Annotated[str, typer.Option(help="Which document of it, if it holds several.")] = "",
    rules: RulesFolder = None,
    scraped: Scraped = None,
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
    reasons: Annotated[bool, typer.Option(help="Say why, above each piece that is not kept.")] = True,
    as_json: AsJson = False,
) -> None:
    """Show what becomes of a document: a label and a reason beside each piece.

    What it prints is also the format of a gold margin: correct a label, save it, and you have a test case.

    * `clean explain page.txt`
    * `clean explain page.txt --no-reasons > corpus/my-case/gold.txt`
    """
    from clean.pipeline import Cleaner
    from clean.readers.documents import Fields
    from clean.runs.inputs import one_document
    from clean.runs.work import clean_one
    from clean.score import margin
    from clean.writers.margin import write

    chosen = {"boundary": boundary, "entries": entries, "certainty": certainty, "fast": fast}
    cleaner = Cleaner(options_of(rules, scraped, **chosen))
    fields = Fields(text_field, html_field, id_field, url_field, date_field, site_field)
    one = one_document(file, document, fields)
    try:
        rows = list(margin(clean_one(cleaner, one), cleaner.vocabulary))
    except SourceError as error:
        tell_failure({"source": one.name, "reason": str(error)})
        raise typer.Exit(SOME_FAILED) from None
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row._asdict(), ensure_ascii=False))
    elif sys.stdout.isatty():
        show_margin(write(rows, reasons))
    else:
        sys.stdout.buffer.writelines(f"{line}\n".encode() for line in write(rows, reasons))
        sys.stdout.buffer.flush()


def show_margin(rows: Iterator[str]) -> None:
    """A margin on a terminal: removed text dim, metadata in colour, and nothing that the terminal would obey."""
    from clean.labels import LABELS

    console = Console(highlight=False, soft_wrap=True)
    for row in rows:
        label = row.split("=")[0].split("|")[0].strip(" +")
        style = STYLES[LABELS[label].fate] if label in LABELS else "dim italic"
        console.print(escape(visible(row)), style=style or None)


@rules_app.command("check")
def rules_check(
    rules: RulesFolder = None,
    corpus: Annotated[Path | None, typer.Option(help="Cases whose bodies no rule may touch.", **NAMED)] = None,
    as_json: AsJson = False,
) -> None:
    """Run every rule's own examples, and refuse what cannot be used or proves nothing.

    * `clean rules check`
    * `clean rules check --rules my-rules/ --corpus corpus/`
    """
    from clean.pipeline import Cleaner, Options
    from clean.proofs import check
    from clean.rulebook import bundled_rules, read

    if corpus is not None and not corpus.is_dir():
        raise UsageError(f"there is no folder {corpus}; name a folder of cases")
    book = read([bundled_rules(), *(rules or ())])
    beside = bundled_rules().parent / "corpus"
    found = check(Cleaner(Options(), book=book), corpus or (beside if beside.is_dir() else None))
    if as_json:
        typer.echo(json.dumps([problem._asdict() for problem in found], ensure_ascii=False))
    else:
        for problem in found:
            errors().print(escape(str(problem)), style="red")
        literals = sum(len(rule.literals) + len(rule.patterns) for rule in book.rules)
        told = f"{len(book.rules)} rules with {literals} literals and patterns"
        errors().print(f"{told}: {counted(len(found), 'problem')}" if found else f"{told}: all is well")
    raise typer.Exit(SOME_FAILED if found else ALL_DONE)


@rules_app.command("list")
def rules_list(
    rules: RulesFolder = None,
    out: Annotated[Path | None, typer.Option(help="A finished run, to count each rule's hits in.", **NAMED)] = None,
    label: Annotated[str, typer.Option(help="Only rules whose label starts with this.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the rules, with what each knows, and how often it hit in a finished run.

    * `clean rules list --label promo`
    * `clean rules list --out cleaned/ --json | jq 'select(.count == 0)'`
    """
    from clean.rulebook import bundled_rules, load
    from clean.runs.output import rule_counts

    counts = rule_counts(out) if out else Counter()
    found = [rule for rule in load([bundled_rules(), *(rules or ())]).rules if rule.label.startswith(label)]
    if not found:
        errors().print(f"there is no rule whose label starts with {escape(label)}", style="yellow")
    if as_json:
        for rule in found:
            row = {"id": rule.id, "label": rule.label, "confidence": rule.confidence, "file": rule.file}
            typer.echo(json.dumps(row | {"count": counts[rule.id], "why": rule.why}, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("rule", "confidence", "takes", *(["hits"] if out else []), "why"):
        table.add_column(column, overflow="fold")
    for rule in found:
        hits = [f"{counts[rule.id]:,}"] if out else []
        table.add_row(rule.id, rule.confidence, rule.takes, *hits, escape(rule.why))
    Console(highlight=False, width=None if sys.stdout.isatty() else 160).print(table)


@rules_app.command("learn")
def rules_learn(
    folder: Annotated[
        Path, typer.Argument(help="A finished run, or a folder of scrapes.", parser=named, metavar="FOLDER")
    ],
    out: Annotated[
        Path | None, typer.Option(help="A file for the rules; without it, they go to stdout.", **NAMED)
    ] = None,
    rules: RulesFolder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of TOML.")] = False,
) -> None:
    """Propose rules for the lines that repeat on a site, as TOML with counts and examples. Nothing is applied.

    * `clean rules learn cleaned/ --out proposed.toml`
    * `clean rules learn scrapes/ --json | jq .rule.id`
    """
    from clean.pipeline import Cleaner
    from clean.proposals import learn, toml_of

    found = learn(folder, Cleaner(options_of(rules)))
    lines = (json.dumps(one.to_dict(), ensure_ascii=False) for one in found) if as_json else toml_of(found)
    content = "".join(f"{line}\n" for line in lines).encode()
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_bytes(content)
        except OSError as error:
            raise UsageError(f"{out} cannot be written: {(error.strerror or str(error)).lower()}") from None
    told = f"{counted(len(found), 'rule')} proposed for {counted(len({one.site for one in found}), 'site')}"
    errors().print(f"{told}; none holds before you put it into a folder of rules" if found else told)


@app.command()
def score(
    folder: Annotated[
        Path, typer.Argument(help="A folder of cases, or one case.", parser=named, metavar="FOLDER")
    ] = Path("corpus"),
    rules: RulesFolder = None,
    as_json: AsJson = False,
    bench: Annotated[Path | None, typer.Option(help="Folder of labelled pages to score instead.", **NAMED)] = None,
    folds: Annotated[int, typer.Option(help="Parts of the bench, each judged by what the others teach; 0: none.")] = 10,
) -> None:
    """Compare what becomes of each case with its gold margin: precision and recall per label, and every difference.

    * `clean score corpus`
    * `clean score corpus/my-case`
    * `clean score --bench bench`
    """
    if bench is not None:
        score_bench(bench, folder, folds, as_json)
    from clean.pipeline import Cleaner
    from clean.score import cases, rates
    from clean.score import score as score_case

    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; name a folder of cases, each with source.txt and gold.txt")
    cleaner = Cleaner(options_of(rules))
    scores = [score_case(cleaner, case) for case in cases(folder)]
    if not scores:
        raise UsageError(f"{folder} holds no cases: no folder in it has a gold.txt")
    if as_json:
        told = {
            "cases": [{**one.rate()._asdict(), "differences": list(one.differences)} for one in scores],
            "labels": [r._asdict() for r in rates(scores)],
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        from clean.tables import scores_tables

        Console(highlight=False, soft_wrap=True).print(scores_tables(scores, rates(scores)))
    wrong = [one for one in scores if one.passed == one.expected_to_fail]
    raise typer.Exit(SOME_FAILED if wrong else ALL_DONE)


def score_bench(bench: Path, corpus: Path, folds: int, as_json: bool) -> NoReturn:
    """The figures of a bench of labelled pages, in a table or as lines of JSON."""
    from clean.tables import figures_table
    from clean.train.figures import boilerplate

    if not (bench / "flat.jsonl.gz").is_file():
        raise UsageError(f"{bench} is no bench: it has no flat.jsonl.gz")
    try:
        rows = list(boilerplate(bench, corpus, folds, errors().print))
    except ImportError as error:
        raise UsageError(f"{error}: pip install 'clean-news[train]', or give --folds 0") from error
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row._asdict()))
    else:
        Console(highlight=False, soft_wrap=True).print(figures_table(rows))
    raise typer.Exit(ALL_DONE)
