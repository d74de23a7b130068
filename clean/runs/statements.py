"""The tables of the state, and its longer statements."""

from collections.abc import Mapping

TABLES: Mapping[str, str] = {
    # of the tables, up to which moment of the index of duplicates they go, and which of the two files holds the lines
    "about": "format INTEGER, moment VARCHAR, lines INTEGER",
    # one row a run; `told` is its manifest, once it has ended
    "runs": "run INTEGER, started VARCHAR, ended VARCHAR, version VARCHAR, settings VARCHAR, told VARCHAR",
    # one row a source: what decided what became of it, where its lines stand, first so many bytes of records and then
    # so many of the ledger, what is told if it failed, what is counted of it, and whether it is told what it repeats:
    # NULL while that is told anew
    "sources": (
        "source VARCHAR, input VARCHAR, digest VARCHAR, settings VARCHAR, version VARCHAR, run INTEGER,"
        " outcome VARCHAR, bytes BIGINT, place BIGINT, articles BIGINT, removed BIGINT, failed BLOB, site VARCHAR,"
        " records INTEGER,"
        " words BIGINT, titles INTEGER, dates INTEGER, labels MAP(VARCHAR, BIGINT), rules MAP(VARCHAR, BIGINT),"
        " warnings VARCHAR[], told BOOLEAN"
    ),
    # sources that were taken out since it was last told what repeats
    "gone": "source VARCHAR",
    # what stands in each source that has a site, by which it is counted what repeats there
    "pages": "source VARCHAR, digest VARCHAR, site VARCHAR, keys BLOB",
    # what each run brought of each site, by which it is seen that a site has changed
    "site_runs": (
        "run INTEGER, site VARCHAR, documents BIGINT, failed BIGINT, characters BIGINT, body BIGINT, records BIGINT,"
        " words BIGINT, titles BIGINT, dates BIGINT, rules MAP(VARCHAR, BIGINT), examples VARCHAR[]"
    ),
    # the files that were written out of the state: one that is not among them was changed by someone else
    "files": "file VARCHAR, bytes BIGINT, digest VARCHAR",
    # what changes in sources when it is told what they repeat
    "retold": (
        "source VARCHAR, place BIGINT, articles BIGINT, removed BIGINT, records INTEGER, labels MAP(VARCHAR, BIGINT)"
    ),
    # where the lines of sources stand once they are written anew
    "moved": "source VARCHAR, place BIGINT",
    # the documents that the present run was given
    "given": (
        "place BIGINT, input INTEGER, number INTEGER, source VARCHAR, other VARCHAR, file VARCHAR, digest VARCHAR,"
        " bytes BIGINT"
    ),
}

# The given documents under the names they get: the same document once, and another that bears the same id by its place,
# or if it has none, as the second member of that name in an archive, with its number. Only those are sorted whose names
# come again, as hashes tell, since DuckDB fails to sort rows of several times its memory.
NAMED = """
    CREATE OR REPLACE TABLE placed AS
    WITH again AS (SELECT hash(source) FROM given GROUP BY ALL HAVING count(*) > 1)
    SELECT place, input, number, digest, bytes, source AS name FROM given WHERE hash(source) NOT IN (FROM again)
    UNION ALL
    SELECT place, input, number, digest, bytes, if(other = '' OR row_number() OVER first = 1, source, other) AS name
    FROM given WHERE hash(source) IN (FROM again)
    WINDOW first AS (PARTITION BY source ORDER BY other <> '', place)
    QUALIFY row_number() OVER (PARTITION BY source, digest ORDER BY place) = 1;

    CREATE OR REPLACE TABLE named AS
    WITH again AS (SELECT hash(name) FROM placed GROUP BY ALL HAVING count(*) > 1)
    SELECT place, input, number, digest, bytes, name AS source FROM placed WHERE hash(name) NOT IN (FROM again)
    UNION ALL
    SELECT place, input, number, digest, bytes, name || if(same = 1, '', format(' ({})', same)) AS source FROM (
        SELECT *, row_number() OVER (PARTITION BY name ORDER BY place) AS same
        FROM placed WHERE hash(name) IN (FROM again)
    );

    DROP TABLE placed
"""
FRESH = """
    CREATE OR REPLACE TABLE fresh AS SELECT named.* FROM named LEFT JOIN sources USING (source)
    WHERE sources.source IS NULL OR sources.digest <> named.digest OR ?
"""
GONE = """
    DELETE FROM sources WHERE source NOT IN (SELECT source FROM named)
    AND (outcome = 'missing' OR (outcome = 'failed' AND input IN (SELECT unnest(?::VARCHAR[]))))
"""

# What follows compares documents by hashes of their names and digests, 64 bits each, since the database fails to join
# names of several times its memory. Were two taken for one, a page would be counted wrongly, or a source that was not
# given would be told of; what is cleaned and kept is decided by names.
UNCOUNTED = """
    CREATE OR REPLACE TABLE to_do AS SELECT place, input, number, source, digest, '' AS site FROM fresh
    WHERE hash(source, digest) NOT IN (SELECT hash(source, digest) FROM pages)
"""
TO_CLEAN = """
    CREATE OR REPLACE TABLE to_do AS
    SELECT place, input, number, source, digest, coalesce(site, '') AS site FROM fresh
    LEFT JOIN (SELECT hash(source, digest) AS document, site FROM pages) AS known
        ON known.document = hash(fresh.source, fresh.digest)
    ANTI JOIN (SELECT source, digest FROM sources WHERE run = ?) AS done USING (source, digest)
"""
STALE = """
    DELETE FROM pages WHERE hash(source, digest) NOT IN (SELECT hash(source, digest) FROM sources)
"""
SOURCES_NAMED = "FROM sources WHERE hash(source) IN (SELECT hash(source) FROM named)"

# The runs that have no figures yet: the present one, and those before it that were killed; and their sources.
UNTOLD_RUNS = """
    SELECT run, count(*) FROM sources WHERE run NOT IN (SELECT run FROM site_runs) GROUP BY run ORDER BY run
"""
# The figures of some runs, for some of the sites: one of so many parts, since the database counts in memory.
SITE_RUNS = """
    INSERT INTO site_runs BY NAME
    WITH fresh_sources AS (FROM sources WHERE run IN (SELECT unnest(?::INTEGER[])) AND hash(site) % ? = ?),
    hits AS (
        SELECT run, site, map_from_entries(list(struct_pack(key := key, value := hits) ORDER BY key)) AS rules FROM (
            SELECT run, site, key, sum(value)::BIGINT AS hits
            FROM (SELECT run, site, unnest(map_entries(rules), recursive := true) FROM fresh_sources) GROUP BY ALL
        ) GROUP BY ALL
    )
    SELECT run, site, count(*) AS documents, count(*) FILTER (outcome <> 'cleaned') AS failed,
        coalesce(sum(list_sum(map_values(labels))), 0)::BIGINT AS characters,
        coalesce(sum(list_sum(list_transform(
            map_entries(labels), lambda one: if(one.key LIKE 'body.%', one.value, 0)
        ))), 0)::BIGINT AS body,
        sum(records)::BIGINT AS records, sum(words)::BIGINT AS words, sum(titles)::BIGINT AS titles,
        sum(dates)::BIGINT AS dates, coalesce(any_value(hits.rules), MAP {}) AS rules, min(source, 3) AS examples
    FROM fresh_sources LEFT JOIN hits USING (run, site) GROUP BY run, site
"""

# These are run over some rows of the other table at a time, since the database joins in memory.
RETOLD = """
    UPDATE sources SET place = retold.place, articles = retold.articles, removed = retold.removed,
        records = retold.records, labels = retold.labels
    FROM (FROM retold WHERE rowid BETWEEN ? AND ?) AS retold WHERE sources.source = retold.source
"""
MOVED = """
    UPDATE sources SET place = moved.place
    FROM (FROM moved WHERE rowid BETWEEN ? AND ?) AS moved WHERE sources.source = moved.source
"""
