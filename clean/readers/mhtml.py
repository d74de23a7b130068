"""Pages that a browser saved with all that belongs to them, in one file (RFC 2557)."""

from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import CloseBoundaryNotFoundDefect
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from clean.errors import UnreadableSource
from clean.readers.documents import Document, Fields, printable
from clean.readers.streams import whole
from clean.readers.web import decoded


def page(name: str, stream: BinaryIO, _: Fields) -> Iterator[Document]:
    """The page itself: the first part that is HTML. Raises UnreadableSource if there is none."""
    message = message_from_bytes(whole(stream), policy=policy.compat32)
    parts = [part for part in message.walk() if not part.is_multipart()]
    part = next((part for part in parts if part.get_content_type() == "text/html"), None)
    content = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(content, bytes):
        raise UnreadableSource("there is no HTML page in this MHTML file; was it cut off?")
    if part is parts[-1] and any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in message.defects):
        raise UnreadableSource("this MHTML file breaks off in its page")
    url = message.get("Snapshot-Content-Location") or part.get("Content-Location")
    url = printable(str(url)) if url else None  # of more than ASCII, it is no str
    yield Document(name, decoded(content, charset(part)), "html", url=url, scraped=moment(message))


def charset(part: Message) -> str:
    """The encoding that a part says it has."""
    return str(part.get_content_charset() or "")


def moment(message: Message) -> datetime | None:
    """When the page was saved, if that is told."""
    try:
        return parsedate_to_datetime(str(message["Date"])) if message["Date"] else None
    except ValueError:
        return None
