"""`python -m tests.pagespeed BENCH`: pages in a second, the whole path and its parts, beside trafilatura in one run.

Times are CPU seconds of one process, of all pages after some that warm it up, ours and theirs by turns, some pages at
a time, since a busy machine is not as fast now as a moment later. Read ratios, not absolutes.
"""

import argparse
import gc
import gzip
import sys
import time
from collections.abc import Callable
from pathlib import Path

import trafilatura

from clean.errors import SourceError
from clean.model import Source
from clean.pipeline import Cleaner, Options
from clean.readers import read

TURN = 24  # pages that each way does before the next has its turn
WARM = 0.25  # share of the pages that only warm up: patterns are compiled when they are first needed


def seconds(work: Callable[[list[bytes]], object], pages: list[bytes]) -> float:
    """The CPU time of one round; of more, all but the first would find every line remembered."""
    start = time.process_time()
    work(pages)
    return time.process_time() - start


def sources(pages: list[bytes]) -> list[Source]:
    """What the reader makes of pages; those that cannot be read are left out."""
    found: list[Source] = []
    for page in pages:
        try:
            found.append(read(page, kind="html"))
        except SourceError:
            continue
    return found


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(prog="python -m tests.pagespeed", description=__doc__)
    words.add_argument("bench", type=Path)
    words.add_argument("--every", type=int, default=4, help="take one page of so many")
    given = words.parse_args()
    paths = sorted((given.bench / "pages").glob("*.html.gz"))[:: given.every]
    pages = [gzip.decompress(path.read_bytes()) for path in paths]
    cleaner, fast = Cleaner(), Cleaner(Options(fast=True))
    warm = pages[: int(len(pages) * WARM)]
    timed = pages[len(warm) :]
    ways: dict[str, Callable[[list[bytes]], object]] = {
        "trafilatura.extract": lambda some: [trafilatura.extract(page) for page in some],
        "trafilatura.extract, fast": lambda some: [trafilatura.extract(page, fast=True) for page in some],
        "clean, reading alone": sources,
        "clean": lambda some: list(cleaner.clean_many(sources(some))),
        "clean, fast": lambda some: list(fast.clean_many(sources(some))),
    }
    spent = dict.fromkeys(ways, 0.0)
    for work in ways.values():
        seconds(work, warm)
    gc.freeze()  # as workers of a run do: rules and models are not searched for garbage in anybody's time
    for first in range(0, len(timed), TURN):
        for name, work in ways.items():
            spent[name] += seconds(work, timed[first : first + TURN])
    base = spent["trafilatura.extract"]
    for name, took in spent.items():
        sys.stdout.write(f"{name:28}{len(timed) / took:8.1f} pages/s{took / base:8.2f} of trafilatura's time\n")


if __name__ == "__main__":
    main()
