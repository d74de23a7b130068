"""How long is spent in each room."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Clock:
    """Adds up seconds by room."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def room(self, name: str) -> Iterator[None]:
        """Count the time inside the block for a room."""
        start = perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + perf_counter() - start

    def taken(self) -> dict[str, float]:
        """The seconds of each room since this was last asked for."""
        found, self._seconds = self._seconds, {}
        return found
