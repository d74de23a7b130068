"""Near-identical passages and articles: fingerprints, and an index that tells what each repeats."""
