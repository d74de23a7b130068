"""How well and how fast duplicates are found, beside other tools: `python -m tests.duplicates --bench DIR`.

`--bench` names a folder with `duplicates.jsonl.gz` and its scorer. Without more, it is scored what `Index` tells of
the bench. `--speed N` times N passages made from the bench's beside rensa and datasketch, if they are installed;
`--growth` fills indexes of 10,000, 100,000 and 1,000,000 passages and asks each about 5,000 new ones; `--hot N` times N
passages that all hold one phrase. Times are CPU seconds of one core: read ratios, not absolutes.
"""

import argparse
import gzip
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from clean.dedupe.clusters import find_duplicates
from clean.dedupe.index import Index, Text
from tests import SHARED

SIZES = (10_000, 100_000, 1_000_000)
NEW = 5_000  # passages that a scheduled run brings
WORD = re.compile(r"\w+")
PERMUTATIONS = 128
THRESHOLD = 0.7


def rows_of(bench: Path, kind: str) -> list[dict[str, Any]]:
    """The passages or articles of the bench."""
    with gzip.open(bench / "duplicates.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row["kind"] == kind]


def made(bench: Path) -> Iterator[str]:
    """Passages without end: those of the bench, and then again and again with other words in the place of all words."""
    texts = [row["text"] for row in rows_of(bench, "passage")]
    yield from texts
    copy = 0
    while True:
        copy += 1
        ending = "".join(chr(ord("a") + int(digit)) for digit in str(copy))
        yield from (WORD.sub(lambda found, ending=ending: found[0] + ending, text) for text in texts)  # type: ignore[misc]


def quality(bench: Path) -> None:
    """Score passages and articles, all and by halves, with the bench's own scorer."""
    spec = spec_from_file_location("score_duplicates", bench / "score_duplicates.py")
    assert spec is not None
    assert spec.loader is not None
    scorer = module_from_spec(spec)
    spec.loader.exec_module(scorer)
    for kind in ("passage", "article"):
        rows = rows_of(bench, kind)
        with Index.open() as index:
            found = index.add(Text(row["id"], row["text"]) for row in rows)
        twins = {match.id: match.duplicate_of or match.id for match in found}
        inside = {match.id: [match.contained_in] for match in found if match.contained_in}
        scorer.print_table(kind, scorer.score(rows, twins, inside))
        for half in (0, 1):
            part = [row for row in rows if sum(row["gold"]["pub"].encode()) % 2 == half]
            told = scorer.score(part, twins, inside)
            scores = f"F1 {told['pairwise']['f1']:.4f}, hard negatives {told['hard_error']:.4f}"
            print(f"   half {half + 1} of the publishers, {len(part)} texts: pairwise {scores}")


def with_rensa(texts: Sequence[str]) -> list[int]:
    """What rensa's MinHash and LSH cluster, each pair put to the proof by its estimate of the resemblance."""
    from rensa import RMinHash, RMinHashLSH

    sketches = []
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=PERMUTATIONS // 8)
    for number, text in enumerate(texts):
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(text.lower().split())
        sketches.append(sketch)
        index.insert(number, sketch)
    found: list[int] = []
    for number, sketch in enumerate(sketches):
        like = (
            other for other in index.query(sketch) if other < number and sketches[other].jaccard(sketch) >= THRESHOLD
        )
        found.append(found[first] if (first := min(like, default=number)) < number else number)
    return found


def with_datasketch(texts: Sequence[str]) -> list[int]:
    """What datasketch's MinHash and LSH cluster, as above."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    sketches: list[Any] = []
    found: list[int] = []
    for number, text in enumerate(texts):
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([word.encode() for word in set(text.lower().split())])
        like = (other for other in index.query(sketch) if sketches[other].jaccard(sketch) >= THRESHOLD)
        first = min(like, default=number)
        found.append(found[first] if first < number else number)
        index.insert(number, sketch)
        sketches.append(sketch)
    return found


def seconds(work: Callable[[], object]) -> float:
    """The CPU time of a piece of work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def speed(bench: Path, count: int) -> None:
    """Time ours and others on the same texts, in turn, twice: the better of each counts."""
    texts = list(islice(made(bench), count))
    size = sum(len(text.encode()) for text in texts) / 1e6
    ways: dict[str, Callable[[Sequence[str]], list[int]]] = {"clean": find_duplicates}
    for name, way in (("rensa", with_rensa), ("datasketch", with_datasketch)):
        try:
            way(texts[:10])
            ways[name] = way
        except ImportError:
            print(f"{name} is not installed")
    find_duplicates(texts[:10])
    rounds = [{name: seconds(lambda way=way: way(texts)) for name, way in ways.items()} for _ in range(2)]  # type: ignore[misc]
    print(f"{count:,} passages, {size:.0f} MB")
    best = {name: min(one[name] for one in rounds) for name in ways}
    for name, spent in best.items():
        print(f"    {name:12} {spent:8.2f} s {size / spent:8.1f} MB/s {spent / best['clean']:8.2f} times ours")


def growth(bench: Path) -> None:
    """Fill an index of each size in a process of its own, and tell what it costs."""
    print("   passages   build s  build s/1,000  query s  file MB  peak MB filling  peak MB asking")
    for size in SIZES:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "seen.duckdb"
            build = child(bench, "fill", size, path)
            ask = child(bench, "ask", size, path)
            file = path.stat().st_size / 1e6
        each = build["seconds"] / size * 1000
        print(
            f"{size:11,} {build['seconds']:9.1f} {each:14.3f} {ask['seconds']:8.2f} {file:8.1f}"
            f" {build['peak']:16.0f} {ask['peak']:15.0f}"
        )


def child(bench: Path, what: str, size: int, path: Path) -> dict[str, float]:
    """Run one step in a process of its own."""
    command = [sys.executable, "-m", "tests.duplicates", "--bench", str(bench), "--step", what, str(size), str(path)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


def step(bench: Path, what: str, size: int, path: Path) -> None:
    """Fill an index, or add new passages to it as a scheduled run does; tells time and memory as JSON."""
    first = size if what == "ask" else 0
    count = NEW if what == "ask" else size
    texts = (Text(str(number), text) for number, text in enumerate(islice(made(bench), first, first + count), first))
    given = list(texts) if what == "ask" else texts
    start = time.process_time()
    with Index.open(path) as index:
        index.add(given)
    spent = time.process_time() - start
    print(json.dumps({"seconds": spent, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}))


def hot(count: int) -> None:
    """Time passages of which all hold one phrase, and as many without it."""
    phrase = "the council said in a statement late on friday that it had nothing further to add at this time"
    for name, every in (("one phrase in all", phrase), ("no phrase", "")):
        texts = [
            f"{every} {number * 7919} w{number} {number * 104729} v{number} u{number}" * 2 for number in range(count)
        ]
        print(f"{count:,} passages, {name}: {seconds(lambda texts=texts: find_duplicates(texts)):.2f} s")  # type: ignore[misc]


def main() -> None:
    """Print the figures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, default=SHARED / "bench")
    parser.add_argument("--speed", type=int)
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--hot", type=int)
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        step(given.bench, given.step[0], int(given.step[1]), Path(given.step[2]))
    elif given.speed:
        speed(given.bench, given.speed)
    elif given.growth:
        growth(given.bench)
    elif given.hot:
        hot(given.hot)
    else:
        quality(given.bench)


if __name__ == "__main__":
    main()
