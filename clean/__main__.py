"""`python -m clean` is the command `clean`."""

from clean.cli import main

main()
