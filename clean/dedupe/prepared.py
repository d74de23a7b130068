"""Texts made ready to be looked up: a table of them, their words as hashes, and their keys."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from clean.dedupe.clusters import digests
from clean.dedupe.keyed import Keyed, keyed
from clean.dedupe.matches import Text
from clean.dedupe.store import salt
from clean.dedupe.words import Rows, words_of
from clean.errors import UsageError

COLUMNS = ("id", "source", "date")
ROWS_AT_ONCE = 10_000  # that are made ready together
CHARACTERS_AT_ONCE = 1 << 22  # and of how many characters


class Prepared(NamedTuple):
    """Texts that are ready to be looked up: a table with a row for each, the words of each, and their keys."""

    table: pa.Table
    words: Rows
    keys: Keyed


def checked(text: Text) -> Text:
    """The text. Raises UsageError if it is none, or if a part of it is no str."""
    if not isinstance(text, Text):
        raise UsageError(f'a text of an index is Text("its id", "what it says"), and not {type(text).__name__}')
    for name, value in text._asdict().items():
        if not isinstance(value, str) and (name, value) != ("date", None):
            raise UsageError(f"the {name} of a text of an index is a str, and not {type(value).__name__}")
    return text


def parts_of(texts: Iterable[Text], collection: str) -> Iterator[Prepared]:
    """Texts made ready, some at a time; the texts themselves are let go."""
    part: list[Text] = []
    size = 0
    for text in texts:
        part.append(text)
        size += len(text.text)
        if len(part) == ROWS_AT_ONCE or size >= CHARACTERS_AT_ONCE:
            yield prepared(part, collection)
            part, size = [], 0
    if part:
        yield prepared(part, collection)


def prepared(texts: Sequence[Text], collection: str) -> Prepared:
    """Texts made ready for a collection."""
    words = words_of(text.text for text in texts)
    columns = {name: pa.array((getattr(text, name) for text in texts), pa.string()) for name in COLUMNS}
    columns |= {"digest": digests(words) ^ salt(collection), "length": words.lengths}
    return Prepared(pa.table(columns), words, keyed(salt(collection), words))
