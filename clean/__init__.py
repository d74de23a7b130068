"""Clean, one-story-per-record articles from scraped news, and an account of every character."""

from typing import TYPE_CHECKING, Any

from clean.errors import CleanError, IndexFileError, OutputError, RuleError, SourceError, UsageError

if TYPE_CHECKING:
    from clean.dedupe.clusters import find_duplicates
    from clean.dedupe.index import Index
    from clean.dedupe.matches import Match, Text
    from clean.model import Record, Removal, Result, Source
    from clean.pipeline import Cleaner, Options
    from clean.runs.local import How, run
    from clean.sites import count_sites

__version__ = "0.1.0"

# Where each name lives: loaded when first asked for, so that the import is light.
_HOMES = {
    "Cleaner": "clean.pipeline",
    "How": "clean.runs.local",
    "Index": "clean.dedupe.index",
    "Match": "clean.dedupe.matches",
    "Options": "clean.pipeline",
    "Record": "clean.model",
    "Removal": "clean.model",
    "Result": "clean.model",
    "Source": "clean.model",
    "Text": "clean.dedupe.matches",
    "count_sites": "clean.sites",
    "find_duplicates": "clean.dedupe.clusters",
    "run": "clean.runs.local",
}
__all__ = [
    "CleanError",
    "Cleaner",
    "How",
    "Index",
    "IndexFileError",
    "Match",
    "Options",
    "OutputError",
    "Record",
    "Removal",
    "Result",
    "RuleError",
    "Source",
    "SourceError",
    "Text",
    "UsageError",
    "count_sites",
    "find_duplicates",
    "run",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
