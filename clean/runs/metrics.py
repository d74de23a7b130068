"""What a directory's runs did, in the text format of Prometheus, for the textfile collector of a node exporter."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from clean.errors import OutputError
from clean.labels import LABELS


class Metric(NamedTuple):
    """A gauge: its name, what it tells, and its values, each with the labels it bears."""

    name: str
    tells: str
    values: Sequence[tuple[Mapping[str, str], float]]


def metrics(told: Mapping[str, Any], drifting: int) -> Iterator[Metric]:
    """The gauges of the last run, as its manifest tells it; `drifting` is the number of sites that drift."""
    nothing: Mapping[str, str] = {}
    counts = told["counts"]
    yield Metric("clean_sources", "Sources that the directory holds.", [(nothing, counts["sources"])])
    yield Metric("clean_records", "Records that the directory holds.", [(nothing, counts["records"])])
    yield Metric("clean_quarantined", "Sources that could not be cleaned.", [(nothing, counts["failed"])])
    for name in ("cleaned", "unchanged", "older", "failed"):
        yield Metric(f"clean_run_{name}", f"Inputs of the last run: {name}.", [(nothing, told[name])])
    seconds = [({"phase": phase}, value) for phase, value in told["seconds"].items()]
    yield Metric("clean_run_seconds", "Time that the last run took, by what it did.", seconds)
    fates: dict[str, int] = {}
    for label, count in told["characters"].items():
        fates[LABELS[label].fate] = fates.get(LABELS[label].fate, 0) + count
    characters = [({"fate": fate}, float(count)) for fate, count in sorted(fates.items())]
    yield Metric("clean_characters", "Characters that the directory accounts for, by what became of them.", characters)
    yield Metric("clean_sites_drifting", "Sites whose figures left their own history.", [(nothing, drifting)])
    ended = datetime.fromisoformat(told["ended"]).timestamp()
    yield Metric("clean_run_ended_timestamp_seconds", "When the last run ended.", [(nothing, ended)])


def lines(found: Iterable[Metric]) -> Iterator[str]:
    """The gauges as text.

    >>> print("\\n".join(lines([Metric("clean_records", "Records.", [({"site": 'a"b'}, 7)])])))
    # HELP clean_records Records.
    # TYPE clean_records gauge
    clean_records{site="a\\"b"} 7
    """
    for metric in found:
        yield f"# HELP {metric.name} {metric.tells}"
        yield f"# TYPE {metric.name} gauge"
        for labels, value in metric.values:
            inside = ",".join(f"{name}={json.dumps(text, ensure_ascii=False)}" for name, text in labels.items())
            yield f"{metric.name}{{{inside}}} {value}" if inside else f"{metric.name} {value}"


def write(path: Path, told: Mapping[str, Any], drifting: int) -> None:
    """Write the gauges to a file that is only ever seen whole. Raises OutputError if that cannot be done."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes("".join(f"{line}\n" for line in lines(metrics(told, drifting))).encode())
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
