"""What was used last, up to a number and a weight: nothing that clients send can fill the memory."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


class Recent(Generic[Key, Kept]):
    """At most `most` things, weighing at most `heaviest` together; the least recently used go first."""

    def __init__(self, most: int, heaviest: int) -> None:
        self.most = most
        self.heaviest = heaviest
        self.weight = 0
        self._kept: OrderedDict[Key, tuple[Kept, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Kept | None:
        """What was kept under `key`, which is now the last one used."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Key, value: Kept, weight: int) -> Kept:
        """Keep `value`, unless it is too heavy alone; returns it."""
        if weight <= self.heaviest:
            self.weight += weight - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = (value, weight)
            while len(self._kept) > self.most or self.weight > self.heaviest:
                self.weight -= self._kept.popitem(last=False)[1][1]
        return value
