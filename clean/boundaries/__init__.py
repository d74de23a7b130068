"""Where one story may end and the next begin: the evidence at each line, as figures for a model."""
