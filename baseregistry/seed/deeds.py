"""Acts as events state them: by the name of the entity, from the first instant of a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from baseregistry.registries.acts import Act, Period, Verb
from baseregistry.registries.declare import Declarations
from baseregistry.registries.ledger import Provenance
from baseregistry.seed.spans import Spans


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as one change: recorded at `moment`."""

    moment: datetime
    provenance: Provenance
    acts: Sequence[Act]


@dataclass(frozen=True, slots=True)
class Deeds:
    """Makes acts."""

    declarations: Declarations
    spans: Spans

    def register(self, entity: str, record_id: str, since: date, **values: Any) -> Act:
        """A record that holds from `since` on."""
        return self._act(Verb.REGISTER, entity, record_id, since, values)

    def add(self, entity: str, record_id: str, first: date, last: date, **values: Any) -> Act:
        """A record that is known already held from `first` until `last` too."""
        period = Period(self.spans.instant(first), self.spans.instant(last))
        return Act(Verb.REGISTER, self.declarations.entities[entity], UUID(record_id), period, values)

    def change(self, entity: str, record_id: str, since: date, **values: Any) -> Act:
        """The world changed on `since`."""
        return self._act(Verb.CHANGE, entity, record_id, since, values)

    def correct(self, entity: str, record_id: str, since: date, **values: Any) -> Act:
        """It was so from `since` on, whatever is known for later."""
        return self._act(Verb.CHANGE, entity, record_id, since, values, across=True)

    def end(self, entity: str, record_id: str, on: date) -> Act:
        """A relation holds no longer from `on` on."""
        return self._act(Verb.END, entity, record_id, on, {})

    def retract(self, entity: str, record_id: str) -> Act:
        """It was never so."""
        return Act(Verb.RETRACT, self.declarations.entities[entity], UUID(record_id), Period(), {}, True)

    def _act(  # noqa: PLR0913 - what an act says
        self, verb: Verb, entity: str, record_id: str, since: date, values: dict[str, Any], across: bool = False
    ) -> Act:
        period = Period(self.spans.instant(since), None)
        return Act(verb, self.declarations.entities[entity], UUID(record_id), period, values, across)
