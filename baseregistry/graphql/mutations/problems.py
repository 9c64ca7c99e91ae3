"""What is wrong with a change that was sent: gathered with the path at which each was said, and told together."""

from collections.abc import Callable
from typing import TypeVar

from baseregistry import errors

MOST = 20  # told at once

T = TypeVar("T")


class Unreadable(Exception):
    """What cannot be read of a change: each error has its path in ``where``."""

    def __init__(self, found: list[errors.RegisterError]) -> None:
        super().__init__(found[0].message)
        self.found = tuple(found)


class Problems:
    """Gathers what cannot be read."""

    def __init__(self) -> None:
        self.found: list[errors.RegisterError] = []

    def reading(self, path: str, read: Callable[[], T]) -> T | None:
        """What `read` answers; None when it refuses, and that is gathered."""
        try:
            return read()
        except errors.BadInput as failure:
            self.add(path, failure)
            return None

    def refuse(self, path: str, said: str, code: str, hint: str) -> None:
        """Gather what is wrong at `path`."""
        self.add(path, errors.BadValue(f"{path} {said}.", code=code, hint=hint))

    def add(self, path: str, failure: errors.RegisterError) -> None:
        """Gather `failure` as said at `path`; of too many the first are told."""
        failure.where["path"] = path
        self.found.append(failure)
        if len(self.found) >= MOST:
            self.settle()

    def settle(self) -> None:
        """Raise `Unreadable` if anything was gathered."""
        if self.found:
            raise Unreadable(self.found)
