"""The steps of the index in SQL: plain joins and windows, which a larger engine can run as they are."""

from clean.dedupe.candidates import LEADERS

# Texts that are gone in this run, and with them those whose twin or container is.
LOST = """
create or replace temp table lost as
with recursive link as (
    select number, twin as other from texts where gone is null
    union all
    select number, container as other from texts where gone is null and container is not null),
gone as (
    select number from texts where gone = $run
    union
    select link.number from link join gone on link.other = gone.number)
select number, id, collection from texts semi join gone using (number) where texts.gone is null
"""

LOST_COLLECTIONS = "select distinct collection from lost order by collection"

FORGET = "update texts set gone = $run where gone is null and source in (select source from given)"

DISCARD = "update texts set gone = $run where gone is null and id in (select id from given)"

REPLACE = """
update texts set gone = $run
where gone is null and collection = $collection and id in (select id from given)
"""

STAGE = """
create or replace temp table staged as
select id, source, date, digest, length, words from given
"""

STAGE_LOST = """
insert into staged
select id, source, date, digest, length, words from texts semi join lost using (number)
where collection = $collection
"""

# A text of the collection that is looked up anew gets a new row; the old one goes.
RETIRE_LOST = """
update texts set gone = $run
where gone is null and collection = $collection and number in (select number from lost)
"""

# Texts by rank, and which are the same: the first with the same words, of these and of the earlier ones.
RANK = """
create or replace temp table fresh as
with ranked as (
    select *, (select coalesce(max(number), -1) from texts)
        + row_number() over (order by length desc, date nulls last, id) as number
    from staged),
earlier as (
    select digest, min(number) as earlier from texts semi join staged using (digest)
    where gone is null and length > 0 group by digest)
select ranked.*, earlier,
    case when $among and length > 0 then min(number) over (partition by digest) else number end as same
from ranked left join earlier using (digest)
"""

UNSTAGE = "drop table staged"

UNKNOWN = "select number, words from fresh where number = same and earlier is null order by number"

SOUGHT = "create or replace temp table sought as select distinct key, text from given"

HITS = """
select sought.text as text, texts.number as number, count(*) as shared, any_value(length) as length
from sought join keys using (key) join texts on texts.number = keys.text
where gone is null group by sought.text, texts.number order by sought.text, texts.number
"""

WORDS = """
with every as (select number from given union select twin from texts semi join given using (number))
select number, twin, words from texts semi join every using (number) order by number
"""

DECIDE = """
create or replace temp table decided as
with joined as (
    select fresh.number, fresh.id, coalesce(earlier.twin, found.twin) as twin,
        coalesce(earlier.number, fresh.same) as equal,
        coalesce(earlier.similarity, found.similarity) as similarity, coalesce(earlier.adds, found.adds) as adds,
        case when earlier.number is null then found.container else earlier.container end as container,
        case when earlier.number is null then found.share else earlier.share end as share, found.anchor as anchor
    from fresh left join texts as earlier on earlier.number = fresh.earlier
        left join found on found.number = fresh.same)
select number, id, twin, container, share,
    case when twin = number then case when container is null then null else 'contained' end
        when twin = equal then 'exact' else 'near' end as kind,
    case when twin = number then share when twin = equal then 1.0 else similarity end as similarity,
    twin not in (number, equal) and adds as adds, anchor
from joined
"""

INSERT = """
insert into texts
select number, id, $collection, source, date, $run, null, digest, length, words,
    twin, kind, similarity, adds, container, share
from fresh join decided using (number, id)
"""

# Of all texts with a key the first few have it, so that no key has many.
INSERT_KEYS = f"""
insert into keys
with taken as (select key, count(*) as taken from keys semi join sought using (key) group by key),
placed as (
    select key, text, row_number() over (partition by key order by text) as place
    from sought semi join (select number as text from decided where anchor) using (text))
select key, text from placed left join taken using (key) where place + coalesce(taken, 0) <= {LEADERS}
order by text, key
"""

TOLD = """
select decided.id, twins.id as duplicate_of, decided.kind, decided.similarity, decided.adds,
    containers.id as contained_in, case when twins.id is null then containers.date else twins.date end as since
from decided
    left join texts as twins on twins.number = decided.twin and decided.twin <> decided.number
    left join texts as containers on containers.number = decided.container
order by decided.number
"""
