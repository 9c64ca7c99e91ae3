"""From the units that a grant names to all units, old and new, whose records lie inside them today.

An old unit is followed through its successions to the units of today that it went into.  It lies inside when all of
these are granted; when only some are, geometry decides.  Records are compared, never codes: a code is used again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Map:
    """The units that hold today, each with its parent (record ids), and all successions (predecessor, successor)."""

    parents: Mapping[str, str | None]
    successions: tuple[tuple[str, str], ...]

    def within(self, granted: Iterable[str]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """The units that lie wholly in `granted` ones, and (old unit, unit of today inside) for those split partly into them.

        A granted unit that has ended opens nothing: who may look into its successors has to be granted anew.
        """
        today = self._below(unit for unit in granted if unit in self.parents)
        whole = {
            old for old, heirs in self._heirs.items() if heirs and heirs <= today
        }  # none where they go in a circle
        parted = ((old, heir) for old, heirs in self._heirs.items() if old not in whole for heir in heirs & today)
        return tuple(sorted(today | whole)), tuple(sorted(parted))

    def _below(self, granted: Iterable[str]) -> set[str]:
        """The granted units of today and all that lie below them."""
        found, waiting = set[str](), list(granted)
        while waiting:
            unit = waiting.pop()
            if unit not in found:
                found.add(unit)
                waiting += self._children.get(unit, [])
        return found

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children = defaultdict(list)
        for unit, parent in self.parents.items():
            if parent is not None:
                children[parent].append(unit)
        return dict(children)

    @cached_property
    def _heirs(self) -> dict[str, frozenset[str]]:
        """Of each unit that holds no more and went into others: where its records can be today.

        A way that ends in a unit which neither holds today nor went on leads nowhere that can be granted: it stays in
        the set, so such a unit never lies wholly inside.
        """
        onward = defaultdict(set)
        for old, new in self.successions:
            onward[old].add(new)
        return {old: frozenset(self._ends(old, onward)) for old in onward if old not in self.parents}

    def _ends(self, old: str, onward: Mapping[str, set[str]]) -> Iterator[str]:
        seen, waiting = {old}, [old]
        while waiting:
            unit = waiting.pop()
            further = () if unit in self.parents else onward.get(unit, ())
            if not further:
                yield unit
            for heir in further:
                if heir not in seen:
                    seen.add(heir)
                    waiting.append(heir)
