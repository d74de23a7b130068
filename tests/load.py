"""How fast runs are on one core and on two, and how much memory they take: `python -m tests.load`.

Documents are made up, all different, from some hundred sites. They are small, and like each other; those that
`--paragraphs 12` makes are as long as news is, and say more different things. Times are of the clock, and only tell
something on a machine that does nothing else. Memory is the peak of what the run itself and each worker hold, and of
what all of them hold at one time. A run on one core has one worker, and both share the core, where the system can bind
a process to some cores.
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
from random import Random
from typing import Any, NamedTuple

SITES = 100
PLACES = "Alder Birkdale Corran Dunmoor Eskholm Farlow Garve Hollin Inverwick Jarrow Kelby Lorne".split()
THINGS = "ferry orchard library tramway bakery lighthouse windmill quarry regatta museum allotment brewery".split()
DEEDS = "opened closed mended painted sold bought praised measured".split()
WORDS = """
the of and to in that for with from by about after before council harbour school bridge river market village
budget winter storm children teachers drivers farmers visitors money roof timber railway hospital engine garden paper
waited asked found built lost carried promised refused wrote paid counted moved cold old narrow public private early
late empty full eastern western careful loud seven twelve forty hundred thousand years months days meeting letter
""".split()
SENTENCE, SENTENCES = 20, 2  # words of a sentence, and sentences of a further paragraph
EVERY = 0.5  # seconds after which memory is looked at: that takes time of the runs


class Load(NamedTuple):
    """What a run took: seconds, and the peak of memory in MiB: of itself, its largest worker, and all at one time."""

    seconds: float
    own: float
    worker: float
    together: float


def documents(count: int, paragraphs: int = 0) -> Iterator[dict[str, str]]:
    """So many rows; so many paragraphs more in each."""
    for number in range(count):
        place, thing = PLACES[number % 12], THINGS[number // 12 % 12]
        deed, other = DEEDS[number // 144 % 8], PLACES[number // 1152 % 12]
        text = (
            f"{place} has its {thing} {deed}\nShare\nTweet\n"
            f"The {thing} of {place} was {deed} on Monday by {number} volunteers from {other}, the council said.\n"
            f"It had stood in the rain for {number % 97} years, and nobody in {other} remembers it {deed} before.\n"
            f"Whether the {thing} number {number} will pay its way is another matter, said the treasurer of {place}.\n"
            f"{further(number, paragraphs)}Read also:\n- Why the old pier is closing\n"
        )
        yield {"id": str(number), "url": f"https://site-{number % SITES}.example/{number}", "text": text}


def further(number: int, paragraphs: int) -> str:
    """Paragraphs for the document of this number, of words by chance: only the stock of words is shared."""
    random = Random(number)
    sentences = [[" ".join(random.choices(WORDS, k=SENTENCE)) for _ in range(SENTENCES)] for _ in range(paragraphs)]
    return "".join(" ".join(f"{one.capitalize()}." for one in some) + "\n" for some in sentences)


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
            time.sleep(EVERY)
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
    parser.add_argument("--paragraphs", type=int, default=0, help="more in each document")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clean-load-") as folder:
        for count in options.documents:
            inputs = Path(folder) / f"{count}.jsonl"
            with inputs.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in documents(count, options.paragraphs))
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
