"""The names of the files in an output directory."""

ARTICLES, REMOVED, FAILED = "articles.jsonl", "removed.jsonl", "failed.jsonl"
ROWS = (ARTICLES, REMOVED, FAILED)
TABLES = ("articles.parquet", "removed.parquet")
MANIFEST = "run.json"
STATE = "state.duckdb"  # what every run knows of every source
INDEX = "duplicates.duckdb"  # what the passages and records were, to tell what later ones repeat
LOCK = ".lock"
OWNER = ".owner.json"  # who holds the lock
OURS = frozenset((*ROWS, *TABLES, MANIFEST, STATE, f"{STATE}.wal", INDEX, f"{INDEX}.wal"))
