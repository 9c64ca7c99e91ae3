"""What happens to persons, as acts of one change: a death and all that it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg.types.range import DateRange

from baseregistry.registries.acts import Act, Period, change, end, register
from baseregistry.registries.facts import Fact, NewId
from baseregistry.registries.population.persons import CIVIL_EVENT, PERSON


@dataclass(frozen=True, slots=True)
class Death:
    """A death as the commune registers it: whose, when (as far as known), from which instant on, and the entry."""

    person: UUID
    day: DateRange
    at: datetime
    place: UUID | None = None
    registered_on: date | None = None
    entry_number: str | None = None


def register_death(death: Death, ending: Sequence[Fact], new_id: NewId, spouse: UUID | None = None) -> list[Act]:
    """Register a death (procedure 1.000656): the person's status, the event, and the end of `ending`.

    `ending` are the residences, memberships and relations that end with the person; rights in land do not: they
    wait for the heirs.  The record stays valid, its civil status is locked (Law 60/2014/QH13, art. 34).
    """
    event = {
        "person": death.person,
        "kind": "KT",
        "occurred_on": death.day,
        "place": death.place,
        "registered_on": death.registered_on,
        "entry_number": death.entry_number,
    }
    acts = [
        change(PERSON, death.person, Period(death.at), {"status": "DECEASED", "death_date": death.day}),
        register(CIVIL_EVENT, new_id(), Period(death.at), event),
    ]
    if spouse is not None:
        acts.append(change(PERSON, spouse, Period(death.at), {"marital_status": "WIDOWED"}))
    return acts + [end(fact.entity, fact.record_id, death.at) for fact in ending]
