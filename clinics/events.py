"""How news travels up: the lower app owns the event, a higher app hears it.

A handler runs in the transaction of the verb that told the news, only writes rows, and by
raising undoes the verb. Imports tell no news (docs/decisions/events.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

News = TypeVar("News")


class Event(Generic[News]):
    """One kind of news. `News` is a frozen dataclass that carries its arguments."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._handlers: list[Callable[[News], None]] = []

    def handler(self, function: Callable[[News], None]) -> Callable[[News], None]:
        """Register a handler (in the higher app's `handlers.py`, loaded by its apps.py)."""
        if function not in self._handlers:
            self._handlers.append(function)
        return function

    def tell(self, news: News) -> None:
        """Call every handler, in the order they were registered."""
        for function in self._handlers:
            function(news)
