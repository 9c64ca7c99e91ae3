"""Birth dates that were never right: corrected for all time, and with them the personal ID, which is cancelled and
issued anew (Decree 70/2024, art. 11)."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from baseregistry.registries.ledger import Document, Kind
from baseregistry.seed.agencies import provenance
from baseregistry.seed.chance import Identities
from baseregistry.seed.dates import recorded, some_day
from baseregistry.seed.deeds import Deeds, Event
from baseregistry.seed.families import Household, Person
from baseregistry.seed.population import POLICE
from baseregistry.seed.spans import exact_day
from baseregistry.seed.world import World


@dataclass
class Reissues:
    """Makes such corrections."""

    world: World
    deeds: Deeds
    random: Random
    ids: Identities

    def correct(self, household: Household, person: Person) -> Event:
        """The year of birth was one too late; a new number from the day on which that was found."""
        day, province = some_day(self.random), self.world.province(household.place)
        born = person.born - timedelta(days=365)
        moment, number = recorded(self.random, day), self.world.numbering.personal_id(province, person.sex, born)
        acts = [
            self.deeds.add("population.person", person.id, born, person.born, **self._facts(person, born)),
            self.deeds.correct("population.person", person.id, person.born, birth_date=exact_day(born)),
        ]
        if person.identifier:
            acts.append(self.deeds.change("population.identifier", person.identifier, day, status="CANCELLED"))
        acts.append(
            self.deeds.register(
                "population.identifier",
                self.ids.new(),
                day,
                person=person.id,
                scheme="PERSONAL_ID",
                number=number,
                issued_on=day,
                issuer=POLICE,
                status="IN_USE",
            )
        )
        said = {
            "reason": "Năm sinh ghi sai so với sổ đăng ký khai sinh",
            "document": Document(f"{self.random.randint(1, 900)}/TĐ-HT", day),
            "legal_basis": "Nghị định 70/2024/NĐ-CP, Điều 6, Điều 11",
            "case": f"{province}.{self.random.randint(1, 99_999):05d}.{day.year}",
        }
        return Event(moment, provenance("population", province, moment, Kind.CORRECTION, **said), acts)

    def _facts(self, person: Person, born: date) -> dict[str, str | None]:
        """All that was registered of the person, for the time that the register had left out."""
        return {
            "full_name": person.name,
            "sex": person.sex,
            "birth_date": exact_day(born),
            "birthplace": person.places[0],
            "native_place": person.places[1],
            "ethnicity": person.people,
            "nationality": "VN",
            "marital_status": "SINGLE",
            "status": "ALIVE",
        }
