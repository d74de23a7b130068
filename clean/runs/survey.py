"""What repeats on the sites of a run: counted over all that it and earlier runs were given."""

from collections.abc import Iterable, Iterator

from clean.marks.sites import LEAST_DOCUMENTS, Repeats
from clean.runs.state import State
from clean.sites import KEY, Page, Sites, count

MOST_PAGES = 20_000  # of a site that are counted; of more, these tell shares to half a percent
PART = 16 << 20  # bytes of pages that are held at a time; for each part all are gone through
PAGE = 600  # bytes of a page beside its keys
LOTS = 1 << 32  # as many as eight hexadecimal digits tell apart
ALL = "g"  # comes after all lots
PAGES = """
    SELECT rowid AS page, source, digest, site, digest[:8] AS lot, octet_length(keys) AS bytes
    FROM pages WHERE site <> ''
"""

# The pages that count: those of documents that are cleaned now, and of sources as they are otherwise; of the sites that
# have enough of them, and of which some are cleaned now. Documents are compared by hashes, as in `TO_CLEAN`.
COUNTED = f"""
    CREATE OR REPLACE TABLE counted AS
    WITH present AS (
        SELECT page, site, lot, bytes, is_new FROM (SELECT *, hash(source, digest) AS document FROM ({PAGES})) JOIN (
            SELECT hash(source, digest) AS document, true AS is_new FROM fresh
            UNION ALL SELECT hash(source, digest), false FROM sources
            WHERE hash(source) NOT IN (SELECT hash(source) FROM fresh)
        ) USING (document)
    )
    SELECT page, site, lot, bytes FROM present WHERE site IN (
        SELECT site FROM present GROUP BY site HAVING count(*) >= {LEAST_DOCUMENTS} AND bool_or(is_new)
    )
"""


def count_present(state: State) -> Sites:
    """What repeats on each site that has enough documents, and of which some are cleaned now."""
    state.sql(COUNTED)
    found = count_pages(state, "counted")
    state.sql("DROP TABLE counted")
    return found


def count_pages(state: State, table: str) -> dict[str, Repeats]:
    """What repeats on each site, out of a table with the columns of PAGES, or a query in brackets.

    Of a site with more pages than MOST_PAGES about so many count: those whose digests are smallest, which is a fair
    sample, and the same in whatever order they came.
    """
    found: dict[str, Repeats] = {}
    sizes = state.stream(f"SELECT site, count(*), sum(bytes)::BIGINT FROM {table} GROUP BY site ORDER BY site")
    for first, last, lot in list(parts(sizes)):
        some = f"SELECT page FROM {table} WHERE site BETWEEN ? AND ? AND lot < ?"
        rows = state.stream(f"SELECT source, site, keys FROM pages WHERE rowid IN ({some})", first, last, lot)
        found.update(count(page_of_keys(*row) for row in rows))
    return found


def parts(sizes: Iterable[tuple[str, int, int]]) -> Iterator[tuple[str, str, str]]:
    """(first site, last site, first lot that does not count) for sites that are counted together, in order.

    `sizes` are (site, pages, bytes of their keys). A site of which not all pages count stands alone.

    >>> list(parts([("a", 9, 900), ("b", 9, 900), ("c", 40_000, 5_000_000), ("d", 9, 900)]))
    [('a', 'b', 'g'), ('c', 'c', '80000000'), ('d', 'd', 'g')]
    """
    together: list[str] = []
    size = 0
    for site, pages, keys in sizes:
        more = keys + PAGE * pages
        if together and (size + more > PART or pages > MOST_PAGES):
            yield together[0], together[-1], ALL
            together, size = [], 0
        if pages > MOST_PAGES:
            yield site, site, f"{LOTS * MOST_PAGES // pages:08x}"
        else:
            together, size = [*together, site], size + more
    if together:
        yield together[0], together[-1], ALL


def page_of_keys(source: str, site: str, keys: bytes) -> Page:
    """The page of which the table of pages holds the keys."""
    import numpy as np

    return Page(source, site, np.frombuffer(keys, dtype=KEY))
