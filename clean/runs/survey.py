"""The first pass over a run's inputs: what each holds, to know what repeats on its site before any is cleaned."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from clean.errors import SourceError
from clean.model import Source
from clean.readers import read
from clean.runs.inputs import Input, load
from clean.runs.output import SITES
from clean.sites import Page, Sites, count, folder, page_of, page_of_row, site_of


@dataclass(frozen=True)
class Survey:
    """The inputs of a run, what repeats on each site, and what was counted of each input, by a digest of its bytes."""

    inputs: Mapping[str, Input]
    sites: Sites
    pages: Mapping[str, tuple[str, Page | None]]

    def page(self, source: Source, digest: str) -> Page | None:
        """What was counted of a source; counted anew if it was changed since, or not looked at."""
        known, page = self.pages.get(source.name, ("", None))
        return page if known == digest else page_of(source)


def survey(inputs: Mapping[str, Input], out: Path, entries: Mapping[str, Any]) -> Survey:
    """Look through the inputs that may have a site, and the rows that earlier runs left of the other sources.

    `entries` are those of the manifest in `out`. What cannot be read is left for the second pass to tell.
    """
    rows = earlier_pages(out) if entries else {}
    pages: dict[str, tuple[str, Page | None]] = {}
    for name, one in inputs.items():
        old = rows.pop(name, None)
        if not has_site(one):
            continue
        content, problem = load(one)
        digest = blake2b(content, digest_size=16).hexdigest()
        if old is not None and entries[name]["digest"] == digest:
            pages[name] = digest, old
        elif problem is None and (page := counted(content, one)) is not None:
            pages[name] = digest, page
    found = [page for _, page in pages.values() if page is not None]
    return Survey(inputs, count([*rows.values(), *found]), pages)


def has_site(one: Input) -> bool:
    """Whether an input may have a site, and can be read twice, as standard input and pipes cannot."""
    return bool(one.folder or folder(one.name)) and one.path is not None and not one.problem and one.path.is_file()


def counted(content: bytes, one: Input) -> Page | None:
    """What counting needs to know of an input, or None if it cannot be read."""
    try:
        return page_of(source_of(content, one))
    except SourceError:
        return None


def source_of(content: bytes, one: Input, **about: Any) -> Source:
    """The source that an input's bytes make. Raises a SourceError if they cannot be read."""
    source = read(content, name=one.name, **about)
    return source if site_of(source) else replace(source, site=one.folder)


def earlier_pages(out: Path) -> dict[str, Page]:
    """What earlier runs counted of each source."""
    with (out / SITES).open("rb") as rows:
        return {page.source: page for page in map(page_of_row, map(orjson.loads, rows))}
