"""Fields are read from where scrapes have them, and are empty where there is nothing."""

from datetime import datetime

import pytest

from clean.fields import place_of
from clean.model import Record
from tests.conftest import CLEANER

BODY = (
    "The harbour council voted on Friday to run a night ferry from the first of May, after two years of delays.\n"
    "Fares will be set in the spring, the chairman said, and the old timetable will be kept until the summer ends."
)


def only(text: str, scraped: datetime | None = None) -> Record:
    """The one record of a document."""
    (record,) = CLEANER.clean(text, scraped=scraped).records
    return record


def test_what_is_not_there_is_empty() -> None:
    record = only(BODY)
    assert (record.title, record.publisher, record.published, record.updated, record.dateline) == (None,) * 5
    assert (record.authors, record.summary, record.captions, record.warnings, record.repairs) == ((),) * 5
    assert record.boundary is None
    assert record.language == "en"


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("By Jane Smith", ("Jane Smith",)),
        ("By JANE SMITH and John van der Berg", ("JANE SMITH", "John van der Berg")),
        ("By Jane Smith, John Doe and Ida Nor, Staff Writers", ("Jane Smith", "John Doe", "Ida Nor")),
        ("By Jane Smith in Port Alder", ("Jane Smith",)),
        ("Von Anna Müller und Jörg Weiß", ("Anna Müller", "Jörg Weiß")),
        ("Par Hélène Dupont", ("Hélène Dupont",)),
        ("Por José Núñez y Ana Díaz", ("José Núñez", "Ana Díaz")),
        ("By Reuters", ()),
        ("Ein Kommentar von Jana Winter", ("Jana Winter",)),
        ("Propos recueillis par Jeanne Morel avec AFP", ("Jeanne Morel",)),
        ("Scritto da Paolo Ruggeri", ("Paolo Ruggeri",)),
        ("Texto: Julia Marín", ("Julia Marín",)),
        ("Texto de Júlia Marinho", ("Júlia Marinho",)),
        ("Por Agência Brasil", ()),
    ],
)
def test_bylines(line: str, authors: tuple[str, ...]) -> None:
    assert tuple(CLEANER.vocabulary.bylines.names(line)) == authors


def test_a_sign_off_names_the_author() -> None:
    assert only(f"{BODY}\nDr. Ida El-Nor – Historian and Writer").authors == ("Ida El-Nor",)


@pytest.mark.parametrize(
    ("dateline", "place"),
    [
        ("WASHINGTON:", "WASHINGTON"),
        ("PORT ALDER, Jan 3 (Agency) —", "PORT ALDER"),
        ("Berlin (dpa) -", "Berlin"),
        ("OSTEND MILLS, Veld, April 5 (Norpress) —", "OSTEND MILLS, Veld"),
        ("VESSEL CITY, Oct. 30, 2024 —", "VESSEL CITY"),
    ],
)
def test_datelines(dateline: str, place: str) -> None:
    assert place_of(dateline) == place
    assert only(f"Night ferry for the islands\n{dateline} {BODY}").dateline == place


@pytest.mark.parametrize("speech", ["BREAKING: ", "LIVE: ", "UPDATE: ", "Q: "])
def test_what_stands_where_a_dateline_could_is_none(speech: str) -> None:
    assert only(f"Night ferry for the islands\n{speech}{BODY}").dateline is None


def test_the_turns_of_a_transcript_are_no_datelines() -> None:
    lines = BODY.split("\n")
    record = only(f"Night ferry for the islands\nTHE MAYOR: {lines[0]}\nTHE CAPTAIN: {lines[1]}")
    assert record.dateline is None
    assert len(record.body) == 2


def test_relative_times_need_the_moment_of_the_scrape_and_stay_in_the_ledger() -> None:
    text = f"Night ferry for the islands\nUpdated 8 sec ago\n{BODY}"
    assert only(text).updated is None
    assert [row.text for row in CLEANER.clean(text).ledger] == ["Updated 8 sec ago"]
    assert only(text, datetime(2024, 5, 3, 12, 0)).updated == "2024-05-03T11:59"


def test_an_ambiguous_date_stays_null_and_in_the_ledger() -> None:
    text = f"Night ferry for the islands\nPublished 03/04/2024\n{BODY}"
    assert only(text).published is None
    assert [row.text for row in CLEANER.clean(text).ledger] == ["Published 03/04/2024"]


def test_a_source_line_names_publisher_and_date() -> None:
    record = only(f"Night ferry for the islands\naldernews.com 2024/10/5\n{BODY}")
    assert (record.publisher, record.published) == ("aldernews.com", "2024-10-05")


def test_repairs_are_told() -> None:
    record = only(f"Night ferry for the islands\n{BODY}\nThe cafÃ© on the quay isnâ€™t open, its owner said on Monday.")
    assert record.body[-1].text == "The café on the quay isn’t open, its owner said on Monday."
    (repair,) = record.repairs
    assert repair["start"] == record.body[-1].start
    assert repair["steps"]


def test_ids_are_stable_and_differ() -> None:
    again = [CLEANER.clean(BODY, name="a").records[0].id for _ in range(2)]
    assert len(set(again)) == 1
    assert CLEANER.clean(BODY, name="b").records[0].id not in again
    assert CLEANER.clean(BODY + " More of it.", name="a").records[0].id not in again


def test_a_document_that_loses_nearly_all_says_so() -> None:
    result = CLEANER.clean("We use cookies to improve your experience.\nAdvertisement\nCopy link\nAll rights reserved")
    (record,) = result.records
    assert "empty body" in record.warnings
    assert any("was removed" in warning for warning in record.warnings)
    assert result.warnings


def test_a_title_with_the_name_of_the_site_is_parted() -> None:
    title = "Night ferry for the islands"
    record = only(f"{title} | The Alder Post\nMenu\n{title}\n{BODY}")
    assert (record.title, record.publisher) == (title, "The Alder Post")


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\t", "\u2009"])
def test_any_space_is_a_space(space: str) -> None:
    head = "Harbour council votes for a night ferry\nBy Ida Marlow and Tom Reed\nPublished 12 May 2024\n"
    record = only(head.replace(" ", space) + f"PORT{space}ALDER, May{space}12{space}(Agency) — {BODY}")
    assert (record.authors, record.published) == (("Ida Marlow", "Tom Reed"), "2024-05-12")
    assert record.dateline == "PORT ALDER"


@pytest.mark.parametrize("age", ["1 year ago", "Updated 3 months ago", "2 weeks ago", "vor 2 Jahren"])
def test_a_row_of_ages_that_tell_no_day_is_no_harm(age: str) -> None:
    entries = "".join(f"{age}\nThe ferry of pier {number} is late again, and {BODY}\n\n" for number in range(4))
    for scraped in (None, datetime(2024, 5, 12, 18, 30)):
        records = CLEANER.clean(f"Night ferry votes, live\n{entries}", scraped=scraped).records
        assert all(f"pier {number}" in "".join(record.text for record in records) for number in range(4))
