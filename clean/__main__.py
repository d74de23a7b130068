"""`python -m clean` is the command `clean`."""

from clean.cli import main

if __name__ == "__main__":
    main()
