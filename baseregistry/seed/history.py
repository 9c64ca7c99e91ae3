"""The years after the first load, change by change in the order of the invented clock: what happened to people and
parcels, what the law changed, and the reorganisation in their midst."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from heapq import merge
from random import Random

from baseregistry.registries.changes import Draft
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.seed import decrees, reorganisation
from baseregistry.seed.companies import Firm
from baseregistry.seed.dates import FIRST, MORNING
from baseregistry.seed.deeds import Deeds, Event
from baseregistry.seed.families import Household
from baseregistry.seed.feed import Feed
from baseregistry.seed.gazetteer import REORGANISED
from baseregistry.seed.loading import Community
from baseregistry.seed.reissues import Reissues
from baseregistry.seed.rights import Holding
from baseregistry.seed.transactions import Transactions
from baseregistry.seed.vital import Vital, foresee
from baseregistry.seed.world import World

LEAST_EVENTS, MOST_EVENTS, PEOPLE_PER_EVENT = 10, 400, 300
PARCELS_PER_ID = 30
CORRECTED_BIRTHS = 2  # of a portion, at most
BEFORE, REORGANISATION, SINCE = "Until the reorganisation", "Reorganisation", "Since the reorganisation"
QUARTERS = {BEFORE: 19, SINCE: 6}


@dataclass(frozen=True, slots=True)
class Entry:
    """A change to record."""

    moment: datetime
    provenance: Provenance
    fill: Callable[[Draft], object]

    @property
    def phase(self) -> str:
        if self.provenance.kind is Kind.REORGANISATION:
            return REORGANISATION
        return BEFORE if self.moment.date() < REORGANISED else SINCE


@dataclass
class History:
    """Gathers, portion by portion, what will happen; then tells it in order."""

    world: World
    deeds: Deeds
    people: int
    banks: list[Firm]
    _vital: list[Vital] = field(default_factory=list)
    _events: list[Event] = field(default_factory=list)
    _issued: list[Holding] = field(default_factory=list)

    def gather(self, number: int, portions: int, communities: list[Community]) -> None:
        """Choose what will happen in one portion of `portions`."""
        random = self.world.stream("history", number)
        households = [household for community in communities for household in community.households]
        self._vital += foresee(households, [community.place for community in communities], random)
        ids = self.world.identities(datetime.combine(FIRST, MORNING), "history", number)
        calm = [household for household in households if not household.busy]
        self._correct_births(calm, Reissues(self.world, self.deeds, random, ids))
        holdings = [holding for community in communities for holding in community.holdings]
        free = [holding for holding in holdings if _free(holding)]
        wanted = max(LEAST_EVENTS, min(MOST_EVENTS, self.people // PEOPLE_PER_EVENT))
        chosen = random.sample(free, min(len(free), -(-wanted // portions))) if calm else []
        adults = [adult for household in calm for adult in household.adults]
        makes = Transactions(self.world, self.deeds, random, ids, adults, self.banks)
        for turn, holding in enumerate(chosen, start=number * len(chosen)):
            self._events += makes.sorts[turn % len(makes.sorts)](holding)
        self._number(random, sorted(set(holdings) - set(chosen), key=lambda one: one.id), portions)

    def _correct_births(self, households: list[Household], reissues: Reissues) -> None:
        """One or two of a portion."""
        for household in reissues.random.sample(households, min(len(households), CORRECTED_BIRTHS)):
            person = reissues.random.choice(household.adults or household.members)
            if not person.turned:
                self._events.append(reissues.correct(household, person))

    def _number(self, random: Random, holdings: list[Holding], portions: int) -> None:
        """Some parcels that nothing happens to will get a national ID."""
        count = min(-(-len(holdings) // PARCELS_PER_ID), decrees.MOST_PARCEL_IDS // portions)
        self._issued += random.sample(holdings, count)

    def expected(self, phase: str) -> int:
        """About how many changes a phase will have."""
        if phase == REORGANISATION:
            return 1
        moments = [event.moment for event in self._events]
        return sum((moment.date() < REORGANISED) == (phase == BEFORE) for moment in moments) + QUARTERS[phase]

    def entries(self) -> Iterator[Entry]:
        """All changes after the first load, in the order in which they are recorded."""
        feed = Feed(self.world, self.deeds, self.world.stream("feed")).changes(self._vital)
        told = sorted([*map(_told, self._events), *self._decreed()], key=_moment)
        return merge(told, map(_told, feed), key=_moment)

    def _decreed(self) -> Iterator[Entry]:
        world = self.world
        yield Entry(*decrees.old_cards_end(), partial(decrees.end_old_cards, world))
        moment, provenance = reorganisation.moment(world), reorganisation.provenance()
        yield Entry(moment, provenance, partial(reorganisation.stage, world))
        yield Entry(*decrees.tax_codes_change(), partial(decrees.change_tax_codes, world))
        if self._issued:
            yield Entry(*decrees.parcel_ids_begin(), partial(decrees.give_parcel_ids, world, holdings=self._issued))


def _free(holding: Holding) -> bool:
    """One holder, one right, nothing in the way, and a holder to whom nothing else will happen."""
    calm = holding.household is not None and not holding.household.busy
    return calm and holding.holder is not None and len(holding.rights) == 1 and not holding.mortgaged


def _told(event: Event) -> Entry:
    return Entry(event.moment, event.provenance, lambda draft: draft.staging.stage(event.acts))


def _moment(entry: Entry) -> datetime:
    return entry.moment
