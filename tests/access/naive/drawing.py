"""Random grants for a document: what it uses, a little more or less, in some units or everywhere."""

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from uuid import UUID

from baseregistry import naming
from baseregistry.registries.declare import Declarations
from baseregistry.registries.masks import mask_of
from tests.access.naive.opening import ANY, VALUES, Grant, plain
from tests.access.naive.paths import Root
from tests.access.naive.places import Territory
from tests.access.naive.uses import How, Use
from tests.graphql.reference.rows import Rows

MASKED, MASKED_IN_VAIN, OTHERWISE = 0.5, 0.05, 0.8
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
        masked = {use.path for use in uses if use.path in paths and self._masks(use)}
        return Grant(frozenset(paths - masked), self._territory(), frozenset(masked))

    def _masks(self, use: Use) -> bool:
        """Whether to grant a path masked only."""
        attributes = self.declarations.entities[use.entity].attributes
        attribute = next((one for one in attributes if naming.field(one.name) == use.name), None)
        if use.how is not How.VALUE or attribute is None or mask_of(attribute) is None:
            return False
        return self.random.random() < (MASKED if use.masked else MASKED_IN_VAIN)

    def _paths(self, use: Use) -> Iterator[str]:
        """Paths that open a use."""
        if use.how is How.NAMED:
            yield use.path
        elif use.how is How.TOLD:
            yield from [use.path] if self.random.random() < 0.5 else []
        elif use.how in {How.VALUE, How.ANSWER} and use.parts and self.random.random() < 0.5:
            yield from (path for part in use.parts for path in self._paths(part))
        elif use.how is How.ANSWER:
            yield from self._answer(use)
        elif self.random.random() < STARRED:
            yield f"{use.level}.*"
        elif use.how is How.VALUE:
            yield use.path
        elif use.referred and use.how is not How.TIMES and self.random.random() < 0.5:
            yield use.level
        else:
            names = [naming.field(attribute.name) for attribute in self.declarations.entities[use.entity].attributes]
            yield f"{use.level}.{self.random.choice(names)}"

    def _answer(self, use: Use) -> Iterator[str]:
        """Paths of an answer, with what it is asked and other values."""
        if not use.given:
            yield use.path
        for argument, value in use.given:
            if argument in VALUES:
                values = {value, "19", "48"} if self.random.random() < OTHERWISE else {"19", "48"}
                yield from (f"{use.path}.{argument}{one}" for one in values)
            elif argument in ANY:
                yield f"{use.path}.{argument}"

    def _territory(self) -> Territory | None:
        if self.random.random() < EVERYWHERE:
            return None
        among = self.communes if self.random.random() < TODAY else self.units
        named = self.random.sample(among, self.random.randint(1, min(3, len(among))))
        return Territory(self.rows, frozenset[UUID](named))
