"""What all commands share: where they tell what, and how they end."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from clean.errors import UsageError
from clean.model import Duplicates
from clean.writers import visible

ALL_DONE, SOME_FAILED, WRONG_USE = 0, 1, 2

RulesFolder = Annotated[
    list[Path] | None, typer.Option("--rules", help="A folder of rules of your own; may be given several times.")
]
Scraped = Annotated[
    str | None, typer.Option(help="When the pages were fetched (ISO 8601), to resolve times such as '3 hours ago'.")
]


def errors() -> Console:
    """Where everything for people goes. Honours NO_COLOR."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def options_of(rules: list[Path] | None, scraped: str | None = None, duplicates: Duplicates = "annotate") -> Any:
    """The options that the command line gave."""
    from clean.pipeline import Options

    try:
        moment = datetime.fromisoformat(scraped) if scraped else None
    except ValueError:
        raise UsageError(f"--scraped {scraped!r} is no time; write it as 2024-05-03 or 2024-05-03T12:00:00") from None
    return Options(rules=tuple(rules or ()), scraped=moment, duplicates=duplicates)


def tell_failure(row: dict[str, Any]) -> None:
    """One sentence about an input that failed."""
    errors().print(f"{escape(visible(row['source']))}: {escape(visible(row['reason']))}", style="red")
