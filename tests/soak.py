"""A day at a desk: an inbox that grows every hour, and a run each hour, some of them killed: `python -m tests.soak`.

The documents are made out of the texts of the bench (or where there is none, of the corpus), each with a line of its
own: most come as rows in compressed files, some as files of their own, of which some change later on; a few are
broken. At the end every document must be there once.
"""

import argparse
import gzip
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from clean.runs.finished import state_of
from clean.runs.names import ARTICLES
from tests import CORPUS, SHARED

HOURS = 24
LONGEST = 1500  # characters of a document, so that a day fits into a quarter of an hour
FILES, CHANGED, BROKEN = 0.02, 0.2, 0.001  # shares: of documents that are files, of files that change, of broken rows
KILLED = 0.5  # share of the runs that are killed once before they are let through


@dataclass
class Day:
    """What was put into the inbox, and what the runs took."""

    sources: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    runs: int = 0
    kills: int = 0
    seconds: float = 0.0
    own: int = 0
    worker: int = 0


def texts() -> list[str]:
    """The texts that documents are made of."""
    flat = SHARED / "bench" / "flat.jsonl.gz"
    if flat.is_file():
        with gzip.open(flat, "rt", encoding="utf-8") as rows:
            return [json.loads(row)["text"][:LONGEST] for row in rows]
    return [
        path.read_text(encoding="utf-8", errors="replace")[:LONGEST] for path in sorted(CORPUS.glob("*/source.txt"))
    ]


def drop(inbox: Path, hour: int, count: int, random: Random, day: Day) -> None:
    """Put an hour's documents into the inbox, and change some of those that lie there."""
    found = texts()
    rows: list[bytes] = []
    for number in range(hour * count, (hour + 1) * count):
        text = f"{found[number % len(found)]}\nThis is the page with the number {number} of this day.\n"
        if random.random() < FILES:
            path = inbox / f"site-{number % 10}" / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            day.sources.add(path.relative_to(inbox).as_posix())
        else:
            rows.append(
                json.dumps({"id": f"row-{number}", "url": f"https://site-{number % 50}.example", "text": text}).encode()
            )
            day.sources.add(f"row-{number}")
            if random.random() < BROKEN:
                rows.append(b'{"text": "it breaks off he')
                day.broken.add(f"{hour:02}.jsonl.gz#{len(rows)}")
    (inbox / f"{hour:02}.jsonl.gz").write_bytes(gzip.compress(b"".join(row + b"\n" for row in rows), 1))
    files = sorted(inbox.glob("site-*/*.txt"))
    for path in random.sample(files, int(len(files) * CHANGED / HOURS)):
        path.write_text(path.read_text(encoding="utf-8") + f"It was changed in hour {hour}.\n", encoding="utf-8")


def run(inbox: Path, out: Path, workers: int, dies_after: float | None, day: Day) -> int:
    """One run, killed after some seconds if it is not done by then; its exit code."""
    import psutil

    command = [sys.executable, "-m", "clean", "run", str(inbox), "--out", str(out), "--workers", str(workers)]
    start = time.monotonic()
    told = (out.parent / "told.txt").open("w+")
    with told, subprocess.Popen(command, stderr=told) as running:
        process = psutil.Process(running.pid)
        while running.poll() is None:
            time.sleep(0.1)
            try:
                day.own = max(day.own, process.memory_info().rss)
                for child in process.children(recursive=True):
                    day.worker = max(day.worker, child.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
            if dies_after is not None and time.monotonic() - start > dies_after:
                running.kill()
        if running.returncode not in (0, 1, -signal.SIGKILL):
            told.seek(0)
            print(told.read())
    day.runs += 1
    day.kills += running.returncode == -signal.SIGKILL
    day.seconds += time.monotonic() - start
    return running.returncode


def check(out: Path, day: Day) -> tuple[int, int]:
    """(documents that are lost, documents or records that are there twice)."""
    with state_of(out) as state:
        found = Counter(dict(state.rows("SELECT source, count(*) FROM sources GROUP BY source")))
        failed = {name for (name,) in state.rows("SELECT source FROM sources WHERE outcome <> 'cleaned'")}
    with (out / ARTICLES).open("rb") as lines:
        ids = Counter(json.loads(line)["id"] for line in lines)
    lost = (day.sources | day.broken) - found.keys() | (day.sources & failed)
    return len(lost), sum(count > 1 for count in (*found.values(), *ids.values()))


def main() -> None:
    """Live through a day, and print its figures; exits with 1 if anything was lost, or is there twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    day, random = Day(), Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="clean-soak-") as folder:
        inbox, out = Path(folder) / "inbox", Path(folder) / "out"
        inbox.mkdir()
        for hour in range(HOURS):
            drop(inbox, hour, options.documents // HOURS, random, day)
            lasts = max(4.0, day.seconds / max(1, day.runs))
            if random.random() < KILLED:
                run(inbox, out, options.workers, random.uniform(0, lasts), day)
            code = run(inbox, out, options.workers, None, day)
            assert code == bool(day.broken), f"hour {hour}: exit code {code}"
            print(
                f"hour {hour:2}: {len(day.sources):7,} documents, {day.kills} runs killed, {day.seconds:7.1f} s",
                flush=True,
            )
        lost, twice = check(out, day)
    thousand = day.seconds / len(day.sources) * 1000
    print(f"{len(day.sources):,} documents, {len(day.broken)} broken ones, {day.runs} runs, {day.kills} of them killed")
    print(f"lost {lost}, twice {twice}; {day.own >> 20} MiB in the run, {day.worker >> 20} MiB in a worker", end="; ")
    print(f"{thousand:.2f} s for a thousand documents")
    sys.exit(bool(lost or twice))


if __name__ == "__main__":
    main()
