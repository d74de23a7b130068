"""Front matter fills the fields of the record, and none of it is in its text, nor lost."""

import itertools

import pytest

from clean.model import Record, Result
from tests.conftest import CLEANER

VOTE = (
    "The harbour council voted 7-2 on Friday to run the night ferry for one more year, although the boat makes a loss."
)
CREW = "Nobody who works late can live on the islands without it, said the ferryman, who has four crews and one boat."
TITLE = "Night ferry: one more year"
JEKYLL = f'---\ntitle: "{TITLE}"\ndate: 2024-05-12 10:00:00 +0200\nauthor: Ida Marlow\nlayout: post\n---\n'
HUGO = f"""---
title: {TITLE}
date: 2024-05-12T10:00:00Z
lastmod: 2024-05-13
authors:
  - Ida Marlow
  - "Tom Reed"
tags: [ferry, harbour]
description: >
  The council voted to run the boat
  until next spring.
cover: ""
---

# {TITLE}

"""
SCRAPE = (
    f"---\nTitle: {TITLE}\nURL: https://gazette.example/a\nDate: 12 May 2024\nAuthors: [Ida Marlow, Tom Reed]\n...\n\n"
)


def cleaned(text: str, kind: str) -> tuple[Result, Record]:
    """The result, and the only record; what is kept, metadata and removed is all of the source."""
    result = CLEANER.clean(text, kind=kind)
    spans = [span for article in result.articles for span in article.spans]
    assert all(before.end <= after.start for before, after in itertools.pairwise(spans))
    assert "".join("".join(result.text[one.start : one.end] for one in spans).split()) == "".join(result.text.split())
    (record,) = result.records
    return result, record


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("kind", ["markdown", "text"])
@pytest.mark.parametrize(
    ("front", "published", "updated", "authors"),
    [
        (JEKYLL, "2024-05-12T10:00:00+0200", None, ("Ida Marlow",)),
        (HUGO, "2024-05-12T10:00:00Z", "2024-05-13", ("Ida Marlow", "Tom Reed")),
        (SCRAPE, "2024-05-12", None, ("Ida Marlow", "Tom Reed")),
    ],
    ids=["jekyll", "hugo", "scrape"],
)
def test_fields_are_filled(
    front: str, published: str, updated: str | None, authors: tuple[str, ...], kind: str, end: str
) -> None:
    _, record = cleaned(f"{front}{VOTE}\n\n{CREW}\n".replace("\n", end), kind)
    assert [passage.text for passage in record.body] == [VOTE, CREW]
    assert (record.title, record.published, record.updated, record.authors) == (TITLE, published, updated, authors)
    assert record.summary == (("The council voted to run the boat", "until next spring.") if front == HUGO else ())


@pytest.mark.parametrize("kind", ["markdown", "text"])
@pytest.mark.parametrize(
    "front", ["---\nIt froze, he said.\n---\n", "---\n\n", "---\n- one\n---\n", "---\ntitle: Frost\n"]
)
def test_what_is_none_stays(front: str, kind: str) -> None:
    result, record = cleaned(f"{front}\n{VOTE}\n\n{CREW}\n", kind)
    assert [passage.text for passage in record.body][-2:] == [VOTE, CREW]
    assert not any(row.rule == "front" for row in result.ledger)
    assert "It froze" not in front or "It froze, he said." in record.text


@pytest.mark.parametrize("kind", ["markdown", "text"])
def test_front_matter_alone_is_a_record_without_a_body(kind: str) -> None:
    _, record = cleaned(JEKYLL, kind)
    assert (record.title, record.text, record.warnings[:1]) == (TITLE, "", ("empty body",))
