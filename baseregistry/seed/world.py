"""What every part of the sample province needs to know: its units, its plane, its numbers, its seed."""

from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from baseregistry.seed.cells import Cells
from baseregistry.seed.chance import Identities, stream
from baseregistry.seed.gazetteer import REORGANISED, Gazetteer, Place
from baseregistry.seed.numbering import Numbers
from baseregistry.seed.plane import Plane
from baseregistry.seed.spans import Spans


@dataclass(frozen=True)
class World:
    """`units`, `today`: record ids of the old and the new units by code."""

    number: int
    gazetteer: Gazetteer
    plane: Plane
    cells: Cells
    spans: Spans
    numbering: Numbers
    units: dict[str, str]
    today: dict[str, str]

    def stream(self, *name: object) -> Random:
        return stream(self.number, *name)

    def identities(self, moment: datetime, *name: object) -> Identities:
        """Record ids that begin to exist at `moment`."""
        return Identities(self.stream("identities", *name), moment)

    def province(self, place: Place) -> str:
        """Code of the old province of an old commune: 48 or 49."""
        return self.gazetteer.old[place.parent].parent

    def commune(self, code: str, day: date) -> str:
        """Record id of the commune in which what lies in an old commune lies on `day`, as far as nothing says which part."""
        if day < REORGANISED:
            return self.units[code]
        (new,) = [one.new for one in self.gazetteer.successors if one.old == code and one.default]
        return self.today[new]
