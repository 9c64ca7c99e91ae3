"""`baseregistry seed`: a province of invented people over seven years, written like any other history."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import shapely
import sqlalchemy as sa

from baseregistry import db, errors
from baseregistry.registries import ledger
from baseregistry.registries.tables import Installation
from baseregistry.seed import cells, gazetteer, plan, units
from baseregistry.seed.chance import Identities, stream
from baseregistry.seed.chronicle import Chronicle, Phase
from baseregistry.seed.deeds import Deeds
from baseregistry.seed.history import REORGANISATION, History
from baseregistry.seed.loading import Loaded, Loading
from baseregistry.seed.numbering import Numbers
from baseregistry.seed.plane import plane
from baseregistry.seed.progress import Progress, Silent
from baseregistry.seed.spans import Spans
from baseregistry.seed.world import World

SEED = 49
FIRST_DAY = datetime(2019, 1, 2, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written: versions by entity, time by phase, the ledger's head; `reorganisation_held_s` is the time
    for which the reorganisation held the ledger, from the lock to the commit."""

    people: int
    number: int
    positions: int
    head: bytes
    rows: dict[str, int]
    phases: tuple[Phase, ...]
    reorganisation_held_s: float

    def report(self) -> str:
        """A line for each phase: changes, versions, seconds, versions per second; then what the reorganisation held up."""
        lines = [f"{'':<26}{'changes':>9}{'versions':>12}{'seconds':>10}{'per second':>12}"]
        for phase in self.phases:
            pace = f"{phase.rows / phase.seconds:,.0f}" if phase.rows else ""
            lines.append(f"{phase.title:<26}{phase.changes:>9,}{phase.rows:>12,}{phase.seconds:>10.1f}{pace:>12}")
        held = (
            f"The reorganisation held the ledger for {self.reorganisation_held_s:.1f} s, from the lock to the commit."
        )
        return "\n".join([*lines, held])


def seed(
    engine: sa.Engine, installation: Installation, people: int, progress: Progress | None = None, *, number: int = SEED
) -> Summary:
    """Write the sample province of `people` people into an empty ledger; equal arguments write equal bytes.

    Raises errors.Refused when the ledger is not empty, or its CRS not metric.
    """
    if people < 1:
        raise errors.BadInput(f"A province of {people} people has nothing to show.", code="seed.no_people")
    _refuse_history(engine)
    chronicle = Chronicle(engine, installation, f"sample province {number}".encode(), progress or Silent())
    world = _world(installation, number)
    with chronicle.phase("Units", 1):
        chronicle.record(FIRST_DAY, units.provenance(people, number), units.register(world).register)
        chronicle.progress.advance(1)
    history = _load(world, chronicle, people)
    held = _tell(history, chronicle)
    with chronicle.phase("Tidying up", 1):
        chronicle.tidy()
        chronicle.progress.advance(1)
    return _summary(chronicle, people, number, held)


def _load(world: World, chronicle: Chronicle, people: int) -> History:
    """Record the first load; the next portion is thought up while the database works on this one."""
    loading = Loading(world)
    history = History(world, Deeds(chronicle.installation.declarations, world.spans), people, loading.banks)
    portions = plan.portions(world.gazetteer, world.cells, people)

    def prepare(number: int) -> Loaded:
        loaded = loading.prepare(number, portions[number])
        history.gather(number, len(portions), loaded.communities)
        return loaded

    with chronicle.phase("People, firms and parcels", people):
        for loaded in ahead(prepare, range(len(portions))):
            for moment, provenance, sheet in loaded.changes:
                chronicle.record(moment, provenance, sheet.register)
            chronicle.progress.advance(loaded.people)
    return history


def ahead(make: Callable[[int], Loaded], numbers: Iterable[int]) -> Iterator[Loaded]:
    """What `make` makes of each number, in order; one is always being made, in a thread, while another is used."""
    with ThreadPoolExecutor(max_workers=1) as worker:
        waiting: Future[Loaded] | None = None
        for number in numbers:
            made, waiting = waiting, worker.submit(make, number)
            if made:
                yield made.result()
        if waiting:
            yield waiting.result()


def _tell(history: History, chronicle: Chronicle) -> float:
    """Record all that happened later; returns for how long the reorganisation held the ledger, in seconds."""
    held = 0.0
    for title, entries in groupby(history.entries(), key=lambda entry: entry.phase):
        with chronicle.phase(title, history.expected(title)):
            for entry in entries:
                chronicle.record(entry.moment, entry.provenance, entry.fill)
                chronicle.progress.advance(1)
        held = chronicle.held_s if title == REORGANISATION else held
    return held


def _refuse_history(engine: sa.Engine) -> None:
    with db.reading(engine) as reading:
        if position := ledger.head(reading).position:
            raise errors.Refused(
                f"The ledger already holds {position} changes; sample data goes into an empty database only.",
                code="seed.ledger_not_empty",
                hint="Use another database, or another BASEREGISTRY_DATA folder.",
            )


def _world(installation: Installation, number: int) -> World:
    places, ground = gazetteer.read(), plane(installation.srid)
    ids = Identities(stream(number, "units"), FIRST_DAY)
    drawn = cells.draw(places, ground)
    for boundary in (*drawn.old.values(), *drawn.new.values()):
        assert shapely.is_valid(boundary)
    return World(
        number=number,
        gazetteer=places,
        plane=ground,
        cells=drawn,
        spans=Spans(installation.zone),
        numbering=Numbers(stream(number, "numbers")),
        units={code: ids.new() for code in places.old},
        today={code: ids.new() for code in places.new},
    )


def _summary(chronicle: Chronicle, people: int, number: int, held: float) -> Summary:
    assert chronicle.last is not None
    return Summary(
        people,
        number,
        chronicle.last.position,
        chronicle.last.head,
        dict(chronicle.written),
        tuple(chronicle.phases),
        held,
    )
