"""The names of the files in an output directory."""

ARTICLES, REMOVED, FAILED = "articles.jsonl", "removed.jsonl", "failed.jsonl"
ROWS = (ARTICLES, REMOVED, FAILED)
TABLES = ("articles.parquet", "removed.parquet")
MANIFEST = "run.json"
STATE = "state.duckdb"  # what every run knows of every source
LINES = ("state.0.lines", "state.1.lines")  # the lines of all sources: one of the two, which the state tells
INDEX = "duplicates.duckdb"  # what the passages and records were, to tell what later ones repeat
WORDS = (f"{INDEX}.0.words", f"{INDEX}.1.words")  # its words, as hashes: one of the two, which the index tells
LOCK = ".lock"
OWNER = ".owner.json"  # who holds the lock
OURS = frozenset((*ROWS, *TABLES, MANIFEST, STATE, f"{STATE}.wal", *LINES, INDEX, f"{INDEX}.wal", *WORDS))
REPORT = "report.html"  # if it is given no other name
