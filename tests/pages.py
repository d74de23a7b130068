"""`python -m tests.pages BENCH`: what becomes of a bench of pages, beside other extractors, in one run.

Every publisher is judged by a model that never saw it. Needs the packages of the `train` and `compare` extras.
"""

import argparse
import gzip
import importlib.util
import json
import re
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from clean.model import Result
from clean.readers.html import decode_page
from clean.train import reach

HERE = Path(__file__).parent
FOLDS = 10
LONGEST_RESIDUE = 250  # characters of a line that is looked at
Texts = Mapping[str, str]


def residue() -> list[re.Pattern[str]]:
    """The patterns of the residue check."""
    rows = tomllib.loads((HERE / "residue.toml").read_text(encoding="utf-8"))["residue"]
    return [re.compile(pattern, re.IGNORECASE) for row in rows for pattern in row["patterns"]]


def left(text: str, patterns: Iterable[re.Pattern[str]]) -> list[str]:
    """The lines of a text that the check finds."""
    lines = (line for line in text.split("\n") if len(line) <= LONGEST_RESIDUE)
    return [line for line in lines if any(pattern.search(line) for pattern in patterns)]


def tools() -> dict[str, Callable[[str], str | None]]:
    """Other extractors, those that are installed: from a page's HTML to its main text."""
    found: dict[str, Callable[[str], str | None]] = {}
    with suppress(ImportError):
        import trafilatura

        found["trafilatura"] = trafilatura.extract
        found["trafilatura, precision"] = lambda html: trafilatura.extract(html, favor_precision=True)
    with suppress(ImportError):
        from resiliparse.extract.html2text import extract_plain_text
        from resiliparse.parse.html import HTMLTree

        found["resiliparse"] = lambda html: extract_plain_text(HTMLTree.parse(html), main_content=True)
    with suppress(ImportError):
        from lxml import html as trees
        from readability import Document

        found["readability-lxml"] = lambda html: "\n".join(trees.fromstring(Document(html).summary()).itertext())
    with suppress(ImportError):
        found["newspaper4k"] = newspaper()
    return found


def newspaper() -> Callable[[str], str | None]:
    """The extractor of newspaper4k."""
    from newspaper import Article

    def extract(html: str) -> str:
        article = Article("https://example.org/")
        article.download(input_html=html)
        article.parse()
        return str(article.text)

    return extract


def extracted(bench: Path, extract: Callable[[str], str | None]) -> tuple[Texts, float]:
    """What a tool makes of all pages, nothing where it fails; and the pages it does in a second."""
    texts: dict[str, str] = {}
    spent = 0.0
    for path in sorted((bench / "pages").glob("*.html.gz")):
        html = decode_page(gzip.decompress(path.read_bytes()))[0]
        start = time.process_time()
        try:
            text = extract(html) or ""
        except Exception:  # other tools fail in all ways, and that is theirs
            text = ""
        spent += time.process_time() - start
        texts[path.name.removesuffix(".html.gz")] = text
    return texts, len(texts) / max(spent, 1e-9)


def scorer(bench: Path) -> Any:
    """The bench's own scorer."""
    spec = importlib.util.spec_from_file_location("scorer", bench / "score_boilerplate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(name: str, bench: Path, texts: Texts, judge: Any) -> str:
    """A line of the table: F1 of each part of the bench, and the share of pages with residue."""
    scores, _ = judge.score_html(bench, [{"id": one, "text": text} for one, text in texts.items()])
    golds = [path.stem for path in (bench / "pages").glob("*.json") if not path.stem.startswith("trafilatura-")]
    patterns = residue()
    shown = [texts.get(one, "") for one in golds]
    share = sum(bool(left(text, patterns)) for text in shown) / len(shown)
    return name.ljust(26) + "".join(f"{figures['F1']:>9.3f}" for figures in scores.values()) + f"{share:>9.1%}"


def same(text: str | None) -> str:
    """A value without differences in white space and case of letters."""
    return " ".join((text or "").split())


def fields(bench: Path, results: Iterable[Result]) -> Iterator[str]:
    """Lines that say how often fields are as the gold has them, where it has them."""
    wanted = {path.stem: json.loads(path.read_bytes()) for path in (bench / "pages").glob("*.json")}
    by_kind: dict[str, list[tuple[dict[str, Any], Result]]] = {}
    for result in results:
        by_kind.setdefault(wanted[result.source.name]["source"], []).append((wanted[result.source.name], result))
    for kind, pairs in sorted(by_kind.items()):
        titles = [same(gold["title"]) == same(one.records[0].title) for gold, one in pairs if gold["title"]]
        days = [str(gold["date"])[:10] == (one.records[0].published or "")[:10] for gold, one in pairs if gold["date"]]
        if not titles or not days:
            continue
        right = given = known = 0
        for gold, one in pairs:
            if gold["authors"]:
                names = {same(name).lower() for name in gold["authors"]}
                found = {same(name).lower() for name in one.records[0].authors}
                right, given, known = right + len(names & found), given + len(found), known + len(names)
        f1 = 2 * right / max(1, given + known)
        yield f"{kind}: title {sum(titles) / len(titles):.3f}, day {sum(days) / len(days):.3f}, authors F1 {f1:.3f}"


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(prog="python -m tests.pages", description=__doc__)
    words.add_argument("bench", type=Path)
    words.add_argument("--corpus", type=Path, default=Path("corpus"))
    words.add_argument("--folds", type=int, default=FOLDS)
    words.add_argument("--alone", action="store_true", help="without the other tools")
    given = words.parse_args()
    judge = scorer(given.bench)
    heads = ("both", "English", "other", "aeb", "fundus", "npaper4k", "segments", "residue")
    sys.stdout.write(" " * 26 + "".join(f"{head:>9}" for head in heads) + "\n")
    exam = reach.exam(given.bench, given.corpus, given.folds)
    for name, fast in (("clean", False), ("clean, fast", True)):
        results = list(reach.results(exam, fast))
        texts = {one.source.name: "\n\n".join(record.text for record in one.records) for one in results}
        sys.stdout.write(row(name, given.bench, texts, judge) + "\n")
        if not fast:
            told = list(fields(given.bench, results))
    for name, extract in ({} if given.alone else tools()).items():
        theirs, speed = extracted(given.bench, extract)
        sys.stdout.write(row(name, given.bench, theirs, judge) + f"{speed:>8.1f}/s\n")
        sys.stdout.flush()
    sys.stdout.write("\n".join(told) + "\n")


if __name__ == "__main__":
    main()
