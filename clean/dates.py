"""Dates as scrapes write them, found and read with the words of each language."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import re2

from clean.words import Words, alternatives

DATE, TIME, AGO = "\ue000", "\ue001", "\ue002"  # private-use characters that stand in for what was found

FIGURE = re.compile(r"\d")
MASK_MEMORY = 64 << 20  # bytes; taken only as far as the words of all languages need them
UNIT_SECONDS: Mapping[str, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
ZONES = "utc|gmt|z|[ecmp][sd]?t|cest|bst|ist|mez|mesz|a[ew][sd]t|jst|kst|hkt|sgt|eat|wat|sast|msk"
ORDINAL = r"(?:st|nd|rd|th|er|re|\.|º|ª|°)?"
OF = r"(?:of |de |del |di )?"
CLOCK = r"(?P<hour>[01]?\d|2[0-3])(?::|h|\.| ?[時时시] ?)(?P<minute>[0-5]?\d)(?::(?P<second>[0-5]\d)(?:\.\d+)?)?"
HALF = r"(?P<half>[ap])\.?m\b\.?"
OFFSET = r"(?P<offset>z\b|[+-][01]\d:?[0-5]\d)"


class Form(NamedTuple):
    """A way to write a date: `{months}` stands for every month name that is known."""

    name: str
    pattern: str


FORMS = (
    Form(
        "iso",
        rf"\b(?P<year>[12]\d{{3}})(?P<separator>[-/.])(?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})"
        rf"(?:[t ]{CLOCK} ?{OFFSET}?)?\b",
    ),
    Form("east asian", r"\b(?P<year>[12]\d{3}) ?[年년] ?(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日일]"),
    Form(
        "day month year",
        rf"\b(?P<day>\d{{1,2}}){ORDINAL}[ -]{OF}(?P<name>{{months}})\.?,?[ -](?:de |del )?"
        r"(?P<year>[12]\d{3})\b",
    ),
    Form("month day year", rf"\b(?P<name>{{months}})\.? (?P<day>\d{{1,2}}){ORDINAL},? (?P<year>[12]\d{{3}})\b"),
    Form(
        "figures",
        r"\b(?P<first>\d{1,2})(?P<separator>[-/.]) ?(?P<second_figure>\d{1,2})[-/.] ?"
        r"(?P<year>[12]\d{3}|\d\d)\b",
    ),
    Form("month year", rf"\b(?P<name>{{months}})\.? {OF}(?P<year>[12]\d{{3}})\b"),
)
# Without a year it is no date of publication, yet it is found, since datelines have it.
NO_YEAR = r"\b\d{1,2}\.? (?:de )?(?:{months})\b\.?|\b(?:{months})\.? \d{1,2}\b"
TIMES = (
    rf"\b(?:[01]?\d|2[0-3])[:h][0-5]\d(?::[0-5]\d)?(?: ?[ap]\.?m\b\.?)?(?: ?(?:uhr|hrs?|h|uur)\b)?(?: (?:{ZONES})\b)?",
    r"\b(?:[01]?\d|2[0-3])[.h][0-5]\d ?(?:uhr|hrs?|h|uur)\b",
    r"\b(?:[01]?\d|2[0-3]) ?(?:h|uhr)(?: ?[0-5]\d)?\b",
    r"\b\d{1,2} ?[時时시] ?(?:\d{1,2} ?[分분])?",
    rf"\b1?\d(?:\.[0-5]\d)? ?[ap]\.?m\b\.?(?: (?:{ZONES})\b)?",
)


# As mails, feeds and servers tell it (RFC 5322, section 3.3): "Tue, 05 Mar 2024 10:00:00 +0200".
OF_MAIL = re.compile(
    r"\s*(?:[a-z]{3,9}, )?\d{1,2}[ -][a-z]{3,9}[ -]\d{2}(?:\d{2})? \d{1,2}:\d{2}(?::\d{2})?"
    r"(?: [+-]\d{4}| [a-z]{1,5})?(?: \([^()]*\))?\s*",
    re.IGNORECASE,
)


class Found(NamedTuple):
    """A date that was read: ISO 8601, or None where it can be read in two ways or leads nowhere."""

    value: str | None
    relative: bool = False


def of_mail(text: str) -> datetime | None:
    """The moment that a text tells as mails do, with its zone, if that is known; None if it is written otherwise.

    >>> of_mail("Tue, 05 Mar 2024 10:00:00 +0200").isoformat(), of_mail("5 March")
    ('2024-03-05T10:00:00+02:00', None)
    """
    try:
        return parsedate_to_datetime(text) if OF_MAIL.fullmatch(text) else None
    except (ValueError, TypeError):
        return None


class Calendar:
    """Finds and reads dates in the languages it was given words of.

    >>> calendar = Calendar([Words("en", months=(("january", "jan"),) * 12)])
    >>> calendar.read("date 2024-11-14", None)
    Found(value='2024-11-14', relative=False)
    """

    def __init__(self, words: Iterable[Words]) -> None:
        self.words = tuple(words)
        self._month = {name: number for one in self.words for number, row in enumerate(one.months, 1) for name in row}
        self._unit = {name: unit for one in self.words for unit, names in one.units.items() for name in names}
        self._day_first = {one.language: one.day_first for one in self.words}
        self._forms = [
            (form.name, re.compile(form.pattern.replace("{months}", alternatives(self._month)), re.IGNORECASE))
            for form in FORMS
        ]
        self._clock = re.compile(
            rf"\b(?:{CLOCK}(?: ?{HALF})?|(?P<hour_only>1?\d)(?: ?uhr| ?h\b| ?(?P<half_only>[ap])\.?m\b)) ?{OFFSET}?",
            re.IGNORECASE,
        )
        self._ago = re.compile(f"(?:{self.ago_pattern()})", re.IGNORECASE)
        self._mask = re2.compile(self._mask_pattern(), roomy())
        self._worded = re2.compile(f"(?i){self.ago_pattern(figures=False)}", roomy())

    def ago_pattern(self, figures: bool = True) -> str:
        """The alternation of all relative times, such as `3 hours ago`; or of those in words alone: `an hour ago`."""
        rows = []
        for words in self.words:
            number = "|".join([*([r"\d{1,3}"] if figures else []), *map(re.escape, words.one)]) or r"[^\s\S]"
            units = alternatives(name for names in words.units.values() for name in names)
            rows += [
                bounded(form).replace(r"\{number\}", f"(?:{number})").replace(r"\{unit\}", f"(?:{units})")
                for form in words.ago
            ]
        return r"(?:" + "|".join(rows or [r"[^\s\S]"]) + ")"

    def _mask_pattern(self) -> str:
        months = alternatives(self._month)
        dates = [re.sub(r"\?P<\w+>", "?:", form.pattern).replace("{months}", months) for form in FORMS]
        dates.append(NO_YEAR.replace("{months}", months))
        weekdays = alternatives(day for words in self.words for day in words.weekdays)
        return (
            rf"(?i)(?P<ago>{self.ago_pattern()})"
            rf"|(?P<date>(?:\b(?:{weekdays})\b\.?,? (?:den |le |el )?)?(?:{'|'.join(dates)}))"
            rf"|(?P<time>{'|'.join(TIMES)})"
        )

    def mask(self, text: str) -> str:
        """The text with every date, clock time and relative time overwritten by stand-ins, at unchanged length.

        Without a figure in it, it may hold none but a relative time, which a far smaller pattern finds.
        """
        has_figure = FIGURE.search(text) is not None
        pieces, last = [], 0
        for found in (self._mask if has_figure else self._worded).finditer(text):
            stand_in = AGO if not has_figure or found.group("ago") else DATE if found.group("date") else TIME
            pieces += [text[last : found.start()], stand_in * (found.end() - found.start())]
            last = found.end()
        return "".join([*pieces, text[last:]]) if pieces else text

    def macros(self) -> dict[str, str]:
        """What `{date}`, `{time}`, `{ago}`, `{month}` and `{weekday}` mean in a pattern that runs on masked text."""
        at = alternatives(name for words in self.words for name in words.at)
        return {
            "date": f"(?:{DATE}+(?:(?: ?[,|·–—-])? (?:(?:{at}) )?{TIME}+)?|{TIME}+,? {DATE}+)",
            "time": f"{TIME}+",
            "ago": f"{AGO}+",
            "month": f"(?:{alternatives(self._month)})",
            "weekday": f"(?:{alternatives(day for words in self.words for day in words.weekdays)})",
        }

    def read(self, text: str, language: str | None, scraped: datetime | None = None) -> Found:
        """Read the first date in a text.

        `language` (ISO 639-1) settles whether 03/04/2024 is in March or April; without it, or for a language
        that writes both, the value is None. A relative time needs `scraped`, the moment the page was fetched.
        The value is as precise as the text: `2024`-`11`, `2024-11-14`, `2024-11-14T10:03`, with an offset if given.
        """
        for name, pattern in self._forms:
            if found := pattern.search(text):
                return Found(self._value(name, found, text, language))
        if found := self._ago.search(text):
            return Found(self._before(found.group().lower(), scraped), relative=True)
        return Found(None)

    def _value(self, form: str, found: re.Match[str], text: str, language: str | None) -> str | None:
        parts = found.groupdict()
        year = int(parts["year"])
        year += 2000 if year < 100 else 0
        if form == "month year":
            return f"{year:04}-{self._month[parts['name'].lower()]:02}"
        if form == "figures":
            month_day = self._order(int(parts["first"]), int(parts["second_figure"]), parts["separator"], language)
            if month_day is None:
                return None
            month, day = month_day
        else:
            month = self._month[parts["name"].lower()] if "name" in parts else int(parts["month"])
            day = int(parts["day"])
        try:
            value = date(year, month, day).isoformat()
        except ValueError:
            return None
        return value + self._time(found, text)

    def _order(self, first: int, second: int, separator: str, language: str | None) -> tuple[int, int] | None:
        """(month, day) of two figures; None where both orders are possible and nothing decides."""
        if first > 12 or separator == ".":  # dots come with the day first wherever they are in use
            return second, first
        if second > 12 or first == second:
            return first, second
        return (second, first) if self._day_first.get(language or "") else None

    def _time(self, found: re.Match[str], text: str) -> str:
        parts = found.groupdict()
        if not parts.get("hour"):
            clock = self._clock.search(text, found.end()) or self._clock.search(text[: found.start()])
            if clock is None:
                return ""
            parts = clock.groupdict()
        hour = int(parts.get("hour") or parts["hour_only"])
        half = (parts.get("half") or parts.get("half_only") or "").lower()
        if half and hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        second = f":{parts['second']}" if parts.get("second") else ""
        offset = (parts.get("offset") or "").upper()
        return f"T{hour:02}:{int(parts.get('minute') or 0):02}{second}{offset}"

    def _before(self, text: str, scraped: datetime | None) -> str | None:
        if scraped is None:
            return None
        tokens = re.findall(r"\d+|[^\W\d]+", text)
        count = next((int(t) for t in tokens if t.isdigit()), 1)
        unit = next(self._unit[t] for t in reversed(tokens) if t in self._unit)
        if unit in UNIT_SECONDS:
            moment = scraped - timedelta(seconds=count * UNIT_SECONDS[unit])
            precise = unit in ("second", "minute", "hour")
            return moment.isoformat(timespec="minutes") if precise else moment.date().isoformat()
        months = scraped.year * 12 + scraped.month - 1 - count * (12 if unit == "year" else 1)
        return f"{months // 12:04}" if unit == "year" else f"{months // 12:04}-{months % 12 + 1:02}"


def roomy() -> re2.Options:
    """Options for RE2 that let the pattern of all dates keep its states; without, it falls back to a slower way."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MASK_MEMORY
    return options


def bounded(form: str) -> str:
    """A pattern for a form of words, at word boundaries where its ends are ASCII, as RE2 knows no others."""
    start = r"\b" if form[0].isascii() else ""
    end = r"\b" if form[-1].isascii() else ""
    return start + re.escape(form) + end
