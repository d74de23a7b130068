"""The names of the files in an output directory."""

ARTICLES, REMOVED, FAILED = "articles.jsonl", "removed.jsonl", "failed.jsonl"
ROWS = (ARTICLES, REMOVED, FAILED)
TABLES = ("articles.parquet", "removed.parquet")
MANIFEST = "run.json"
STATE = "state.duckdb"  # what every run knows of every source
LOCK = ".lock"
OWNER = ".owner.json"  # who holds the lock
OURS = frozenset((*ROWS, *TABLES, MANIFEST, STATE, f"{STATE}.wal"))
