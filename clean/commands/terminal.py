"""What all commands share: where they tell what, and how they end."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from clean.errors import UsageError
from clean.writers import visible

ALL_DONE, SOME_FAILED, WRONG_USE = 0, 1, 2


def named(given: str | Path) -> Path:
    """A path that was named. Raises BadParameter for an empty one, which would be the current directory."""
    if not str(given):
        raise typer.BadParameter("an empty path; was a variable never set? Write . for the current directory")
    return Path(given)


NAMED: dict[str, Any] = {"parser": named, "metavar": "PATH"}

RulesFolder = Annotated[
    list[Path] | None,
    typer.Option("--rules", help="A folder of rules of your own; may be given several times.", **NAMED),
]
Scraped = Annotated[
    str | None, typer.Option(help="When the pages were fetched (ISO 8601), to resolve times such as '3 hours ago'.")
]
Boundary = Annotated[
    float | None, typer.Option(min=0, help="Chance from which a new story is taken to begin; above 1 never.")
]
Certainty = Annotated[
    float | None, typer.Option(min=0, max=1, help="How sure it must be that a block is boilerplate; 1 is never.")
]
Entries = Annotated[bool, typer.Option("--entries", help="Make each entry of a live blog in a text a record.")]
Fast = Annotated[bool, typer.Option("--fast", help="Clean pages without trafilatura's opinion, which takes long.")]
TextField = Annotated[str, typer.Option(help="In rows, the field, or column, that holds the text.")]
HtmlField = Annotated[str, typer.Option(help="The one that holds the page.")]
IdField = Annotated[str, typer.Option(help="The one that names the document.")]
UrlField = Annotated[str, typer.Option(help="The one that holds its URL.")]
DateField = Annotated[str, typer.Option(help="The one that tells when it was fetched.")]
SiteField = Annotated[str, typer.Option(help="The one that names its site.")]


def errors() -> Console:
    """Where everything for people goes. Honours NO_COLOR."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def options_of(rules: list[Path] | None, scraped: str | None = None, **chosen: Any) -> Any:
    """The options that the command line gave; what it did not give is as it is without."""
    from clean.pipeline import Options

    try:
        moment = None if scraped is None else datetime.fromisoformat(scraped)
    except ValueError:
        raise UsageError(f"--scraped {scraped!r} is no time; write it as 2024-05-03 or 2024-05-03T12:00:00") from None
    given = {name: value for name, value in chosen.items() if value is not None}
    return Options(rules=tuple(rules or ()), scraped=moment, **given)


def apart(path: Path, folder: Path) -> Path:
    """A path to write to. Raises UsageError if it is a directory of runs, or one of its own files."""
    from clean.runs.names import OURS

    if path.resolve() == folder.resolve():
        raise UsageError(f"{path} is the directory of the runs itself; name a file or folder for what is written")
    if path.name in OURS and path.resolve().parent == folder.resolve():
        raise UsageError(f"{path} belongs to the runs of {folder}; name another file")
    return path


def counted(count: int, what: str) -> str:
    """A number of things, in words.

    >>> counted(1, "record"), counted(1200, "record")
    ('1 record', '1,200 records')
    """
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def tell_failure(row: dict[str, Any]) -> None:
    """One sentence about an input that failed."""
    errors().print(f"{escape(visible(row['source']))}: {escape(visible(row['reason']))}", style="red")
