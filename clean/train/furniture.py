"""The furniture of pages: bylines, clocks, share bars and the like, drawn from a table of phrases in many languages."""

import random
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from clean.boundaries.terms import tokens
from clean.train.parts import Story

GIVEN = "Ida Tom Nora Emil Ruth Otto Lena Hugo Mara Paul Vera Karl Zoe Ivan Elsa Amin".split()
SURNAMES = "Marlow Reed Nor Varga Lindt Osei Tran Petit Rossi Haas Moreno Dahl Kade Sorel Bauer Novak".split()
PLACES = (
    "Washington", "London", "Paris", "Berlin", "Madrid", "Rome", "Vienna", "New York", "Brussels", "Moscow", "Beijing",
    "Tokyo", "Cairo", "Nairobi", "Lima", "Oslo", "Los Angeles", "Tel Aviv", "Sydney", "Mumbai", "Ostmere", "Port Alder",
    "Brindle", "Tarn Mills", "Corve", "Vessel City", "St. Hale",
)  # fmt: skip
MONTHS = "January February March April May June July August September October November December".split()
DATES = ("{day} {name} {year}", "{name} {day}, {year}", "{day:02}/{month:02}/{year}")
DAYS = (
    "{day:02}.{month:02}.{year}",
    "{day}/{month}/{year}",
    "{year}.{month:02}.{day:02}",
    "{year}-{month:02}-{day:02}",
)
OWN = 0.9  # share of phrases in the language of the story, if the table has it
ENGLISH = 0.4  # share of English phrases in those languages that it does not have
SLOT = re.compile(r"\{(\w+)\}")


@cache
def table() -> Mapping[str, Mapping[str, list[str]]]:
    """The phrases, by language and place."""
    text = Path(__file__).with_name("furniture.toml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(text)
    return found


class Furniture:
    """Draws phrases."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw

    def phrase(self, story: Story, place: str) -> str:
        """A line of furniture in the language of a story, at times in English or in none."""
        known = story.language in table()
        language = story.language if known and self.draw.random() < OWN else "any"
        if not known and self.draw.random() < ENGLISH:
            language = "en"
        return SLOT.sub(lambda slot: self.value(slot[1], story), self.draw.choice(table()[language][place]))

    def value(self, name: str, story: Story) -> str:
        """What stands in a slot of a phrase."""
        draw = self.draw
        if name in ("date", "day", "iso"):
            return self.day({"date": DATES, "day": DAYS, "iso": DAYS[-1:]}[name])
        if name in ("name", "NAME"):
            found = f"{draw.choice(GIVEN)} {draw.choice(SURNAMES)}"
            return found.upper() if name == "NAME" else found
        if name == "topic":
            words = [word for word in tokens(" ".join(story.paragraphs[:3])) if len(word) > 5 or not word.isascii()]
            return draw.choice(words) if words else "Tarn"
        if name in ("place", "PLACE"):
            place = draw.choice(PLACES)
            return place.upper() if name == "PLACE" else place
        if name in ("month", "dayno"):
            return draw.choice(MONTHS)[: draw.choice((3, 9))] if name == "month" else str(draw.randint(1, 12))
        if name == "time":
            return f"{draw.randint(0, 23):02}{draw.choice(':::.')}{draw.randint(0, 59):02}"
        if name == "title":
            return story.title
        if name == "year":
            return str(draw.randint(1998, 2025))
        return str(draw.choice((draw.randint(2, 9), draw.randint(2, 90), draw.randint(100, 2000))))

    def day(self, forms: tuple[str, ...]) -> str:
        """A day in one of some forms."""
        draw = self.draw
        year, month, day = draw.randint(1998, 2025), draw.randint(1, 12), draw.randint(1, 28)
        return draw.choice(forms).format(year=year, month=month, day=day, name=MONTHS[month - 1])
