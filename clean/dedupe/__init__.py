"""Near-identical passages and articles: fingerprints now, an index of them next."""
