"""Bytes to text: byte order marks and UTF-8 first, then a detector for legacy encodings."""

import codecs
import re
from collections.abc import Mapping

from clean.errors import BinarySource, UnreadableSource

BYTE_ORDER_MARKS = (  # longest first: UTF-32 begins with the mark of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BINARY_STARTS: Mapping[bytes, str] = {
    b"%PDF-": "a PDF file",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\x1f\x8b": "gzip-compressed",
    b"\x28\xb5\x2f\xfd": "zstandard-compressed",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ": "xz-compressed",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x7fELF": "a program",
    b"PAR1": "a Parquet file",
    b"SQLite format 3\0": "an SQLite database",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"{\\rtf": "an RTF document",
}
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
MOST_CONTROLS = 0.05  # share of control bytes from which bytes are no text
MANY_ZEROS = 0.2  # share of zeros from which bytes may be text in two bytes a character: in English it is a half
MOST_ZEROS = 0.9  # share of them that then are first bytes, or second ones
# ISO 2022 (RFC 1468, 1557), in which Japanese and Korean are ASCII between escapes: valid UTF-8, and no text as such.
ESCAPES = re.compile(rb"\x1b\$[@B)(]")
ESCAPED = ("iso2022_jp_ext", "iso2022_jp_2004", "iso2022_kr")
SHIFTS = b"\x0e\x0f"  # between its alphabets
SAMPLE = 1 << 16  # bytes that are shown to the detector


def decode(content: bytes) -> tuple[str, str]:
    """Decode a document: (text, name of the encoding). A byte order mark is no part of the text.

    Raises BinarySource for what is not text, and UnreadableSource where no encoding fits.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise UnreadableSource(f"its byte order mark says {encoding}, but it is not: {error.reason}") from error
    escaped = ESCAPED if is_escaped(content) else ()
    refuse_binary(content.translate(None, SHIFTS) if escaped else content)
    for encoding in filter(None, (*escaped, wide(content[:SAMPLE]), "utf-8")):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return decode_legacy(content)


def is_escaped(content: bytes) -> bool:
    """Whether bytes are in ISO 2022, as their first escape tells."""
    return content.isascii() and ESCAPES.search(content) is not None


def wide(sample: bytes) -> str:
    """The encoding of two bytes a character that bytes without a mark are in, as zeros in every other byte tell; or "".

    >>> wide("Night ferry".encode("utf-16-le")), wide("Night ferry".encode("utf-16-be")), wide(b"Night ferry")
    ('utf-16-le', 'utf-16-be', '')
    """
    zeros, first = sample.count(0), sample[::2].count(0)
    if zeros <= MANY_ZEROS * len(sample) or max(first, zeros - first) <= MOST_ZEROS * zeros:
        return ""
    return "utf-16-be" if first > zeros - first else "utf-16-le"


def refuse_binary(content: bytes) -> None:
    """Raise BinarySource for bytes that no encoding makes text."""
    for start, what in BINARY_STARTS.items():
        if content.startswith(start):
            raise BinarySource(f"this is {what}, not text")
    sample = content[:SAMPLE]
    controls = len(sample) - len(sample.translate(None, CONTROLS))
    if sample and controls > MOST_CONTROLS * len(sample) and not wide(sample):
        raise BinarySource(f"{controls} of its first {len(sample)} bytes are control characters: this is not text")


def decode_legacy(content: bytes) -> tuple[str, str]:
    """Decode what is not UTF-8 in the encoding that chardet finds; windows-1252 where it finds none."""
    import chardet

    found = chardet.detect(content[:SAMPLE])["encoding"]
    for encoding in filter(None, (found, "windows-1252")):
        try:
            return content.decode(encoding), encoding.lower()
        except (UnicodeDecodeError, LookupError):
            continue
    raise UnreadableSource(
        f"it is not UTF-8, and not {found or 'any encoding that a detector knows'} either; convert it first"
    )
