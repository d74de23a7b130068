"""Stories of pages whose text nobody wrote down: what is kept of them, where that looks like one whole story."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from clean.errors import SourceError
from clean.model import Record
from clean.pipeline import Cleaner
from clean.train.parts import Story, key_of

LEAST, MOST = 4, 80  # long paragraphs; less may be a teaser, more a list of stories
LONG = 60  # characters of one
LEAST_PROSE = 0.7  # share of the text that is in such paragraphs; else a list was taken for a story


def silver_stories(bench: Path, known: Iterable[Story]) -> Iterator[Story]:
    """The stories of a bench's pages without a whole gold that are not known yet, as our model of pages has them."""
    seen = {key for story in known for key in keys(story.paragraphs)}
    cleaner = Cleaner()
    for path in sorted((bench / "pages").glob("*.json")):
        told = json.loads(path.read_bytes())
        if told.get("body"):
            continue
        content = gzip.decompress(path.with_suffix(".html.gz").read_bytes())
        try:
            records = cleaner.clean(content, name=path.stem, kind="html").records
        except SourceError:
            continue
        paragraphs = tuple(passage.text for passage in records[0].body)
        if len(records) > 1 or not is_whole(records[0]) or not seen.isdisjoint(keys(paragraphs)):
            continue
        seen.update(keys(paragraphs))
        yield Story(records[0].title or "", paragraphs, told["language"], told["group"])


def keys(paragraphs: Iterable[str]) -> Iterator[str]:
    """What the long ones of some paragraphs are known by."""
    return map(key_of, (paragraph for paragraph in paragraphs if len(paragraph) >= LONG))


def is_whole(record: Record) -> bool:
    """Whether a record has a headline and is mostly prose, neither too little nor too much."""
    long = [len(passage.text) for passage in record.body if passage.kind == "paragraph" and len(passage.text) >= LONG]
    whole = sum(len(passage.text) for passage in record.body)
    return bool(record.title) and LEAST <= len(long) <= MOST and sum(long) >= LEAST_PROSE * whole
