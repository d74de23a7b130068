"""`python -m tests.pagespeed BENCH`: pages in a second, the whole path and its parts, beside trafilatura in one run.

Times are CPU seconds of one process, of all pages after some that warm it up. Read ratios, not absolutes.
"""

import argparse
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

WARM = 0.25  # share of the pages that only warm up: patterns are compiled when they are first needed


def seconds(work: Callable[[], object]) -> float:
    """The CPU time of one round; of more, all but the first would find every line remembered."""
    start = time.process_time()
    work()
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
    for one in (cleaner, fast):
        list(one.clean_many(sources(warm)))
    ways: dict[str, Callable[[], object]] = {
        "trafilatura.extract": lambda: [trafilatura.extract(page) for page in timed],
        "trafilatura.extract, fast": lambda: [trafilatura.extract(page, fast=True) for page in timed],
        "clean, reading alone": lambda: sources(timed),
        "clean": lambda: list(cleaner.clean_many(sources(timed))),
        "clean, fast": lambda: list(fast.clean_many(sources(timed))),
    }
    base = 0.0
    for name, work in ways.items():
        spent = seconds(work)
        base = base or spent
        sys.stdout.write(f"{name:28}{len(timed) / spent:8.1f} pages/s{spent / base:8.2f} of trafilatura's time\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
