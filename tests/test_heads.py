"""What the head of a page says is taken if it can be true, and in one form."""

import json

import pytest

from clean.model import Record
from tests.conftest import CLEANER

BODY = (
    "<article><h1>Night ferry gets one more year</h1><p>The harbour council voted 7-2 on Friday to run the night ferry "
    "for one more year.</p><p>Nobody who works late can live here without it, said the ferryman.</p></article>"
)


def only(head: str, body: str = BODY) -> Record:
    """The one record of a page with that head."""
    (record,) = CLEANER.clean(f"<html><head>{head}</head><body>{body}</body></html>").records
    return record


@pytest.mark.parametrize(
    "author",
    [
        '{"name": ["Ida Marlow", "Tom Reed"]}',
        '[{"name": "Ida Marlow"}, {"name": ["Tom Reed", "Ida Marlow"]}]',
        '{"@type": "Person", "name": ["Ida Marlow", 7, "Tom Reed"]}',
    ],
)
def test_all_names_of_a_list_are_authors(author: str) -> None:
    data = f'{{"@type": "NewsArticle", "headline": "Night ferry gets one more year", "author": {author}}}'
    assert only(f'<script type="application/ld+json">{data}</script>').authors == ("Ida Marlow", "Tom Reed")


@pytest.mark.parametrize(
    ("told", "published"),
    [
        ("2024-05-12", "2024-05-12"),
        ("2024-05-12T18:30:15.123Z", "2024-05-12T18:30+00:00"),
        ("2024-05-12 18:30", "2024-05-12T18:30"),
        ("2024-05-12T18:30:00+02", "2024-05-12T18:30+02:00"),
        ("20240512T183000-0500", "2024-05-12T18:30-05:00"),
        ("2024-13-45T99:99", None),
        ("2024-02-30", None),
        ("0000-00-00 00:00:00", None),
        ("-0001-11-30T00:00:00+00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("1715500800", None),
        ("Sun, 12 May 2024 18:30:15 +0200", "2024-05-12T18:30+02:00"),
        ("Sun, 12 May 2024 18:30:15 GMT", "2024-05-12T18:30+00:00"),
        ("12 May 2024 18:30 EST", "2024-05-12T18:30-05:00"),
        ("Sun, 12 May 2024 18:30:15 -0000", "2024-05-12T18:30"),
        ("Sun, 32 May 2024 18:30:15 +0200", None),
    ],
)
def test_a_date_is_a_day_that_there_was(told: str, published: str | None) -> None:
    assert only(f'<meta property="article:published_time" content="{told}">').published == published
    assert only("", BODY.replace("<p>", f'<p><time datetime="{told}">then</time></p><p>', 1)).published == published


VOTE = (
    "The harbour council voted 7-2 on Friday to run the night ferry for one more year, although the boat makes a loss."
)
CREW = "Nobody who works late can live on the islands without it, said the ferryman, who has four crews and one boat."


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ("Night ferry gets one more year - The Lamp", "Night ferry gets one more year"),
        ("Night ferry gets one more year | News | The Lamp", "Night ferry gets one more year"),
        ("Night ferry gets one more year", "Night ferry gets one more year"),
    ],
)
def test_the_name_of_the_site_is_no_part_of_a_title_that_the_text_shows_without_it(told: str, title: str) -> None:
    shown = f"<div><b>Night ferry gets one more year</b></div><div>{VOTE}</div><div>{CREW}</div>"
    (record,) = CLEANER.clean(f"<html><head><title>{told}</title></head><body>{shown}</body></html>").records
    assert record.title == title
    assert [passage.text for passage in record.body] == [VOTE, CREW]


@pytest.mark.parametrize("shown", ["", "<noscript>You need to enable JavaScript to run this app.</noscript>"])
@pytest.mark.parametrize("body", [f"{VOTE}\n\n{CREW} &amp; {VOTE[4:]}", f"<p>{VOTE}</p><p>{CREW} &amp; {VOTE[4:]}</p>"])
def test_a_story_that_only_json_ld_tells_is_read(body: str, shown: str) -> None:
    told = {"@type": "NewsArticle", "headline": "Night ferry", "articleBody": body, "datePublished": "2024-05-12"}
    script = f'<script type="application/ld+json">{json.dumps(told)}</script>'
    (record,) = CLEANER.clean(f"<html><head>{script}</head><body><div id='app'>{shown}</div></body></html>").records
    assert (record.title, record.published) == ("Night ferry", "2024-05-12")
    assert [passage.text for passage in record.body] == [VOTE, f"{CREW} & {VOTE[4:]}"]


def test_a_story_that_the_page_shows_is_not_read_twice() -> None:
    told = json.dumps({"@type": "NewsArticle", "articleBody": VOTE})
    page = f'<html><head><script type="application/ld+json">{told}</script></head><body><p>{VOTE}</p></body></html>'
    (record,) = CLEANER.clean(page).records
    assert record.text == VOTE


@pytest.mark.parametrize("between", ["</body></html>", "</html>", "</body>", "</body></html><html><head></head><body>"])
def test_what_stands_behind_the_end_of_a_page_is_not_lost(between: str) -> None:
    body = f"<h1>Night ferry gets one more year</h1><p>{VOTE}</p>{between}<article><p>{CREW}</p></article>"
    result = CLEANER.clean(f"<html><body>{body}")
    assert CREW in result.text
    assert CREW in " ".join(record.text for record in result.records)


@pytest.mark.parametrize(
    "text", ["The ferry will run for one more year.", "Die Fähre fährt noch ein Jahr lang weiter."]
)
def test_a_story_of_one_sentence_is_not_lost(text: str) -> None:
    menu = "<nav><ul><li><a href=/>Home</a></li><li><a href=/n>News</a></li><li><a href=/s>Sport</a></li></ul></nav>"
    foot = "<footer><p>© 2024 The Lamp. All rights reserved.</p></footer>"
    record = only("<title>Night ferry</title>", f"{menu}<article><h1>Night ferry</h1><p>{text}</p></article>{foot}")
    assert (record.title, record.text) == ("Night ferry", text)


def test_a_page_without_a_story_gets_none() -> None:
    menu = "<nav><ul><li><a href=/>Home</a></li><li><a href=/n>News</a></li><li><a href=/s>Sport</a></li></ul></nav>"
    foot = "<footer><p>© 2024 The Lamp. All rights reserved.</p></footer>"
    assert only("<title>Night ferry</title>", f"{menu}<h1>Night ferry</h1>{foot}").text == ""


def test_a_shadow_root_that_the_page_declares_is_read() -> None:
    story = f"<template shadowrootmode=open><h1>Night ferry</h1><p>{VOTE}</p><p>{CREW}</p></template>"
    assert (
        only("", f"<lamp-story>{story}</lamp-story>" + f"<template><p>{CREW[:60]}.</p></template>").text
        == f"{VOTE}\n\n{CREW}"
    )


def test_items_and_quotations_are_told_by_their_elements() -> None:
    items = f"<ul><li>{VOTE.replace('Friday', 'Monday')}</li><li>{CREW.replace('late', 'early')}</li></ul>"
    quote = "<blockquote><p>We lit candles between the rows, and it was not enough for the pears.</p></blockquote>"
    record = only("", f"<article><h1>Night ferry</h1><p>{VOTE}</p>{items}{quote}<p>{CREW}</p></article>")
    assert [passage.kind for passage in record.body] == ["paragraph", "list", "list", "quote", "paragraph"]
