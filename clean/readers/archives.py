"""Archives: files in ZIP and tar, each to be read as if it lay beside them."""

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO, Any, BinaryIO

from clean.errors import UnreadableSource
from clean.readers.documents import Document, damage, no_scrape, printable
from clean.readers.streams import Bounded, Counted, seekable

PASSED_OVER = frozenset(("__MACOSX",))  # folders that hold what a system noted about files, and no files

Open = Callable[[str, Any], Iterator[Document]]  # (name, stream) -> documents


def zip_members(name: str, stream: BinaryIO, read: Open) -> Iterator[Document]:
    """The documents in a ZIP archive; a member that cannot be read costs only itself."""
    with zipfile.ZipFile(seekable(stream)) as archive:
        for member in archive.infolist():
            if not member.is_dir() and not is_hidden(member.filename):
                yield from documents(name, member.filename, lambda m=member: packed(archive, m), read)  # type: ignore[misc]


def packed(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    """A member of a ZIP archive, which may not grow out of all proportion."""
    size = Counted(None)
    size.count = member.compress_size
    return Bounded(archive.open(member), size)  # type: ignore[return-value]


def tar_members(name: str, stream: BinaryIO, read: Open) -> Iterator[Document]:
    """The documents in a tar archive, as they come. Links, devices and other things that are no files are passed over.

    Raises UnreadableSource if the archive breaks off between two members; the library ends in silence there.
    """
    counted = Counted(stream)
    with tarfile.open(fileobj=counted, mode="r|") as archive:
        last = ""
        for member in archive:
            last = member.name
            if member.isreg() and not is_hidden(member.name):
                yield from documents(name, member.name, lambda m=member: unpacked(archive, m), read)  # type: ignore[misc]
    if counted.count % tarfile.BLOCKSIZE:
        raise UnreadableSource(f"it breaks off after {printable(last)}")


def unpacked(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    """A member of a tar archive, as a stream that does not promise to go back."""
    return io.BufferedReader(Counted(archive.extractfile(member)))


def documents(archive: str, member: str, opened: Callable[[], Any], read: Open) -> Iterator[Document]:
    """The documents of one member, or one that says what is wrong with it, or that it is no scrape."""
    path = member.replace("\\", "/")
    name = f"{archive}/{printable(path.lstrip('/'))}"
    if path.startswith("/") or ".." in PurePosixPath(path).parts or PureWindowsPath(path).drive:
        yield Document(name, problem=UnreadableSource("its name leads out of the archive; it was not looked at"))
        return
    if why := no_scrape(path):
        yield Document(name, passed_over=why)
        return
    try:
        stream = opened()
    except Exception as error:  # encrypted, overlapping, packed by an unknown method, ...
        yield Document(name, problem=UnreadableSource(f"it cannot be taken out of the archive ({damage(error)})"))
        return
    with stream:
        yield from read(name, stream)


def is_hidden(member: str) -> bool:
    """Whether a member is hidden, as files beside an archive would be."""
    parts = PurePosixPath(member.replace("\\", "/")).parts
    return bool(PASSED_OVER.intersection(parts)) or any(part.startswith(".") and part != ".." for part in parts)
