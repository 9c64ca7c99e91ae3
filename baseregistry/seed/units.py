"""The first change: the units as they were, with synthetic boundaries."""

from baseregistry.registries.ledger import Document, Kind, Provenance
from baseregistry.seed.gazetteer import Place
from baseregistry.seed.sheets import Sheets
from baseregistry.seed.spans import ALWAYS
from baseregistry.seed.world import World

STATISTICS = "Cục Thống kê, Bộ Tài chính"


def provenance(people: int, number: int) -> Provenance:
    """Says in the ledger's first change what this ledger is."""
    return Provenance(
        kind=Kind.REGISTRATION,
        agency=STATISTICS,
        recorded_by="sample-province",
        document=Document("vietnamadminunits 1.0.4 (MIT)"),
        reason=f"Sample province of {people} invented people, seed {number}: no real person, no real parcel. The units"
        " are real, their boundaries are synthetic cells around their points.",
    )


def register(world: World) -> Sheets:
    """The old units: always known, as far as this register goes."""
    sheets = Sheets()
    for place in world.gazetteer.old.values():
        parent = world.units[place.parent] if place.parent else None
        put(sheets, world.units[place.code], ALWAYS, place, (parent, world.cells.old[place.code]))
    return sheets


def put(sheets: Sheets, record_id: str, valid: str, place: Place, within: tuple[str | None, object]) -> None:
    """One unit on a sheet; `within` is its parent and its boundary."""
    sheets.put("administration.unit", record_id, valid, place.code, place.name, place.kind, place.level, *within)
