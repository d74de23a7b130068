"""Dates in the forms that scrapes have."""

from datetime import datetime

import pytest

from clean.dates import AGO, DATE, Calendar
from clean.rulebook import bundled_rules, load

CALENDAR = Calendar(load([bundled_rules()]).words)
SCRAPED = datetime(2024, 5, 3, 12, 30)


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("date 2024-11-14", None, "2024-11-14"),
        ("Updated 01 November 2024", "en", "2024-11-01"),
        ("opera.com 2024/10/5", None, "2024-10-05"),
        ("November 14, 2024", "en", "2024-11-14"),
        ("Thursday, Nov. 14th, 2024 at 6:05 p.m. EST", "en", "2024-11-14T18:05"),
        ("2019-11-18T20:51:19Z Science", None, "2019-11-18T20:51:19Z"),
        ("2024-11-14 20:51 +01:00", None, "2024-11-14T20:51+01:00"),
        ("Veröffentlicht am 3. März 2024, 14.05 Uhr", "de", "2024-03-03T14:05"),
        ("03.04.2024", "de", "2024-04-03"),
        ("Publié le 1er août 2024 à 9h05", "fr", "2024-08-01T09:05"),
        ("Actualizado el 14 de septiembre de 2024 a las 20:01", "es", "2024-09-14T20:01"),
        ("3 maggio 2024", "it", "2024-05-03"),
        ("3 de maio de 2024 às 14h30", "pt", "2024-05-03T14:30"),
        ("3 mei 2024", "nl", "2024-05-03"),
        ("2025年1月13日 20時01分", "ja", "2025-01-13T20:01"),
        ("03/04/2024", "en", None),
        ("03/04/2024", None, None),
        ("03/04/2024", "fr", "2024-04-03"),
        ("04/04/2024", "en", "2024-04-04"),
        ("25/04/2024", "en", "2024-04-25"),
        ("04/25/2024", "en", "2024-04-25"),
        ("31 February 2024", "en", None),
        ("November 2024", "en", "2024-11"),
        ("12:00 am, 3 May 2024", "en", "2024-05-03T00:00"),
        ("no date at all", "en", None),
        ("1234567890", "en", None),
    ],
)
def test_reading(text: str, language: str | None, value: str | None) -> None:
    assert CALENDAR.read(text, language).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Updated 8 sec ago", "2024-05-03T12:29"),
        ("Published 3 hours ago", "2024-05-03T09:30"),
        ("an hour ago", "2024-05-03T11:30"),
        ("vor 3 Stunden", "2024-05-03T09:30"),
        ("il y a 2 jours", "2024-05-01"),
        ("hace una semana", "2024-04-26"),
        ("3 ore fa", "2024-05-03T09:30"),
        ("5 months ago", "2023-12"),
        ("2 years ago", "2022"),
    ],
)
def test_relative_times_need_the_time_of_the_scrape(text: str, value: str) -> None:
    assert CALENDAR.read(text, "en", SCRAPED).value == value
    assert CALENDAR.read(text, "en").value is None


@pytest.mark.parametrize("text", ["İstanbul 3 May 2024", "on 14.11.2024 and 2024-11-14", "3 hours ago", "nothing", ""])
def test_masks_keep_the_length(text: str) -> None:
    assert len(CALENDAR.mask(text)) == len(text)


def test_masks_cover_dates_and_nothing_else() -> None:
    assert CALENDAR.mask("Updated 01 November 2024 by us") == f"Updated {DATE * 16} by us"
    assert CALENDAR.mask("They won 3-2 in 2024 after 45 minutes") == "They won 3-2 in 2024 after 45 minutes"


def test_relative_times_in_words_alone_are_masked_in_a_text_with_and_without_a_figure() -> None:
    for text in ("Posted an hour ago by us", "Posted an hour ago by 3 of us"):
        assert CALENDAR.mask(text) == text.replace("an hour ago", AGO * 11)
