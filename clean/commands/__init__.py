"""The larger commands, each in its own file; `clean/cli.py` lists them all."""
