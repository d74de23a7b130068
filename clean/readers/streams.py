"""Streams of bytes: looked at without being used up, decompressed within limits, and set aside to be gone back in."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO

from clean.errors import UnreadableSource
from clean.readers.documents import LARGEST, LARGEST_ARCHIVE, MOST_RATIO, too_large
from clean.readers.text import BYTE_ORDER_MARKS

IN_MEMORY = 8 << 20  # bytes of a stream that is set aside, from which it goes to the disk
CHUNK = 1 << 16
WIDE = tuple((mark, name) for mark, name in BYTE_ORDER_MARKS if name != "utf-8-sig")
PIECE = 1 << 10


class Rest(io.RawIOBase):
    """Bytes that were read already, and the rest of the stream that they came from, or why there is no more."""

    def __init__(self, head: bytes, rest: Any, failure: Exception | None = None) -> None:
        self.head, self.rest, self.failure = head, rest, failure

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.head and self.failure is not None:
            raise self.failure
        data, self.head = (self.head or read_some(self.rest, len(buffer)))[: len(buffer)], self.head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


class Counted(io.RawIOBase):
    """A stream that knows how much was read of it."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.count = stream, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = read_some(self.stream, len(buffer))
        self.count += len(data)
        buffer[: len(data)] = data
        return len(data)


class Bounded(Counted):
    """A decompressed stream that stops when it outgrows the compressed one by more than news ever does."""

    def __init__(self, stream: Any, packed: Counted) -> None:
        super().__init__(stream)
        self.packed = packed

    def readinto(self, buffer: Any) -> int:
        size = super().readinto(buffer)
        if self.count > LARGEST_ARCHIVE + MOST_RATIO * self.packed.count:
            raise UnreadableSource(
                f"{self.count >> 20} MiB came out of {self.packed.count >> 10} KiB of it: more than {MOST_RATIO} times"
                " as much is no news but a decompression bomb"
            )
        return size


class Recoded(io.RawIOBase):
    """A stream of text in another encoding as UTF-8."""

    def __init__(self, stream: Any, encoding: str) -> None:
        self.text, self.head = io.TextIOWrapper(stream, encoding, errors="replace", newline=""), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.head = self.head or self.text.read(CHUNK).encode("utf-8", "replace")
        data, self.head = self.head[: len(buffer)], self.head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def read_some(stream: Any, size: int) -> bytes:
    """Some bytes of a stream, those before a place where it is broken among them; none at its end."""
    data: bytes = stream.read1(size) if hasattr(stream, "read1") else stream.read(size)
    return data


def look(stream: Any, size: int) -> tuple[bytes, BinaryIO]:
    """(the first bytes of a stream, the stream with them)."""
    head, failure = b"", None
    try:
        while len(head) < size and (data := read_some(stream, size - len(head))):
            head += data
    except Exception as error:  # is raised again where it is met in reading
        failure = error
    if failure is None and stream.seekable():
        stream.seek(0)
        return head, stream
    return head, io.BufferedReader(Rest(head, stream, failure), CHUNK)


def as_utf8(stream: Any, head: bytes) -> BinaryIO:
    """A stream that begins so as UTF-8, if a byte order mark says that it is text in two or four bytes a character."""
    encoding = next((name for mark, name in WIDE if head.startswith(mark)), "")
    return io.BufferedReader(Recoded(stream, encoding), CHUNK) if encoding else stream


class Zstandard:
    """What frames of zstandard hold. Arrow tells a stream that breaks off; other readers end in silence."""

    def __init__(self, stream: IO[bytes]) -> None:
        import pyarrow

        self.stream = pyarrow.CompressedInputStream(stream, "zstd")

    def read(self, size: int) -> bytes:
        """Some bytes: few at a time, since with the end of a stream that breaks off all that was asked for is lost."""
        data: bytes = self.stream.read(min(size, PIECE))
        return data


DECOMPRESSORS: Mapping[str, Callable[[IO[bytes]], Any]] = {
    "gzip": lambda stream: gzip.GzipFile(fileobj=stream),
    "zstandard": Zstandard,
    "bzip2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
}


def decompressed(stream: Any, form: str) -> BinaryIO:
    """What a compressed stream holds. Reading raises UnreadableSource for a bomb, and what the library raises."""
    packed = Counted(stream)
    inner = DECOMPRESSORS[form](io.BufferedReader(packed, CHUNK))
    return io.BufferedReader(Bounded(inner, packed), CHUNK)


def whole(stream: Any, limit: int = LARGEST) -> bytes:
    """All bytes of a stream. Raises UnreadableSource if they are too many."""
    parts, size = [], 0
    while data := stream.read(min(CHUNK * 16, limit + 1 - size)):
        parts.append(data)
        size += len(data)
        if size > limit:
            raise too_large(limit=limit)
    return b"".join(parts)


def seekable(stream: Any, limit: int = LARGEST_ARCHIVE) -> BinaryIO:
    """The stream, or a copy of it that one can go back in. Raises UnreadableSource if that would be too large."""
    if stream.seekable():
        return stream  # type: ignore[no-any-return]
    copy = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed when the last reader lets go of it
    size = 0
    while data := stream.read(CHUNK * 16):
        size += len(data)
        if size > limit:
            raise too_large("an archive inside another, or from afar,", limit)
        copy.write(data)
    copy.seek(0)
    return copy  # type: ignore[return-value]
