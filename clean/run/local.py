"""One run over many sources on this machine: what is new or changed is cleaned, the rest is kept as it was."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from clean.errors import EmptySource, SourceError, UnreadableSource
from clean.model import Result
from clean.pipeline import Cleaner, Options
from clean.run.inputs import STANDARD_INPUT, Input, find
from clean.run.output import ARTICLES, FAILED, REMOVED, Output, Previous
from clean.writers.jsonl import line

LARGEST = 64 << 20  # bytes of one document


class Outcome(NamedTuple):
    """What became of one input: its rows as lines of JSON, and what the manifest keeps of it."""

    name: str
    lines: dict[str, list[bytes]]
    entry: dict[str, Any]


@dataclass
class Summary:
    """What a run did. `labels` counts characters; `failed` holds the rows of `failed.jsonl`."""

    sources: int = 0
    cleaned: int = 0
    unchanged: int = 0
    records: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)


def run(
    paths: Sequence[str],
    out: str | Path,
    options: Options | None = None,
    cleaner: Cleaner | None = None,
    progress: Callable[[int, int, Input], None] | None = None,
) -> Summary:
    """Clean every input into a directory: `articles.jsonl`, `removed.jsonl`, `failed.jsonl` and `run.json`.

    What the directory holds of other sources stays; a source whose bytes, and the rules, are as they were is not
    cleaned again. Each file is only ever seen whole. `progress` is called before each input with (number done,
    number of all, input). Raises OutputError if the directory cannot be written, RuleError for a broken rule.
    """
    cleaner = cleaner or Cleaner(options)
    inputs = {one.name: one for one in find(paths)}
    previous = Previous.read(Path(out), settings_digest(cleaner))
    summary = Summary()
    with Output(Path(out)) as output:
        for number, name in enumerate(sorted({*inputs, *previous.entries})):
            one = inputs.get(name)
            if one is not None and progress is not None:
                progress(number, len(inputs), one)
            outcome = outcome_of(one, name, cleaner, previous, summary)
            output.add(outcome.lines)
            add_up(summary, outcome)
            output.entries[name] = outcome.entry
        output.commit(previous.settings, manifest(summary))
    return summary


def outcome_of(one: Input | None, name: str, cleaner: Cleaner, previous: Previous, summary: Summary) -> Outcome:
    """Clean one input, or take over what an earlier run made of it."""
    old = previous.rows(name)
    if one is None:
        return Outcome(name, old, previous.entries[name])
    content, problem = load(one)
    digest = blake2b(content, digest_size=16).hexdigest()
    entry = previous.entries.get(name)
    if entry is not None and not problem and entry["digest"] == digest and previous.same_settings:
        summary.unchanged += 1
        return Outcome(name, old, entry)
    summary.cleaned += 1
    try:
        if problem is not None:
            raise problem
        return succeeded(name, digest, cleaner.clean(content, name=name))
    except SourceError as error:
        return failed(one, digest, len(content), type(error).__name__, str(error))
    except Exception as error:  # whatever one document provokes must not cost another its records
        what = f"an error in clean itself, which should be reported: {type(error).__name__}: {error}"
        return failed(one, digest, len(content), "InternalError", what)


def load(one: Input) -> tuple[bytes, SourceError | None]:
    """The bytes of an input, or why there are none."""
    if one.problem:
        return b"", UnreadableSource(one.problem)
    try:
        if one.path is None or one.name == STANDARD_INPUT:
            content = sys.stdin.buffer.read()
        elif one.path.stat().st_size > LARGEST:
            size = one.path.stat().st_size >> 20
            return b"", UnreadableSource(f"it holds {size} MiB, and {LARGEST >> 20} MiB is the most; part it first")
        else:
            content = one.path.read_bytes()
    except OSError as error:
        return b"", UnreadableSource(f"it cannot be opened: {(error.strerror or str(error)).lower()}")
    if not content.strip():
        return content, EmptySource("there is nothing in it but white space")
    return content, None


def succeeded(name: str, digest: str, result: Result) -> Outcome:
    """The outcome of a source that was cleaned."""
    lines = {
        ARTICLES: [line(record.to_dict()) for record in result.records],
        REMOVED: [line(removal.to_dict()) for removal in result.ledger],
        FAILED: [],
    }
    labels: Counter[str] = Counter()
    for article in result.articles:
        for span in article.spans:
            labels[span.label] += span.end - span.start
    entry: dict[str, Any] = {"digest": digest, "records": len(result.records), "labels": dict(sorted(labels.items()))}
    warnings = sorted({*result.warnings, *(warning for record in result.records for warning in record.warnings)})
    if warnings:
        entry["warnings"] = warnings
    return Outcome(name, lines, entry)


def failed(one: Input, digest: str, size: int, error: str, reason: str) -> Outcome:
    """The outcome of a source that could not be cleaned."""
    row = {"source": one.name, "path": str(one.path or one.name), "error": error, "reason": reason, "bytes": size}
    row["digest"] = digest
    return Outcome(one.name, {ARTICLES: [], REMOVED: [], FAILED: [line(row)]}, {"digest": digest, "failed": row})


def add_up(summary: Summary, outcome: Outcome) -> None:
    """Count an outcome in."""
    summary.sources += 1
    summary.records += outcome.entry.get("records", 0)
    summary.labels.update(outcome.entry.get("labels", {}))
    summary.warnings += [f"{outcome.name}: {warning}" for warning in outcome.entry.get("warnings", ())]
    if "failed" in outcome.entry:
        summary.failed.append(outcome.entry["failed"])


def manifest(summary: Summary) -> dict[str, Any]:
    """The counts of `run.json`, over all that the directory holds."""
    return {
        "counts": {"sources": summary.sources, "records": summary.records, "failed": len(summary.failed)},
        "characters": dict(sorted(summary.labels.items())),
        "warnings": summary.warnings,
    }


def settings_digest(cleaner: Cleaner) -> str:
    """What, beside its bytes, decides what becomes of a source: the version, the rules and the options."""
    from clean import __version__

    options = cleaner.options
    told = (__version__, cleaner.book, options.scraped, options.boundary, options.most_lost)
    return blake2b(repr(told).encode(), digest_size=16).hexdigest()


def records_of(paths: Sequence[str], cleaner: Cleaner) -> Iterator[Outcome]:
    """Clean every input and keep nothing: for output that goes to a pipe."""
    nothing = Previous(Path(), "", {}, same_settings=False)
    for one in find(paths):
        yield outcome_of(one, one.name, cleaner, nothing, Summary())
