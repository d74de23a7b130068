"""Many sources: finds them, keeps one bad document from costing another, and writes what became of all."""
