"""The steps of the index in SQL: plain joins and windows, which a larger engine can run as they are."""

# Texts that have lost what they repeat: their twin or container is gone in this run, or is lost itself. They are found
# step by step, each a scan of the texts: a recursive query would hold a table of all twins in memory.
LOST = """
create or replace temp table lost as select number, id, collection from texts where false;
create or replace temp table losing as select number from texts where gone = $run
"""

ANY_LOSING = "select 1 from losing limit 1"

LOSING = """
create or replace temp table losing as
select number from texts where gone is null and number not in (select number from lost)
    and (twin in (select number from losing) or container in (select number from losing));
insert into lost select number, id, collection from texts semi join losing using (number)
"""

LOST_COLLECTIONS = "select distinct collection from lost order by collection"

FORGET = "update texts set gone = $run where gone is null and source in (select source from given)"

DISCARD = "update texts set gone = $run where gone is null and id in (select id from given)"

REPLACE = """
update texts set gone = $run
where gone is null and collection = $collection and id in (select id from staged)
"""

STAGED = """
create or replace temp table staged (
    place bigint, id varchar, source varchar, date varchar, digest ubigint, length bigint, words bigint)
"""

STAGE = "insert into staged by name select * from given"

LOST_TEXTS = """
select id, source, date, digest, length, words from texts semi join lost using (number)
where collection = $collection order by number
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
    select place, id, digest, length, words, (select coalesce(max(number), -1) from texts)
        + row_number() over (order by length desc, date nulls last, id) as number
    from staged),
firsts as (select digest, min(number) as first from ranked where length > 0 group by digest),
earlier as (
    select digest, min(number) as earlier from texts semi join staged using (digest)
    where gone is null and length > 0 group by digest)
select ranked.*, earlier, case when $among and length > 0 then first else number end as same
from ranked left join firsts using (digest) left join earlier using (digest)
"""

UNKNOWN = "select number, place, words, length from fresh where number = same and earlier is null order by number"

ANY = "select exists (select 1 from texts where gone is null) as there"

WITH_KEYS = "select key, text from keys semi join given using (key)"

# Texts that are not gone, and their twins, which are not either: what has lost its twin is looked up anew, and gone.
MET = """
with met as (select number, twin from texts semi join given using (number) where gone is null),
every as (select number from met union select twin from met)
select number, twin, words, length from texts semi join every using (number) order by number
"""

DECIDE = """
create or replace temp table decided as
with joined as (
    select fresh.number, fresh.id, coalesce(earlier.twin, found.twin, fresh.same) as twin,
        coalesce(earlier.number, fresh.same) as equal,
        coalesce(earlier.similarity, found.similarity) as similarity, coalesce(earlier.adds, found.adds) as adds,
        case when earlier.number is null then found.container else earlier.container end as container,
        case when earlier.number is null then found.share else earlier.share end as share
    from fresh left join texts as earlier on earlier.number = fresh.earlier
        left join given as found on found.number = fresh.same)
select number, id, twin, container, share,
    case when twin = number then case when container is null then null else 'contained' end
        when twin = equal then 'exact' else 'near' end as kind,
    case when twin = number then share when twin = equal then 1.0 else similarity end as similarity,
    twin not in (number, equal) and adds as adds
from joined
"""

INSERT = """
insert into texts
select number, staged.id, $collection, source, date, $run, null, staged.digest, staged.length, staged.words,
    twin, kind, similarity, adds, container, share
from staged join fresh using (place) join decided using (number)
"""

INSERT_KEYS = "insert into keys select key, text from given"

TELLING = """
create or replace temp table told (
    source varchar, is_earlier boolean, id varchar, duplicate_of varchar, kind varchar, similarity double, adds boolean,
    contained_in varchar, since varchar)
"""

# The texts that others repeat: these few are joined by their numbers then, and not all there are.
REPEATED = """
create or replace temp table repeated as
with numbers as (select twin as number from decided where twin <> number union select container from decided)
select number, id, date from texts semi join numbers using (number)
"""

# What repeats something, and earlier texts that do or do so no more: `new` is how many of the staged texts are new.
TELL = """
insert into told
select staged.source, place >= $new, decided.id, twins.id, decided.kind, decided.similarity, decided.adds,
    containers.id, case when twins.id is null then containers.date else twins.date end
from decided join fresh using (number) join staged using (place)
    left join repeated as twins on twins.number = decided.twin and decided.twin <> decided.number
    left join repeated as containers on containers.number = decided.container
where decided.kind is not null or place >= $new
"""

REPEATS = """
select source, id, duplicate_of, kind, similarity, adds, contained_in, since
from told where source between $first and $last
"""

ANEW = "select source from told where is_earlier"

TOLD = """
select decided.id, twins.id as duplicate_of, decided.kind, decided.similarity, decided.adds,
    containers.id as contained_in, case when twins.id is null then containers.date else twins.date end as since
from decided
    left join repeated as twins on twins.number = decided.twin and decided.twin <> decided.number
    left join repeated as containers on containers.number = decided.container
order by decided.number
"""

# Which of the two files holds the words, up to where it counts, and how many words there are of texts that are there.
WRITTEN = """
select words, (select coalesce(max(words + length), 0) from texts),
    (select coalesce(sum(length), 0)::bigint from texts)
from about
"""

SOME = "select number, words, length from texts where number > $last order by number limit 250000"

LAST = "select words, length, digest, collection from texts where length > 0 order by words desc limit 3"

MOVE = "update texts set words = given.words from given where texts.number = given.number"
