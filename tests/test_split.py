"""Stories are told apart by evidence, and every cut says what it was."""

import random

import pytest

from clean.pipeline import Cleaner, Options
from tests.conftest import CLEANER

FERRY = (
    "The harbour council of Port Alder voted 7-2 on Friday to run a night ferry to the islands from the first of May.",
    "Islanders have asked for a late ferry since the last one was sold. The council will lease a boat from the county.",
    "Fares will be set in spring. The chairman of the harbour council said that nobody would pay more than by day.",
)
PEARS = (
    "Growers in the Tarn valley lost nearly all their early pears when an orchard frost of six degrees came at dawn.",
    "The trees had bloomed two weeks before their time. Helicopters and smoke were tried in the larger orchards.",
    "Pears from the valley will cost twice as much this year, said a merchant, and some kinds will not be sold at all.",
)


def titles(*lines: str, boundary: float | None = None) -> list[str | None]:
    """The titles of the records of a document."""
    cleaner = CLEANER if boundary is None else Cleaner(Options(boundary=boundary), book=CLEANER.book)
    return [record.title for record in cleaner.clean("\n".join(lines)).records]


def test_a_headline_with_a_clock_begins_a_story() -> None:
    found = titles("Night ferry for the islands", *FERRY, "Orchard frost takes the pears", "Updated 3 May 2024", *PEARS)
    assert found == ["Night ferry for the islands", "Orchard frost takes the pears"]


def test_a_headline_whose_words_return_begins_a_story() -> None:
    found = titles("Night ferry for the islands", *FERRY, "", "Orchard frost takes the valley's early pears", *PEARS)
    assert found == ["Night ferry for the islands", "Orchard frost takes the valley's early pears"]


def test_a_dateline_begins_a_story() -> None:
    assert titles(*FERRY, f"TARN, May 3 (Agency) — {PEARS[0]}", *PEARS[1:]) == [None, None]


def test_a_subhead_begins_none() -> None:
    assert titles("Night ferry for the islands", *FERRY[:2], "Fares of the ferry", *FERRY[2:]) == [
        "Night ferry for the islands"
    ]


def test_teasers_begin_none() -> None:
    teasers = (
        "Council counts its chairs",
        "There are four hundred.",
        "Gull rides the number 4 bus",
        "It has no ticket.",
    )
    assert titles("Night ferry for the islands", *FERRY, *teasers) == ["Night ferry for the islands"]


def test_a_story_goes_on_behind_an_advertisement_and_a_related_list() -> None:
    between = ("Advertisement", "Read also:", "- Why the pier is closing", "- Ferry fares explained")
    result = CLEANER.clean("\n".join(("Night ferry for the islands", *FERRY[:2], *between, *FERRY[2:])))
    assert [passage.text for passage in result.records[0].body] == list(FERRY)
    assert len(result.records) == 1


def test_a_cut_says_why_and_how_sure() -> None:
    text = "\n".join((*FERRY, "Orchard frost takes the pears", "By Ida Nor", *PEARS))
    first, second = CLEANER.clean(text).records
    assert first.boundary is None
    assert second.boundary is not None
    assert "a clock, byline or dateline at its head" in second.boundary["reasons"]
    assert second.boundary["score"] >= Options().boundary


def test_a_user_chooses_how_much_evidence_a_cut_needs() -> None:
    lines = (*FERRY, "Orchard frost takes the pears", "Updated 3 May 2024", *PEARS)
    assert len(titles(*lines, boundary=100)) == 1


def test_the_furniture_of_a_headline_goes_with_it() -> None:
    text = "\n".join((*FERRY, "Short Url", "Updated 12 sec ago", "Orchard frost takes the pears", *PEARS))
    first, second = CLEANER.clean(text).records
    assert text[second.start :].startswith("Short Url")
    assert text[: first.end].endswith(FERRY[-1])


def test_a_file_of_a_thousand_stories_gives_a_thousand_records() -> None:
    draw = random.Random(0)
    lines: list[str] = []
    for _ in range(1000):
        words = ["".join(draw.choices("abdeiklmnoprstu", k=7)) for _ in range(40)]
        lines += [" ".join(words[:6]).capitalize(), "Updated 3 May 2024"]
        lines += [" ".join(draw.choices(words, k=30)).capitalize() + "." for _ in range(3)]
    assert len(titles(*lines)) == 1000


STORM = (
    "Waves are breaking over the harbour wall at Port Alder. Police ask drivers to stay away until the tide turns.",
    "The ferry company has cancelled all sailings until Thursday. Forty passengers will spend the night in a school.",
    "Power has gone out in six villages of the upper valley. Crews will not climb poles before the wind has dropped.",
    "A tree has fallen on the railway line near Corve. Nobody was hurt, but no train will run today, the railway said.",
)
STURM = (
    "Wellen schlagen über die Hafenmauer von Altenhafen. Die Polizei bittet, die Gegend bis zum Abend zu meiden.",
    "Die Reederei hat alle Fahrten bis Donnerstag abgesagt. Vierzig Fahrgäste verbringen die Nacht in einer Turnhalle.",
    "In sechs Dörfern im oberen Tal ist der Strom ausgefallen. Der Betreiber wartet, bis der Wind nachlässt.",
    "Bei Korwe ist ein Baum auf die Gleise gestürzt. Verletzt wurde niemand, teilte die Bahn am Nachmittag mit.",
)
TEMPETE = (
    "Les vagues passent par-dessus la jetée de Port-Aubin. La police demande aux automobilistes de rester chez eux.",
    "La compagnie a annulé toutes les traversées jusqu'à jeudi. Quarante passagers passent la nuit dans un gymnase.",
    "Le courant est coupé dans six villages de la vallée. Les équipes attendent que le vent tombe, dit le gérant.",
    "Un arbre est tombé sur la voie ferrée près de Corve. Personne n'a été blessé, mais aucun train ne circulera.",
)
ROADS = ("Coast road closed", "Ferries cancelled until Thursday", "Six villages without power", "Tree on the line")
STRASSEN = (
    "Küstenstraße gesperrt",
    "Fähren bis Donnerstag abgesagt",
    "Sechs Dörfer ohne Strom",
    "Baum auf den Gleisen",
)

INTRODUCTION = "A storm is crossing the coast with winds of up to ninety miles an hour. We follow it all day."
CLOCK = (
    "The town clock of Brindle has stopped for the third time since the new year, and the mayor sent for a watchmaker.",
    "Nobody in the town hall knows where the key is. The last man who wound the clock, Anton Vell, died in March.",
    "A new clock would cost nine thousand crowns, the council was told. It will decide in June.",
)
GULL = (
    "A gull that has ridden the number four bus for a week was removed by a driver on Tuesday with a fishing net.",
    "The gull had been fed by children, said the bus company, which asked all passengers to keep their chips.",
    "It was let go at the harbour, and was seen on the same bus an hour later, a passenger said.",
)
STORIES = (
    ("Night ferry wins council vote", FERRY),
    ("Orchard frost takes early pears", PEARS),
    ("Town clock stops again", CLOCK),
    ("Gull rides bus for a week", GULL),
)


def blog(headline: str, clocks: str, form: str, texts: tuple[str, ...], headings: tuple[str, ...] = ROADS) -> str:
    """A live blog: the form of an entry, filled with a clock, a heading and a text each."""
    entries = zip(clocks.split(", "), headings, texts, strict=True)
    return "\n\n".join([headline, *(form.format(clock, heading, text) for clock, heading, text in entries)])


LIVE = {
    "clock and heading": blog("Storm: live updates", "18:40, 17:55, 16:20, 14:05", "{0} {1}\n\n{2}", STORM),
    "heading below": blog("Storm: live updates", "9.15am, 11.40am, 12.05pm, 1.30pm", "{0}\n{1}\n{2}", STORM),
    "heading above": blog("Storm as it happened", "22:40, 23:55, 00:20, 01:05", "{1}\n{0}\n{2}", STORM),
    "author": blog("Live: storm", "18:40, 17:55, 16:20, 14:05", "{0}\n\nBy Ida Marlow\n\n{1}\n\n{2}", STORM),
    "ages": blog("Storm: live updates", "5m ago, 40m ago, 2h ago, 3h ago", "{0}\n\n{1}\n\n{2}", STORM),
    "German": blog("Sturm im Liveticker", "18:40, 17:55, 16:20, 14:05", "{0} Uhr\n\n{1}\n\n{2}", STURM, STRASSEN),
    "German, plus signs": blog("Liveblog", "18.40, 17.55, 16.20, 14.05", "+++ {0} Uhr: {1} +++\n{2}", STURM, STRASSEN),
    "French, no headings": blog("Tempête en direct", "18h40, 17h55, 16h20, 14h05", "{0}\n\n{2}", TEMPETE),
}


@pytest.mark.parametrize("name", LIVE)
def test_a_live_blog_is_one_record_with_its_entries_as_headings(name: str) -> None:
    text = LIVE[name]
    (record,) = CLEANER.clean(text).records
    assert record.title == text.split("\n", 1)[0]
    lines = [line for line in text.split("\n")[1:] if line and not line.startswith("By ")]
    assert [(passage.kind, passage.text) for passage in record.body] == [
        ("paragraph" if len(line) > 80 else "heading", line) for line in lines
    ]


@pytest.mark.parametrize("name", LIVE)
def test_whoever_wants_them_has_the_entries_apart(name: str) -> None:
    cleaner = Cleaner(Options(entries=True), book=CLEANER.book)
    records = cleaner.clean(LIVE[name]).records
    assert len(records) == 4
    assert [record.body[-1].text for record in records] == [line for line in LIVE[name].split("\n") if len(line) > 80]


def test_an_entry_that_opens_with_its_clock_stays_whole() -> None:
    text = blog("Storm: live updates", "18:40, 17:55, 16:20, 14:05", "{0} {2}", STORM)
    (record,) = CLEANER.clean(text).records
    assert [passage.text for passage in record.body] == text.split("\n\n")[1:]


def test_a_live_blog_ends_where_another_story_begins() -> None:
    introduced = LIVE["heading below"].replace("updates\n", f"updates\n\nBy Tom Reed\n\n{INTRODUCTION}\n", 1)
    story = ("Orchard frost takes the pears", "By Ida Nor", *PEARS)
    for lines in ((introduced, *story), (*story, introduced)):
        assert set(titles("\n\n".join(lines))) == {"Storm: live updates", "Orchard frost takes the pears"}
        assert len(titles("\n\n".join(lines))) == 2


def test_stories_with_clocks_in_order_are_no_live_blog() -> None:
    clocks = ("18:40", "17:55", "16:20", "14:05")
    headlines = ("Night ferry wins vote as it happened", *(headline for headline, _ in STORIES[1:]))
    lines = [
        line
        for clock, headline, (_, bodies) in zip(clocks, headlines, STORIES, strict=True)
        for line in (headline, f"3 May 2024 {clock}", *bodies)
    ]
    assert titles("\n\n".join(lines)) == list(headlines)


@pytest.mark.parametrize("heading", ["News in brief", "In brief:", "Kurz gemeldet", "En bref"])
def test_the_heading_of_a_round_up_belongs_to_no_brief(heading: str) -> None:
    briefs = [(headline, bodies[0]) for headline, bodies in STORIES]
    result = CLEANER.clean("\n\n".join((heading, *(line for brief in briefs for line in brief))))
    assert [(record.title, [passage.text for passage in record.body]) for record in result.records] == [
        (headline, [body]) for headline, body in briefs
    ]
    assert [(removal.label, removal.rule, removal.text) for removal in result.ledger] == [
        ("nav", "live.section", heading)
    ]


def test_a_heading_of_briefs_within_a_story_stays() -> None:
    (record,) = CLEANER.clean("\n\n".join(("Night ferry for the islands", *FERRY[:2], "In brief", FERRY[2]))).records
    assert "In brief" in [passage.text for passage in record.body]
