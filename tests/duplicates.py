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
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from clean.dedupe.clusters import find_duplicates
from clean.dedupe.index import Index
from clean.dedupe.matches import Text
from tests import SHARED

SIZES = (10_000, 100_000, 1_000_000)
NEW = 5_000  # passages that a scheduled run brings
WORD = re.compile(r"[A-Za-z0-9]+|[^\W\x00-\xff]+")  # and no letters that mojibake is made of
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


def scorer_of(bench: Path) -> Any:
    """The bench's own scorer."""
    spec = spec_from_file_location("score_duplicates", bench / "score_duplicates.py")
    assert spec is not None
    assert spec.loader is not None
    scorer = module_from_spec(spec)
    spec.loader.exec_module(scorer)
    return scorer


def told(rows: Sequence[dict[str, Any]]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What an index tells of the rows of the bench: for each its cluster, and the longer text that contains it."""
    with Index.open() as index:
        found = index.add(Text(row["id"], row["text"]) for row in rows)
    twins = {match.id: match.duplicate_of or match.id for match in found}
    return twins, {match.id: [match.contained_in] for match in found if match.contained_in}


def quality(bench: Path) -> None:
    """Score passages and articles, all and by halves."""
    scorer = scorer_of(bench)
    for kind in ("passage", "article"):
        rows = rows_of(bench, kind)
        twins, inside = told(rows)
        scorer.print_table(kind, scorer.score(rows, twins, inside))
        for half in (0, 1):
            part = [row for row in rows if sum(row["gold"]["pub"].encode()) % 2 == half]
            score = scorer.score(part, twins, inside)
            scores = f"F1 {score['pairwise']['f1']:.4f}, hard negatives {score['hard_error']:.4f}"
            print(f"   half {half + 1} of the publishers, {len(part)} texts: pairwise {scores}")


def words_in(text: str) -> list[str]:
    """The words of a text, as others take them."""
    return text.lower().split()


def shingles_in(text: str) -> list[str]:
    """The runs of three words of a text."""
    words = words_in(text)
    return list(map(" ".join, zip(words, words[1:], words[2:], strict=False))) or words


def with_rensa(texts: Sequence[str], features: Callable[[str], list[str]], threshold: float) -> list[int]:
    """What rensa's MinHash and LSH cluster, each pair put to the proof by its estimate of the resemblance."""
    from rensa import RMinHash, RMinHashLSH

    sketches: list[Any] = []
    index = RMinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, num_bands=PERMUTATIONS // 8)
    found: list[int] = []
    for number, text in enumerate(texts):
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(features(text))
        like = (other for other in index.query(sketch) if sketches[other].jaccard(sketch) >= threshold)
        first = min(like, default=number)
        found.append(found[first] if first < number else number)
        index.insert(number, sketch)
        sketches.append(sketch)
    return found


def with_rensa_alone(texts: Sequence[str]) -> list[bool]:
    """Which texts rensa's own deduplicator would keep; it does not say what the others repeat."""
    from rensa import RMinHashDeduplicator

    found = RMinHashDeduplicator(threshold=0.8, num_perm=PERMUTATIONS, use_lsh=True)
    kept: list[bool] = found.add_pairs((str(number), words_in(text)) for number, text in enumerate(texts))
    return kept


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


# Others, with the features and thresholds that do best on the bench, for all words and for runs of three.
WAYS: Mapping[str, Callable[[Sequence[str]], list[int]]] = {
    "clean": find_duplicates,
    "rensa, words": lambda texts: with_rensa(texts, words_in, 0.8),
    "rensa, 3 words": lambda texts: with_rensa(texts, shingles_in, 0.6),
    "datasketch": with_datasketch,
}
# What is timed: also what tells less, and so has no quality.
TIMED: Mapping[str, Callable[[Sequence[str]], object]] = {**WAYS, "rensa, flags": with_rensa_alone}
ROUNDS = 3  # of all ways in turn; the best of each counts, since others may be at work on the machine


def speed(bench: Path, count: int) -> None:
    """Time ours and others on the same texts, in turn, some times, of which the best counts; and tell what each finds.

    All of them get texts and tell for each the first that it repeats, which takes others: words in lower case, parted
    at white space, or runs of three of them; a sketch of each text; a look into the index; the proof of what is found
    there; and the joining to clusters. None is given less to do than its users have. "rensa, flags" is its ready-made
    deduplicator, which does less: it tells whether to keep a text, and not what it repeats.
    """
    rows, scorer = rows_of(bench, "passage"), scorer_of(bench)
    texts = list(islice(made(bench), count))
    size = sum(len(text.encode()) for text in texts) / 1e6
    found_by = {name: way([row["text"] for row in rows]) for name, way in WAYS.items()}
    rounds = [[seconds(lambda way=way: way(texts)) for way in TIMED.values()] for _ in range(ROUNDS)]  # type: ignore[misc]
    print(f"{count:,} passages, {size:.0f} MB, one core; the best of {ROUNDS}, and all")
    for name, *each in zip(TIMED, *rounds, strict=True):
        spent, times = min(each), min(each) / min(one[0] for one in rounds)
        line = f"    {name:16} {spent:6.2f} s {size / spent:6.1f} MB/s {times:6.2f} times ours ({plain(each)})"
        print(f"{line}; {pairwise_of(scorer, rows, found_by[name])}" if name in found_by else line)


def plain(times: Sequence[float]) -> str:
    """Times in a row."""
    return " ".join(f"{one:.2f}" for one in times)


def pairwise_of(scorer: Any, rows: Sequence[dict[str, Any]], found: Sequence[int]) -> str:
    """How well clusters fit the bench, pair by pair."""
    score = scorer.score(rows, {row["id"]: str(cluster) for row, cluster in zip(rows, found, strict=True)})["pairwise"]
    return f"on the bench P {score['p']:.3f} R {score['r']:.3f} F1 {score['f1']:.3f}"


def growth(bench: Path) -> None:
    """Fill an index of each size in a process of its own, and tell what it costs."""
    print("   passages   build s  build s/1,000  query s  file MB  peak MB filling  peak MB asking")
    for size in SIZES:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "seen.duckdb"
            build = child(bench, "fill", size, path)
            ask = child(bench, "ask", size, path)
            file = sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*")) / 1e6  # and that of its words
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
