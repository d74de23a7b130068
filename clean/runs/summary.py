"""What a run did, and what its directory holds after it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clean.runs.state import State

MOST_TOLD = 10_000  # failures, and warnings; all failures are in `failed.jsonl`, all warnings in the records


@dataclass
class Summary:
    """What a run did, and what its directory now holds.

    Of the whole directory: `sources`, `records`, `quarantined`, `labels` (in characters) and `warned`. Of the inputs of
    this run: `cleaned`, `unchanged`, `older` (unchanged, but cleaned with other rules, options or version), `failures`,
    and `passed_over`, names with reasons. `failed`, rows as in `failed.jsonl`, and `warnings` are the first of so many:
    ten thousand at most.
    """

    sources: int = 0
    cleaned: int = 0
    unchanged: int = 0
    older: int = 0
    records: int = 0
    quarantined: int = 0
    passed_over: dict[str, str] = field(default_factory=dict)
    failures: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    warned: int = 0
    warnings: list[str] = field(default_factory=list)


def summary_of(state: State, settings: str, cleaned: int, passed_over: Mapping[str, str]) -> Summary:
    """The summary of a run that has cleaned so many documents with some settings, told by their digest."""
    found = Summary(cleaned=cleaned, passed_over=dict(passed_over))
    found.unchanged = state.one("SELECT count(*) FROM named") - cleaned
    found.older = state.older(settings)
    found.sources, found.records = state.rows("SELECT count(*), coalesce(sum(records), 0)::BIGINT FROM sources")[0]
    found.quarantined = state.one("SELECT count(*) FROM sources WHERE outcome <> 'cleaned'")
    found.failures, found.failed = state.failures(MOST_TOLD)
    found.labels = Counter(state.totals("labels"))
    found.warned, warnings = state.warnings(MOST_TOLD)
    found.warnings = [f"{name}: {text}" for name, text in warnings]
    return found


def told_of(summary: Summary) -> dict[str, Any]:
    """What the manifest tells of a run, and of what the directory holds after it."""
    return {
        "counts": {"sources": summary.sources, "records": summary.records, "failed": summary.quarantined},
        "cleaned": summary.cleaned,
        "unchanged": summary.unchanged,
        "older": summary.older,
        "failed": summary.failures,
        "characters": dict(sorted(summary.labels.items())),
        "warned": summary.warned,
        "warnings": summary.warnings,
        "passed_over": summary.passed_over,
    }
