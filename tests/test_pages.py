"""Pages: all visible text in order, what markup says of each line, encodings, and parsers that give up."""

import json
from pathlib import Path

import pytest

from clean import Cleaner, Options
from clean.errors import EmptySource, UnreadableSource
from clean.marks.opinions import opinions
from clean.marks.pages import BOTH
from clean.readers import read
from clean.readers.html import decode_page
from clean.repair import repair
from tests.conftest import CLEANER
from tests.pages import left, residue
from tests.test_laws import assert_reasons, assert_replays, assert_tiles

PAGE = """<!DOCTYPE html><html lang="en"><head><title>Orchard frost | The Daily Lamp</title>
<meta property="og:title" content="Orchard frost wipes out early pears"><style>p { color: red }</style></head>
<body><nav><ul><li><a href="/">Home</a><li><a href="/w">Weather</a></ul></nav>
<article><h1>Orchard frost wipes out early pears</h1><time datetime="2024-05-12">12 May</time>
<p><span class="first">G</span>rowers around the harbour lost <b>most</b> of their
   early pears.<br>A second line.</p><pre>row 1
row 2</pre><div>Text <p>within</p> tail</div><script>track()</script></article>
<footer hidden>Copyright The Daily Lamp</footer></body></html>"""
SHOWN = [
    "Home", "Weather", "Orchard frost wipes out early pears", "12 May",
    "Growers around the harbour lost most of their early pears.", "A second line.", "row 1", "row 2",
    "Text", "within", "tail", "Copyright The Daily Lamp",
]  # fmt: skip


def test_all_that_shows_is_text_in_document_order() -> None:
    source = read(PAGE)
    assert [block.text for block in repair(source)] == SHOWN


def test_every_line_knows_where_it_stood() -> None:
    source = read(PAGE)
    assert source.page is not None
    assert [line.start for line in source.page.lines] == [block.start for block in repair(source)]
    tags = [source.page.elements[line.element].tag for line in source.page.lines]
    assert tags == ["li", "li", "h1", "article", "p", "p", "pre", "pre", "div", "p", "div", "footer"]
    linked = [line.linked for line in source.page.lines]
    assert linked == [4, 7, *[0] * 10]
    assert source.page.lines[3].time == "2024-05-12"
    assert source.page.elements[source.page.lines[-1].element].hidden


def test_laws_hold_on_a_page() -> None:
    result = CLEANER.clean(PAGE)
    for law in (assert_tiles, assert_replays, assert_reasons):
        law(result)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ('<html><meta charset="iso-8859-1"><p>Café “Nord”</p>'.encode("cp1252"), "windows-1252"),
        ('<html><meta charset="iso-8859-1"><p>Café “Nord”</p>'.encode(), "utf-8"),
        ('<html><meta charset="shift_jis"><p>青森の灯台①</p>'.encode("cp932"), "cp932"),
        ('<html><meta charset="no-such"><p>Café</p>'.encode(), "utf-8"),
        ("\ufeff<html><p>Café</p>".encode("utf-16-le"), "utf-16"),
    ],
    ids=["Latin", "a wrong declaration", "Japanese", "no such encoding", "a byte order mark"],
)
def test_encodings(content: bytes, encoding: str) -> None:
    text, found = decode_page(content)
    assert found == encoding
    assert read(content).text == text[text.index("<p>") + 3 :].removesuffix("</p>")


@pytest.mark.parametrize("tags", ["<div>", "<b>", "<table><tr><td>", "<ul><li>"])
def test_a_page_nested_without_end_is_told_and_not_lost(tags: str) -> None:
    with pytest.raises(UnreadableSource, match="Excessive depth"):
        read(f"<html><body><p>News.</p>{tags * 100_000}")
    assert read(f"<html><body><p>News.</p>{tags * 300}The end.").text.startswith("News.")


@pytest.mark.parametrize("page", ["<html></html>", "<!DOCTYPE html>", "<html><script>write('News')</script>"])
def test_a_page_that_shows_nothing_is_told(page: str) -> None:
    with pytest.raises(EmptySource):
        read(page)


STORY = "".join(f"<p>{text}</p>" for text in (
    "The harbour council voted on Friday to run a ferry through the night, after months of quarrels over its cost.",
    "Two boats will leave the old pier every hour until four in the morning, and \"not a minute later\", it said.",
    "Bakers and nurses had asked for it, since the last bus leaves the island long before their shifts end at dawn.",
    "The first of the boats is on its way from the yard, and will be christened by the oldest of the fishermen.",
))  # fmt: skip


@pytest.mark.parametrize(
    "script",
    [
        f"window.state = {json.dumps({'ads': ['<p>Buy'], 'story': {'html': STORY}})};",
        f"push([1, {json.dumps('7:' + json.dumps({'html': STORY}))}])",
        f"push([1, {json.dumps(STORY)}])",
        f'{{"html": {json.dumps(STORY).replace("<", chr(92) + "u003c")}}}',
    ],
    ids=["a state", "a string in a string", "a piece of HTML", "escaped"],
)
def test_a_story_that_a_script_would_write_is_read_out_of_its_data(script: str) -> None:
    page = f"<html><head><title>Night ferry gets the vote</title></head><body><script>{script}</script></body></html>"
    result = CLEANER.clean(page)
    assert_tiles(result)
    (record,) = result.records
    assert record.title == "Night ferry gets the vote"
    assert [passage.text for passage in record.body] == [part[3:] for part in STORY.split("</p>")[:-1]]


def test_what_a_script_would_write_beside_a_page_that_shows_a_story_is_not_read() -> None:
    page = f"<html><body><p>News.</p><script>state = {json.dumps({'html': STORY})}</script></body></html>"
    assert read(page).text == "News."


def test_oddities_cost_no_text() -> None:
    for odd in ("a\x00b", "a\ud800b", "a\u2028b", "a&#0;b", "a&nbsp;b", "a\x1bb", "<p>a</b></i>b", "a<!-- c -->b"):
        text = read(f"<html><body>{odd}</body></html>").text
        assert text[0] == "a"
        assert text[-1] == "b"


ARTICLE = "".join(f"<p>{text}</p>" for text in (
    "The harbour council voted on Friday to run a ferry through the night, after months of quarrels over its cost.",
    "Two boats will leave the old pier every hour until four in the morning, the harbour master told the meeting.",
    "Bakers and nurses had asked for it, since the last bus leaves the island long before their shifts end at dawn.",
))  # fmt: skip
HEAD = """<meta property="og:title" content="Night ferry gets the vote | The Daily Lamp">
<meta property="og:site_name" content="The Daily Lamp"><meta name="author" content="https://lamp.example/ida">
<script type="application/ld+json">{"@graph": [{"@type": ["NewsArticle"], "headline": "Night ferry gets the vote",
"datePublished": "2024-05-12T18:30:15.000Z", "author": [{"@id": "#1"}, {"name": "Tom Reed"}]},
{"@id": "#1", "@type": "Person", "name": "Ida Marlow"}]}</script>
<script type="application/ld+json">{"@type": "NewsArticle", "headline": broken</script>"""
WHOLE = f"<html lang='en'><head>{HEAD}</head><body><h1>Night ferry gets the vote</h1>{ARTICLE}</body></html>"


def test_fields_come_from_the_head_and_say_so() -> None:
    (record,) = CLEANER.clean(WHOLE).records
    assert record.title == "Night ferry gets the vote"
    assert record.authors == ("Ida Marlow", "Tom Reed")
    assert (record.published, record.publisher) == ("2024-05-12T18:30+00:00", "The Daily Lamp")
    assert record.origins["published"] == "JSON-LD NewsArticle.datePublished"
    assert record.origins["publisher"] == "meta og:site_name"


def test_what_no_head_says_is_read_from_the_text() -> None:
    page = f"<html><h1>Night ferry gets the vote</h1><p>By Ida Marlow</p><p>12 May 2024</p>{ARTICLE}</html>"
    (record,) = CLEANER.clean(page).records
    assert (record.authors, record.published, record.origins) == (("Ida Marlow",), "2024-05-12", {"title": "<h1>"})


VOTE = "Night ferry gets the vote"
TITLES = (  # what the page's head says, the name of its site, and what the title is if it says VOTE elsewhere
    (f"{VOTE}-HarbourㅣThe Daily Lamp", "The Daily Lamp", VOTE),
    (f"{VOTE} | Harbour News - The Daily Lamp Online", "The Daily Lamp", VOTE),
    (f"{VOTE} ·The Lamp asks who is to pay for all of its hours", "The Lamp", None),
    (f"{VOTE} - Lampers cheer in the harbour all night", "Lamp", None),
)


@pytest.mark.parametrize(("told", "site", "title"), TITLES)
def test_a_title_loses_what_is_the_site_and_not_what_names_it(told: str, site: str, title: str | None) -> None:
    head = f"<meta property='og:title' content='{told}'><meta property='og:site_name' content='{site}'>"
    head += f"<title>{told}</title>" + (f"<meta name='headline' content='{title}'>" if title else "")
    (record,) = CLEANER.clean(f"<html><head>{head}</head><body>{ARTICLE}</body></html>").records
    assert record.title == (title or told)


def test_a_heading_loses_the_name_of_the_site_that_stands_in_it() -> None:
    heading = "<h1><a>Night ferry gets the vote</a><a>The Daily Lamp</a></h1>"
    title = "<title>Night ferry gets the vote » Harbour » The Daily Lamp</title>"
    (record,) = CLEANER.clean(f"<html><head>{title}</head><body>{heading}{ARTICLE}</body></html>").records
    assert record.title == "Night ferry gets the vote"


OWN_RULE = """[[rule]]
id = "other.bakers"
any = ["Bakers and nurses had asked for it"]
shape = "line"
why = "A rule of one's own."
hits = ["⟦Bakers and nurses had asked for it⟧", "One.\\n⟦Bakers and nurses had asked for it⟧"]
misses = ["He said that bakers and nurses had asked for it."]
"""


def test_a_rule_of_ones_own_is_not_overruled_by_the_model(tmp_path: Path) -> None:
    line = "Bakers and nurses had asked for it"
    page = WHOLE.replace("</body>", "").replace("<p>Two boats", f"<p>{line}</p><p>Two boats")
    assert line in CLEANER.clean(page).records[0].text
    (tmp_path / "own.toml").write_text(OWN_RULE, encoding="utf-8")
    result = Cleaner(Options(rules=(tmp_path,))).clean(page)
    assert [removal.rule for removal in result.ledger if removal.text == line] == ["other.bakers"]


ENTRIES = ("12 May 2024", "Privacy policy", "Bakers and nurses of the year")


@pytest.mark.parametrize("fast", [False, True])
def test_entries_of_menus_are_asked_of_rules_for_whole_lines_and_of_ones_own(fast: bool, tmp_path: Path) -> None:
    menu = "".join(f"<li><a href='#'>{entry}</a></li>" for entry in (*ENTRIES, *"ABCDEFGH"))
    page = WHOLE.replace("</body>", f"<ul>{menu}</ul></body>")
    literal, pattern = 'any = ["Bakers and nurses had asked for it"]', 'patterns = ["bakers and nurses .{3,30}"]'
    (tmp_path / "own.toml").write_text(OWN_RULE.replace(literal, pattern), encoding="utf-8")
    plain, own = (Cleaner(Options(rules=rules, fast=fast)).clean(page) for rules in ((), (tmp_path,)))
    rules = {removal.text: removal.rule for removal in plain.ledger}
    assert [rules[entry] for entry in ENTRIES] == ["learned", "legal.links", "learned"]
    assert {removal.text: removal.rule for removal in own.ledger} == {**rules, ENTRIES[2]: "other.bakers"}


@pytest.mark.parametrize("fast", [False, True])
def test_a_caption_above_the_first_paragraph_is_not_taken_for_the_headline(fast: bool) -> None:
    caption = "The night ferry at the old pier, where bakers and nurses wait"
    page = WHOLE.replace("</h1>", f"</h1><figure><img><figcaption>{caption}</figcaption></figure>")
    (record,) = Cleaner(Options(fast=fast)).clean(page).records
    assert record.title == "Night ferry gets the vote"
    assert caption not in record.text


@pytest.mark.parametrize("fast", [False, True])
def test_a_page_comes_out_the_same_in_any_company(fast: bool) -> None:
    cleaner = Cleaner(Options(fast=fast))
    alone = cleaner.clean(WHOLE).records
    pages = [PAGE, WHOLE, f"<html><body>{ARTICLE}<nav><a>Home</a></nav></body></html>", "A text.", WHOLE]
    several = list(cleaner.clean_many([read(page) for page in pages]))
    assert several[1].records == several[4].records == alone
    assert [one.source.page is None for one in several] == [False, False, False, True, False]


def test_a_page_too_large_for_other_tools_is_cleaned_without_them() -> None:
    page = f"<html><body>{ARTICLE}{'<p><i>.</i></p>' * 25_000}</body></html>"
    source = read(page)
    assert source.page is not None
    assert opinions(source.page, repair(source), BOTH) == {}
    assert "Two boats will leave the old pier" in CLEANER.clean(page).records[0].text


def test_ruby_rows_and_hyphens_read_as_lines() -> None:
    page = (
        "<html><body><p>弾劾<ruby>弾劾<rp>（</rp><rt>だんがい</rt><rp>）</rp></ruby></p>"
        "<table><tr><td>1</td><td>Reed</td></tr><tr><td>2</td><td>Mar\u00adlow</td></tr></table></body></html>"
    )
    assert read(page).text.split("\n\n") == ["弾劾弾劾（だんがい）", "1 Reed", "2 Marlow"]


def test_residue_is_found_and_news_is_not() -> None:
    assert left("Read more: Why the pier is closing\nSign up for our newsletter", residue()) != []
    assert left("He told pupils to read more poetry.\nThe council follows its own rules.", residue()) == []
