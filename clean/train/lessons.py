"""What files of several stories are composed of: single stories, and whole scrapes of one story each."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import orjson

from clean.readers import read
from clean.repair import repair
from clean.score import cases, read_header
from clean.train.pages import barer, of_bench, of_corpus
from clean.train.parts import Story, key_of
from clean.train.scrapes import Scrape, scrapes
from clean.train.silver import silver_stories
from clean.writers.margin import read as read_margin

OPENING = 3  # paragraphs by which a story is known again


class Lessons(NamedTuple):
    """What files are composed of: stories alone, and whole scrapes of one story each."""

    stories: Sequence[Story]
    whole: Sequence[Scrape]


def lessons(bench: Path, corpus: Path) -> Lessons:
    """All that files are composed of."""
    known = stories(bench)
    told = [*known, *page_stories(bench, known), *corpus_stories(corpus)]
    told += silver_stories(bench, told)
    pages = [page for page in of_bench(bench) if page.blocks]
    return Lessons(told, list(scrapes([*pages, *barer(pages), *of_corpus(corpus)])))


def stories(bench: Path) -> list[Story]:
    """The single stories of a bench's `stories.jsonl.gz`, each in the longest form that it has there."""
    names = houses(bench)
    best: dict[str, tuple[tuple[bool, int], Story]] = {}
    with gzip.open(bench / "stories.jsonl.gz", "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            plain = row["variant"] not in "DG" or row["render"] == "native"  # the others are cut short, or have traps
            for told in row["stories"]:
                lines = row["text"][told["body_start"] : told["body_end"]].split("\n")
                paragraphs = tuple(line.strip() for line in lines if line.strip())
                rank = (plain, sum(map(len, paragraphs)))
                if told["article"] not in best or rank > best[told["article"]][0]:
                    story = Story(told["headline"], paragraphs, told["lang"], names[told["publisher"]])
                    best[told["article"]] = rank, story
    return [best[name][1] for name in sorted(best)]


def houses(bench: Path) -> dict[str, str]:
    """For each domain the house whose it is, as `pages/` has it; of one that is not there, its first name."""
    known = Houses()
    for path in sorted((bench / "pages").glob("*.json")):
        told = orjson.loads(path.read_bytes())
        known[told["domain"]] = told["group"]
    return known


class Houses(dict[str, str]):
    """Houses by domain."""

    def __missing__(self, domain: str) -> str:
        return domain.split(".")[0]


def page_stories(bench: Path, known: Iterable[Story]) -> Iterator[Story]:
    """The stories of a bench's labelled pages that are not known yet; a headline that gold lacks is the page's own."""
    seen = {key for story in known for key in map(key_of, story.paragraphs[:OPENING])}
    for path in sorted((bench / "pages").glob("*.json")):
        told = orjson.loads(path.read_bytes())
        paragraphs = tuple(line for line in map(str.strip, told.get("body") or ()) if line)
        keys = set(map(key_of, paragraphs[:OPENING]))
        title = told.get("title") or page_title(gzip.decompress(path.with_suffix(".html.gz").read_bytes()))
        if title and paragraphs and not keys & seen:
            yield Story(title, paragraphs, told["language"], told["group"])
        seen |= keys


def page_title(page: bytes) -> str:
    """The headline that a page gives to those who link to it (the Open Graph protocol)."""
    from lxml import html

    found = html.fromstring(page, parser=html.HTMLParser(encoding="utf-8")).xpath(
        'string(//meta[@property="og:title"]/@content)'
    )
    return " ".join(str(found).split())


def corpus_stories(folder: Path) -> Iterator[Story]:
    """The stories of a corpus that are no pages of HTML, as its gold has them; those with a headline and text."""
    for case in cases(folder):
        header = read_header(case.gold)
        if "expect" in header:
            continue
        source = read(case.source)
        if source.page is not None:
            continue
        blocks = repair(source)
        for _, rows in groupby(read_margin(case.gold, blocks).rows, key=lambda row: row.article):
            told = list(rows)
            title = next((row.text for row in told if row.label == "title"), "")
            paragraphs = tuple(row.text for row in told if row.label == "body.paragraph")
            if title and paragraphs:
                yield Story(title, paragraphs, header.get("language", "en"), case.name)


def halves(given: Lessons) -> Iterator[Lessons]:
    """The lessons in two parts that have no publisher in common, and each language as evenly as may be."""
    by_publisher: dict[str, list[Story]] = defaultdict(list)
    for story in given.stories:
        by_publisher[story.publisher].append(story)
    parts: tuple[list[Story], list[Story]] = ([], [])
    for name in sorted(by_publisher, key=lambda name: (-len(by_publisher[name]), name)):
        language = by_publisher[name][0].language
        load = [(sum(story.language == language for story in part), len(part)) for part in parts]
        parts[load.index(min(load))].extend(by_publisher[name])
    first = {story.publisher for story in parts[0]}
    whole = (
        [one for one in given.whole if one.publisher in first],
        [one for one in given.whole if one.publisher not in first],
    )
    yield from map(Lessons, parts, whole)
