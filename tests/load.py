"""How fast runs are on one core and on two, and how much memory they take: `python -m tests.load`.

Documents are made up, small and all different, from some hundred sites. Times are of the clock, and only tell
something on a machine that does nothing else. Memory is the peak of what the run itself and each worker hold, and of
what all of them hold at one time. A run on one core has one worker, and both share the core, where the system can
bind a process to some cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

SITES = 100
PLACES = "Alder Birkdale Corran Dunmoor Eskholm Farlow Garve Hollin Inverwick Jarrow Kelby Lorne".split()
THINGS = "ferry orchard library tramway bakery lighthouse windmill quarry regatta museum allotment brewery".split()
DEEDS = "opened closed mended painted sold bought praised measured".split()


class Load(NamedTuple):
    """What a run took: seconds, and the peak of memory in MiB: of itself, its largest worker, and all at one time."""

    seconds: float
    own: float
    worker: float
    together: float


def documents(count: int) -> Iterator[dict[str, str]]:
    """So many rows."""
    for number in range(count):
        place, thing = PLACES[number % 12], THINGS[number // 12 % 12]
        deed, other = DEEDS[number // 144 % 8], PLACES[number // 1152 % 12]
        text = (
            f"{place} has its {thing} {deed}\nShare\nTweet\n"
            f"The {thing} of {place} was {deed} on Monday by {number} volunteers from {other}, the council said.\n"
            f"It had stood in the rain for {number % 97} years, and nobody in {other} remembers it {deed} before.\n"
            f"Whether the {thing} number {number} will pay its way is another matter, said the treasurer of {place}.\n"
            "Read also:\n- Why the old pier is closing\n"
        )
        yield {"id": str(number), "url": f"https://site-{number % SITES}.example/{number}", "text": text}


def run(folder: Path, inputs: Path, cores: int) -> Load:
    """One run in a fresh directory, measured from outside."""
    import psutil

    out = folder / f"out-{inputs.stem}-{cores}"
    command = [sys.executable, "-m", "clean", "run", str(inputs), "--out", str(out), "--workers", str(cores)]
    start, own, worker, together = time.monotonic(), 0, 0, 0
    with bound(cores), subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        process = psutil.Process(running.pid)
        while running.poll() is None:
            try:
                own = max(own, process.memory_info().rss)
                children = process.children(recursive=True)
                worker = max(worker, *(child.memory_info().rss for child in children), 0)
                together = max(together, sum(share(member) for member in (process, *children)))
            except psutil.NoSuchProcess:
                pass
            time.sleep(0.2)
    assert running.returncode == 0
    return Load(time.monotonic() - start, own / 2**20, worker / 2**20, together / 2**20)


def share(process: Any) -> int:
    """Bytes of memory that a process accounts for; pages of several processes are shared out, where a system tells."""
    memory = process.memory_full_info()
    return int(getattr(memory, "pss", memory.rss))


@contextmanager
def bound(cores: int) -> Iterator[None]:
    """Processes that are started inside use so many cores, if the system can bind them."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(every)[:cores])
    try:
        yield
    finally:
        os.sched_setaffinity(0, every)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clean-load-") as folder:
        for count in options.documents:
            inputs = Path(folder) / f"{count}.jsonl"
            with inputs.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in documents(count))
            for cores in options.cores:
                load = run(Path(folder), inputs, cores)
                print(f"{count:9,} documents, {cores} cores: {load.seconds:7.1f} s", end=", ")
                print(
                    f"{count / load.seconds:5.0f} a second, {inputs.stat().st_size / load.seconds / 1e6:5.2f} MB/s",
                    end="",
                )
                print(f"; {load.own:5.0f} MiB in the run, {load.worker:5.0f} MiB in a worker", end="")
                print(f", {load.together:5.0f} MiB in all at once", flush=True)


if __name__ == "__main__":
    main()
