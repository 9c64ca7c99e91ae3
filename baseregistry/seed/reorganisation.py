"""2025-07-01: one change that ends the old units, begins the new ones and moves everything from the one to the other.

Whatever refers to a unit as it is at the moment asked (`At.SAME`) is moved, found in the declarations: a parcel
by its geometry where a commune was split, everything else to the default successor.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import shapely

from baseregistry import naming
from baseregistry.registries.acts import Verb
from baseregistry.registries.changes import Draft
from baseregistry.registries.declare import At, Attribute, Declarations, Entity, Geometry
from baseregistry.registries.ledger import Document, Kind, Provenance
from baseregistry.seed.gazetteer import BASIS, REORGANISED
from baseregistry.seed.sheets import Sheets
from baseregistry.seed.units import put
from baseregistry.seed.world import World

UNIT = "administration.unit"
MEMORY = "256MB"  # for sorting and hashing millions of rows once


def moment(world: World) -> datetime:
    """Recorded in the night in which it began to hold."""
    return world.spans.instant(REORGANISED) + timedelta(minutes=5)


def provenance() -> Provenance:
    """Decided by the Standing Committee of the National Assembly."""
    return Provenance(
        kind=Kind.REORGANISATION,
        agency="Ủy ban Thường vụ Quốc hội",
        recorded_by="sample-province",
        document=Document("1659/NQ-UBTVQH15"),
        legal_basis=BASIS,
        reason="Sắp xếp đơn vị hành chính cấp xã; kết thúc hoạt động của cấp huyện; hợp nhất Quảng Nam và Đà Nẵng."
        " Boundaries are synthetic.",
    )


def stage(world: World, draft: Draft) -> int:
    """Stage the whole reorganisation; returns how many records it moves.

    Holds the ledger first: a parcel or residence registered while this reads would stay behind in a commune that ends.
    """
    draft.hold()
    draft.writing.execute(f"SET LOCAL work_mem = '{MEMORY}'")
    since = world.spans.since(REORGANISED)
    unit = draft.installation.declarations.entities[UNIT]
    draft.staging.stage_rows(unit, Verb.END, (), ((record, since) for record in world.units.values()))
    _successors(world, since).register(draft)
    _list_successors(world, draft)
    return sum(
        _move(draft, entity, attribute, since) for entity, attribute in referrers(draft.installation.declarations)
    )


def referrers(declarations: Declarations) -> Iterator[tuple[Entity, Attribute]]:
    """The attributes by which other entities refer to a unit as it is at the moment asked."""
    for entity in declarations.entities.values():
        for attribute, reference in entity.references:
            if reference.to == (UNIT,) and reference.at is At.SAME and entity.full_name != UNIT:
                yield entity, attribute


def _successors(world: World, since: str) -> Sheets:
    sheets, ids = Sheets(), world.identities(moment(world), "successions")
    for place in world.gazetteer.new.values():
        parent = world.today[place.parent] if place.parent else None
        put(sheets, world.today[place.code], since, place, (parent, world.cells.new[place.code]))
    for one in world.gazetteer.successors:
        coverage = "WHOLE" if one.whole else "PART"
        old, new = world.units[one.old], world.today[one.new]
        sheets.put("administration.succession", ids.new(), since, old, new, coverage, one.default, BASIS)
    return sheets


def _list_successors(world: World, draft: Draft) -> None:
    """The temporary table `successor`: old and new unit; for a part, the place that went to it."""
    draft.writing.execute(
        "CREATE TEMP TABLE successor (old uuid, new uuid, is_default boolean, place geometry) ON COMMIT DROP"
    )
    for one in world.gazetteer.successors:
        part = world.cells.parts.get((one.old, one.new))
        draft.writing.execute(
            "INSERT INTO successor VALUES (cast(:old AS uuid), cast(:new AS uuid), :by_default, ST_GeomFromWKB(:place, :srid))",
            {
                "old": world.units[one.old],
                "new": world.today[one.new],
                "by_default": one.default,
                "place": None if part is None else shapely.to_wkb(part),
                "srid": world.plane.srid,
            },
        )
    draft.writing.execute("ANALYZE successor")


def _move(draft: Draft, entity: Entity, attribute: Attribute, since: str) -> int:
    shapes = [one.name for one in entity.attributes if isinstance(one.kind, Geometry)]
    successor = "d.new"
    if shapes:
        inside = f"ST_Contains(p.place, ST_PointOnSurface(t.{shapes[0]}))"
        part = f"SELECT p.new FROM successor p WHERE p.old = d.old AND {inside}"
        successor = f"CASE WHEN d.place IS NULL THEN d.new ELSE coalesce(({part} LIMIT 1), d.new) END"
    return draft.staging.stage_query(
        entity,
        Verb.CHANGE,
        (attribute.name,),
        f"SELECT t.record_id, t.valid * '{since}'::tstzrange AS valid, {successor} AS {attribute.name}"
        f" FROM {naming.table(entity.full_name)} t JOIN successor d ON d.old = t.{attribute.name} AND d.is_default"
        f" WHERE t.recorded_to IS NULL AND t.valid && '{since}'::tstzrange",
    )
