"""What repeats on the sites of a run: counted over all that it and earlier runs were given."""

from itertools import groupby

from clean.marks.sites import LEAST_DOCUMENTS, Repeats
from clean.runs.state import State
from clean.sites import KEY, Page, Sites, count

# The pages that count: those of documents that are cleaned now, and of sources as they are otherwise; of the sites that
# have enough of them, and of which some are cleaned now.
COUNTED = f"""
    CREATE OR REPLACE TABLE counted AS
    WITH present AS (
        SELECT pages.* FROM pages JOIN (
            SELECT source, digest FROM fresh
            UNION SELECT source, digest FROM sources WHERE source NOT IN (SELECT source FROM fresh)
        ) USING (source, digest) WHERE site <> ''
    )
    FROM present WHERE site IN (
        SELECT site FROM present GROUP BY site HAVING count(*) >= {LEAST_DOCUMENTS}
        INTERSECT SELECT pages.site FROM pages JOIN fresh USING (source, digest)
    )
"""


def count_present(state: State) -> Sites:
    """What repeats on each site that has enough documents, and of which some are cleaned now.

    Memory: eight bytes for each block of each document of one site, some times over.
    """
    state.sql(COUNTED)
    found = count_pages(state, "counted")
    state.sql("DROP TABLE counted")
    return found


def count_pages(state: State, table: str) -> dict[str, Repeats]:
    """What repeats on each site, out of a table of pages, or a query in brackets."""
    found: dict[str, Repeats] = {}
    rows = state.in_order("site, source, keys", table, "site", "octet_length(keys)")
    for site, group in groupby(rows, key=lambda row: row[0]):
        found.update(count(page_of_keys(source, site, keys) for _, source, keys in group))
    return found


def page_of_keys(source: str, site: str, keys: bytes) -> Page:
    """The page of which the table of pages holds the keys."""
    import numpy as np

    return Page(source, site, np.frombuffer(keys, dtype=KEY))
