"""Results to files and terminals: one file per form."""
