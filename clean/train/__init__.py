"""Models out of labelled documents: only those who train need this room, and its further packages."""
