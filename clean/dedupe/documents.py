"""What the records and passages of one document repeat of each other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clean.dedupe.clusters import NONE, Clusters, cluster, exact
from clean.dedupe.fingerprints import UNSPACED
from clean.dedupe.matches import Match, Measures, Text, match_of
from clean.dedupe.verification import FEWEST_WORDS
from clean.dedupe.words import Numbers, mixed, words_of
from clean.model import Record

CHARACTERS_A_WORD = 2  # in writing without spaces
LAST = "~"  # behind all dates


def tell_repeats(batch: Sequence[Sequence[Record]]) -> list[list[Record]]:
    """The records of some documents, each telling with its passages what they repeat in the same document.

    The rule is that of a run: of those that are alike, the longest is kept, then that of the earliest date, then the
    smallest id. Many documents are looked through in one go, since that is faster.
    """
    records = matches([[one for record in row for one in of_record(record)] for row in batch])
    passages = matches([[one for record in row for one in of_passages(record)] for row in batch])
    return [[told(record, records | passages) for record in row] for row in batch]


def of_record(record: Record) -> Iterator[Text]:
    """A record as a text to look up, if it is long enough."""
    if is_long_enough(record.text):
        yield Text(record.id, record.text, record.source, record.published or record.updated)


def of_passages(record: Record) -> Iterator[Text]:
    """The passages of a record as texts to look up; stock sentences ("He did not elaborate.") are left out."""
    for number, passage in enumerate(record.body):
        if is_long_enough(passage.text):
            yield Text(f"{record.id}:{number}", passage.text, record.source, record.published or record.updated)


def is_long_enough(text: str) -> bool:
    """Whether a text has the fewest words that are not said by chance: eight, or as many pairs of characters."""
    if text.isascii() or not UNSPACED.search(text):
        return len(text.split()) >= FEWEST_WORDS
    return len(text) >= CHARACTERS_A_WORD * FEWEST_WORDS


def matches(documents: Iterable[Sequence[Text]]) -> dict[str, Match]:
    """By id, what each text of some documents repeats of its document, if it has more than one."""
    rows = [(number, text) for number, texts in enumerate(documents) if len(texts) > 1 for text in texts]
    if not rows:
        return {}
    words = words_of(text.text for _, text in rows)
    length = words.lengths.tolist()
    order = sorted(range(len(rows)), key=lambda row: (-length[row], rows[row][1].date or LAST, rows[row][1].id))
    texts = [rows[row][1] for row in order]
    salts = mixed(np.array([rows[row][0] for row in order], np.uint64))
    words = words.take(np.array(order))
    first, copies = exact(words, salts)
    found = cluster(words.take(first), salts[first])
    return {text.id: matched(row, texts, first, int(copies[row]), found) for row, text in enumerate(texts)}


def matched(row: int, texts: Sequence[Text], first: Numbers, copy: int, found: Clusters) -> Match:
    """What a text repeats; `copy` counts it among the different ones, of which `first` are the first rows."""
    twin, container = int(first[found.twin[copy]]), int(found.within[copy])
    is_same = twin == first[copy]
    measures = Measures(is_same, float(found.similarity[copy]), bool(found.adds[copy]), float(found.share[copy]))
    outer = None if container == NONE else texts[int(first[container])]
    return match_of(texts[row], None if twin == row else texts[twin], outer, measures)


def told(record: Record, found: Mapping[str, Match]) -> Record:
    """The record with what it and its passages repeat."""
    names = [f"{record.id}:{number}" for number in range(len(record.body))]
    if not any(name in found and found[name].kind for name in (record.id, *names)):
        return record
    body = tuple(passage._replace(**fields(found.get(name))) for name, passage in zip(names, record.body, strict=True))
    return replace(record, body=body, **fields(found.get(record.id)))


def fields(match: Match | None) -> dict[str, Any]:
    """What a match says, as fields of a record or passage."""
    return {} if match is None else {"duplicate_of": match.duplicate_of, "repeats": match.as_field()}
