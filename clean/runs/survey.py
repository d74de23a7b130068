"""What repeats on the sites of a run: counted over all that it and earlier runs were given."""

from itertools import groupby

from clean.marks.sites import LEAST_DOCUMENTS, Repeats
from clean.runs.state import State
from clean.sites import KEY, Page, Sites, count

# The pages that count: those of documents that are cleaned now, and of sources as they are otherwise.
CURRENT = """
    SELECT pages.* FROM pages JOIN (
        SELECT source, digest FROM fresh
        UNION SELECT source, digest FROM sources WHERE source NOT IN (SELECT source FROM fresh)
    ) USING (source, digest) WHERE site <> ''
"""
ON_SITES = f"""
    SELECT site, source, keys FROM ({CURRENT}) WHERE site IN (
        SELECT site FROM ({CURRENT}) GROUP BY site HAVING count(*) >= {LEAST_DOCUMENTS}
        INTERSECT SELECT pages.site FROM pages JOIN fresh USING (source, digest)
    ) ORDER BY site, source
"""


ON_ANY_SITE = "SELECT site, source, keys FROM pages WHERE site <> '' ORDER BY site, source"


def count_pages(state: State, query: str = ON_SITES) -> Sites:
    """What repeats on each site that has enough documents, and of which some are cleaned now.

    Memory: eight bytes for each block of each document of one site, some times over.
    """
    found: dict[str, Repeats] = {}
    for site, rows in groupby(state.stream(query), key=lambda row: row[0]):
        found.update(count(page_of_keys(source, site, keys) for _, source, keys in rows))
    return found


def page_of_keys(source: str, site: str, keys: bytes) -> Page:
    """The page of which the table of pages holds the keys."""
    import numpy as np

    return Page(source, site, np.frombuffer(keys, dtype=KEY))
