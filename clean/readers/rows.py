"""Rows to documents: which field holds the text, which the page, and what else they say."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from clean.dates import of_mail
from clean.errors import SourceError, UnsupportedSource
from clean.readers.documents import LARGEST, Document, Fields, printable, too_large

# Names that fields bear in the data sets that news comes in, each list with the likeliest first.
GUESSES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "content", "body", "maintext", "main_text", "article", "article_text", "full_text", "fulltext",
             "plain_text", "raw_text", "raw_content"),
    "html": ("html", "raw_html", "page", "page_source", "source_html", "html_content"),
    "markdown": ("markdown", "fit_markdown", "raw_markdown", "md"),
    "id": ("id", "_id", "doc_id", "document_id", "article_id", "uuid", "guid", "warc_record_id", "warc-record-id"),
    "url": ("url", "link", "uri", "source_url", "canonical_url", "page_url", "warc_target_uri", "warc-target-uri"),
    "date": ("scraped", "scraped_at", "date_scraped", "crawled", "crawl_date", "fetched", "fetched_at", "retrieved",
             "date_download", "timestamp", "warc_date", "warc-date", "date"),
    "site": ("site", "domain", "source_domain", "host", "hostname", "netloc"),
}  # fmt: skip
SHOWN = 40  # names of fields that a message lists
LONGEST_NAME = 60  # characters of one; longer ones are the cells of a table without names
# What a piece of a page begins with, as feeds and editorial systems give the text of a story.
PIECE = re.compile(
    r"\s*<(?:article|section|div|p|h[1-6]|figure|blockquote|ul|ol|table|strong|em|b|i|a|span|img|br|hr)\b[^<>]*>", re.I
)
WEB_BEGAN = 1990  # the year; what was fetched earlier has a date that stands for none, such as 0001-01-01
SECONDS = re.compile(r"1\d{9}(?:\d{3})?(?:\.\d+)?")  # since 1970, or milliseconds, where all is text: from 2001 to 2033
CRAWLED = re.compile(r"(?:19|20)\d{12}")  # day and time in figures alone, as lists of crawls have it, which mean UTC
MILLISECONDS = 1 << 33  # seconds since 1970, from which a time must be told in smaller units


class Layout(NamedTuple):
    """Which fields of a row hold what: the document, or a page, the likeliest first; and what else, where one does.

    `shown` are the names of all fields as they can be written.
    """

    document: list[str]
    page: list[str]
    told: dict[str, str]
    shown: dict[str, str]


class Rows:
    """Makes documents of the rows of one file: `file#row`, or what the field for the id says.

    Where the names of the fields are known before the first row, `columns` are checked at once. Raises
    UnsupportedSource if none of them holds a text or a page.
    """

    def __init__(self, file: str, fields: Fields, columns: Iterable[str] = ()) -> None:
        self.file, self.fields = file, fields
        self.names: tuple[str, ...] = ()  # of the fields of the last row
        self.last = self.layout_of(())
        if (columns := list(columns)) and not self.holding(columns):
            raise UnsupportedSource(self.no_text(columns))

    def layout(self, row: Iterable[str]) -> Layout:
        """Which fields of a row hold what. Most rows have those of the one before, and need not be looked at for it."""
        names = tuple(row)
        if names != self.names:
            self.names, self.last = names, self.layout_of(names)
        return self.last

    def layout_of(self, names: tuple[str, ...]) -> Layout:
        """Which of the fields of these names hold what."""
        order = ["html", "text"] if self.fields.html and not self.fields.text else ["text", "html"]
        if not (self.fields.text or self.fields.html):
            order.append("markdown")
        known = {name.lower(): name for name in names}
        fields = {what: self.all_for(what, names, known) for what in GUESSES}
        told = {what: fields[what][0] for what in ("id", "url", "date", "site") if fields[what]}
        shown = {name: printable(name) for name in names}
        return Layout([name for what in order for name in fields[what]], fields["html"], told, shown)

    def all_for(self, what: str, names: Iterable[str], known: Mapping[str, str]) -> list[str]:
        """The names of all fields that may hold it: the one that was named, else the likeliest first."""
        if named := getattr(self.fields, what, ""):
            return [named] if named in names else []
        return [known[guess] for guess in GUESSES[what] if guess in known]

    def holding(self, row: Iterable[str]) -> list[str]:
        """The names of the fields that may hold the document, the likeliest first: those that were named, if any."""
        return self.layout(row).document

    def no_text(self, names: Iterable[str]) -> str:
        """What to tell when no field holds a text."""
        shown = [name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..." for name in map(printable, names)]
        told = ", ".join(shown[:SHOWN]) + (", ..." if len(shown) > SHOWN else "")
        named = next((f" {name!r}" for name in (self.fields.text, self.fields.html) if name), "")
        what = f"there is no field{named} with a text; its fields are: {told or 'none'}"
        return f"{what}; name one by --text-field or --html-field"

    def document(self, number: int | str, row: Mapping[str, Any]) -> Document:
        """The document of a row, or of one that says what is wrong with it."""
        name = f"{self.file}#{number}"
        try:
            return self.made(name, row)
        except SourceError as error:
            return Document(name, problem=error)

    def made(self, name: str, row: Mapping[str, Any]) -> Document:
        """The document of a row. Raises a SourceError if it holds none."""
        kind, field, content = self.content(row)
        layout = self.layout(row)
        told = {what: plain(unwrapped(row[field])) for what, field in layout.told.items()}
        apart = (field, layout.told.get("id"))
        meta = {layout.shown[key]: plain(value) for key, value in row.items() if key not in apart}
        return Document(
            name=printable(str(told["id"])) if told.get("id") not in (None, "") else name,
            content=content,
            kind=kind,
            url=text_of(told.get("url")) or None,
            scraped=moment(told.get("date")),
            site=text_of(told.get("site")),
            meta=meta,
            place=name,
        )

    def content(self, row: Mapping[str, Any]) -> tuple[str, str, str | bytes]:
        """(kind, name of the field, content): the text, or if there is none in the row, the page, or Markdown."""
        fields = [field for field in self.holding(row) if row[field] is not None]
        for field in fields:
            value = row[field]
            if isinstance(value, str | bytes) and value.strip():
                if len(value) > LARGEST:
                    raise too_large(f"its field {field!r}")
                return self.kind(field, row, value), field, value
        for field in fields:
            if not isinstance(row[field], str | bytes):
                raise UnsupportedSource(f"its field {field!r} holds no text, but {kind_of(row[field])}")
        if not self.holding(row):
            raise UnsupportedSource(self.no_text(row))
        return "text", self.holding(row)[0], ""

    def kind(self, field: str, names: Iterable[str], value: str | bytes) -> str:
        """What a field that holds a document holds, as for `read`."""
        if field in self.layout(names).page or is_piece_of_page(value):
            return "html"
        return "markdown" if field.lower() in GUESSES["markdown"] else "auto"


def is_piece_of_page(value: str | bytes) -> bool:
    """Whether a text is HTML, though it does not begin as a page does.

    >>> is_piece_of_page("<p>A quiet week.</p>"), is_piece_of_page("<3 is how it ends.</p>")
    (True, False)
    """
    text = value if isinstance(value, str) else value.decode("latin-1")
    return PIECE.match(text) is not None and "</" in text


def text_of(value: Any) -> str:
    """A value as a text, or nothing if it is none."""
    return value.strip() if isinstance(value, str) else ""


def moment(value: Any) -> datetime | None:
    """A moment as rows tell it: ISO 8601, or as mails tell it, or seconds or milliseconds since 1970.

    None where there was no web yet.

    >>> moment(1715500800), moment("2024-05-12T08:00:00Z") == moment(1715500800000)
    (datetime.datetime(2024, 5, 12, 8, 0, tzinfo=datetime.timezone.utc), True)
    """
    if isinstance(value, str) and SECONDS.fullmatch(value):
        value = float(value)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if value >= MILLISECONDS else value
            return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < MILLISECONDS else None
        told = None
        if isinstance(value, str):
            value = f"{value[:8]}T{value[8:]}+00:00" if CRAWLED.fullmatch(value) else value
            told = of_mail(value) or datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return told if told is not None and told.year >= WEB_BEGAN else None


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def unwrapped(value: Any) -> Any:
    """What stands in an object that only tells its type, as MongoDB writes it.

    >>> unwrapped({"$oid": "5f1a"}), unwrapped({"$date": {"$numberLong": "1715500800000"}}), unwrapped({"a": 1})
    ('5f1a', '1715500800000', {'a': 1})
    """
    while isinstance(value, Mapping) and len(value) == 1 and str(next(iter(value))).startswith("$"):
        (value,) = value.values()
    return value


def kind_of(value: Any) -> str:
    """What a value is, in words."""
    names = {
        dict: "an object",
        list: "a list",
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
    }
    return "null" if value is None else names.get(type(value), f"a {type(value).__name__}")
