"""Random grants for a document: what it uses, a little more or less, in some units or everywhere."""

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from uuid import UUID

from baseregistry import naming
from baseregistry.registries.declare import Declarations
from tests.access.naive.opening import Grant, plain
from tests.access.naive.paths import How, Root, Use
from tests.access.naive.places import Territory
from tests.graphql.reference.rows import Rows

STARRED, LEFT_OUT, EVERYWHERE, DECOY, TODAY = 0.15, 0.6, 0.15, 0.5, 0.7


class Drawer:
    """Draws from one source of randomness."""

    def __init__(self, declarations: Declarations, rows: Rows, random: Random) -> None:
        self.declarations = declarations
        self.rows = rows
        self.random = random
        units = rows.versions["administration.unit"]
        self.units = sorted({row["record_id"] for row in units})
        self.communes = sorted(
            {row["record_id"] for row in units if row["end"] is None and row["parent"] is not None}
        )  # of today

    def grants(self, roots: Iterable[Root]) -> list[Grant]:
        """One to three; the paths of all are drawn from what the document uses."""
        uses = [use for root in roots for use in self._of(root) if not use.public]
        made = [self._grant(uses) for _ in range(self.random.choice([1, 1, 2, 3]))]
        if self.random.random() < DECOY:
            made.append(Grant(frozenset({"person.*", "parcel.address", "unit.parcels.*"}), self._territory()))
        return self.random.sample(made, len(made))

    def _of(self, root: Root) -> list[Use]:
        """What a root uses; of one that finds any record, of the entities that are named and two others."""
        named = [name for name, uses in root.uses.items() if not plain(uses)] if root.any_entity else list(root.uses)
        named += self.random.sample(list(root.uses), 2) if root.any_entity else []
        return [use for name in named for use in root.uses[name]]

    def _grant(self, uses: Sequence[Use]) -> Grant:
        paths = {path for use in uses for path in self._paths(use)}
        if paths and self.random.random() < LEFT_OUT:
            left_out = self.random.randint(1, min(3, len(paths)))
            paths -= set(self.random.sample(sorted(paths), left_out))
        return Grant(frozenset(paths), self._territory())

    def _paths(self, use: Use) -> Iterator[str]:
        """Paths that open a use."""
        if use.how is How.NAMED:
            yield use.path
        elif use.how is How.VALUE and use.parts and self.random.random() < 0.5:
            yield from (path for part in use.parts for path in self._paths(part))
        elif self.random.random() < STARRED:
            yield f"{use.level}.*"
        elif use.how is How.VALUE:
            yield use.path
        elif use.referred and use.how is not How.TIMES and self.random.random() < 0.5:
            yield use.level
        else:
            names = [naming.field(attribute.name) for attribute in self.declarations.entities[use.entity].attributes]
            yield f"{use.level}.{self.random.choice(names)}"

    def _territory(self) -> Territory | None:
        if self.random.random() < EVERYWHERE:
            return None
        among = self.communes if self.random.random() < TODAY else self.units
        named = self.random.sample(among, self.random.randint(1, min(3, len(among))))
        return Territory(self.rows, frozenset[UUID](named))
