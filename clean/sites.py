"""What repeats on each site: counts in how many different documents a block stands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from clean.errors import UsageError, refuse_one
from clean.marks.sites import HEAVIEST, LEAST_DOCUMENTS, Repeats, key_of
from clean.model import Block, Source
from clean.repair import repair

KEY = "<u8"  # how keys are stored: the same on every machine
LEAST_OWN = 0.5  # share of its prose that no longer document of the site has, for a document to be no copy

Sites = Mapping[str, Repeats]


class Page(NamedTuple):
    """What counting needs to know of a source: its name, its site, and the keys of its blocks, each once."""

    source: str
    site: str
    keys: Any  # an array of unsigned 64-bit integers, sorted


def site_of(source: Source) -> str:
    """The site of a source, in lower case, or nothing: where it says so, else the host of its URL without `www.`, else
    its `site` or `publisher` in `meta`, else the top folder of its name.

    >>> site_of(Source("a.txt", "", url="https://www.Gazette.example/pears")), site_of(Source("lantern/a.txt", ""))
    ('gazette.example', 'lantern')
    """
    told = (source.site, host(source.url), source.meta.get("site"), source.meta.get("publisher"), folder(source.name))
    return next((name for one in told if isinstance(one, str) and (name := site_name(one))), "")


def host(url: str | None) -> str:
    """The host of a URL, or nothing."""
    if not url:
        return ""
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:  # such as an IPv6 address without its end
        return ""


def folder(name: str) -> str:
    """The top folder of a relative name, or nothing."""
    parts = PurePosixPath(name).parts
    return parts[0] if len(parts) > 1 and parts[0] not in ("/", "..") else ""


def site_name(text: str) -> str:
    """The name of a site as rules and files bear it: lower case, no white space, no slashes."""
    return "-".join(text.lower().replace("/", " ").replace("\\", " ").split()).removeprefix("www.")


def page_of(source: Source, blocks: Sequence[Block] | None = None) -> Page | None:
    """What counting needs to know of a source, or None if it has no site. Raises UsageError for what is no source."""
    import numpy as np

    if not isinstance(source, Source):
        raise UsageError(f'a source is Source("its name", "its text"), and not {type(source).__name__}')
    if not (site := site_of(source)):
        return None
    keys = {key_of(block.text) for block in (repair(source) if blocks is None else blocks)} - {0}
    return Page(source.name, site, np.array(sorted(keys), dtype=KEY))


def count_sites(sources: Iterable[Source]) -> Sites:
    """What repeats on each site, over all the sources, in whatever order they come: for `Cleaner.with_sites`.

    Raises UsageError for what is no source.
    """
    refuse_one(sources, "count_sites takes many sources", Source)
    return count(page for source in sources if (page := page_of(source)) is not None)


def count(pages: Iterable[Page]) -> Sites:
    """What repeats on each site, by its name.

    Memory grows by eight bytes for each block of each page, and some times that for a site while it is counted.
    """
    by_site: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        by_site[page.site].append(page)
    found = {site: repeats_of(by_site[site]) for site in sorted(by_site) if len(by_site[site]) >= LEAST_DOCUMENTS}
    return {site: repeats for site, repeats in found.items() if repeats.counts}


def repeats_of(pages: Sequence[Page]) -> Repeats:
    """In how many different documents of one site each block stands, if they are at least five.

    A document is different if half of its prose or more stands in no longer document of the site; one without prose
    is not. So a story that is scraped ten times, syndicated, edited or growing, counts once.
    """
    import numpy as np

    rows = sorted(pages, key=lambda page: (-prose(page), page.source))
    keys = np.concatenate([page.keys for page in rows])
    owners = np.repeat(np.arange(len(rows), dtype=np.int32), [len(page.keys) for page in rows])
    heavy = np.flatnonzero(keys & HEAVIEST)
    first = heavy[np.unique(keys[heavy], return_index=True)[1]]  # where each piece of prose stands first
    all_prose = np.bincount(owners[heavy], keys[heavy] & HEAVIEST, minlength=len(rows))
    own_prose = np.bincount(owners[first], keys[first] & HEAVIEST, minlength=len(rows))
    different = (own_prose >= LEAST_OWN * all_prose) & (all_prose > 0)
    values, counts = np.unique(keys[different[owners]], return_counts=True)
    often = counts >= LEAST_DOCUMENTS
    return Repeats(int(different.sum()), dict(zip(values[often].tolist(), counts[often].tolist(), strict=True)))


def prose(page: Page) -> int:
    """How much prose a page holds, in units of 16 bytes."""
    return int((page.keys & HEAVIEST).sum())
