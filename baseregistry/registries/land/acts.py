"""What happens to parcels and rights, as acts of one change: subdivide, merge, transfer.

Each function is told the facts that stand at the moment and says all that changes then; it reads and
writes nothing.  The numbers are those of the national catalogue of procedures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from baseregistry import errors
from baseregistry.registries.acts import Act, Period, change, end, register
from baseregistry.registries.declare import Entity
from baseregistry.registries.facts import Fact, NewId
from baseregistry.registries.land.parcels import LAND_USE, LINEAGE, PARCEL
from baseregistry.registries.land.rights import BLOCK, RIGHT

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """The parcel that comes out of a merger, and what stands on it: rights, uses (without their `parcel`)."""

    record_id: UUID
    values: Values
    standing: Sequence[tuple[Entity, Values]] = ()


def subdivide(
    parent: UUID, pieces: Mapping[UUID, Values], carried: Sequence[Fact], at: datetime, new_id: NewId
) -> list[Act]:
    """Split a parcel (procedure 1.012784): the parent is retired, each piece is its child, what lay on it lies on all.

    `pieces` are the new parcels; `carried` all rights, uses and blocks of the parent then.  A carried use loses its
    area, which nobody knows yet; assets move by acts of their own.  Raises errors.Refused ``land.change_blocked``
    when a block stops changes.
    """
    _refuse_blocked(carried)
    acts = [change(PARCEL, parent, Period(at), {"status": "RETIRED"})]
    for child, values in pieces.items():
        acts.append(register(PARCEL, child, Period(at), {"status": "CURRENT", **values}))
        acts.append(_descends(parent, child, "SPLIT", at, new_id))
        acts += _copied(carried, child, at, new_id)
    return acts + [end(fact.entity, fact.record_id, at) for fact in carried]


def merge(parents: Sequence[UUID], merged: Merged, carried: Sequence[Fact], at: datetime, new_id: NewId) -> list[Act]:
    """Merge parcels (procedure 1.012784): the parents are retired, and what stands on the new parcel is said anew.

    `carried` are all rights, uses and blocks of the parents then; they end.  Raises errors.Refused
    ``land.change_blocked`` when a block stops changes.
    """
    _refuse_blocked(carried)
    acts = [register(PARCEL, merged.record_id, Period(at), {"status": "CURRENT", **merged.values})]
    for parent in parents:
        acts.append(change(PARCEL, parent, Period(at), {"status": "RETIRED"}))
        acts.append(_descends(parent, merged.record_id, "MERGER", at, new_id))
    for entity, values in merged.standing:
        acts.append(register(entity, new_id(), Period(at), {**values, "parcel": merged.record_id}))
    return acts + [end(fact.entity, fact.record_id, at) for fact in carried]


def transfer(right: Fact, to: Values, at: datetime, new_id: NewId, burdens: Sequence[Fact] = ()) -> list[Act]:
    """Pass a right on (sale, inheritance, gift, contribution: procedure 1.013831), or a part of its share.

    `to` holds the new `holder`, and whatever else differs (certificate, joint).  With a `share` smaller than the
    right's own the old holder keeps the rest; then `burdens` stay where they are, else they follow the right.
    """
    passed, new = to.get("share"), new_id()
    acts = [register(RIGHT, new, Period(at), {**right.values, **to})]
    whole = Fraction(right.values.get("share") or 1)
    if passed is None or Fraction(passed) == whole:
        moved = [change(RIGHT, burden.record_id, Period(at), {"encumbers": new}) for burden in burdens]
        return [*acts, *moved, end(RIGHT, right.record_id, at)]
    if Fraction(passed) > whole:
        raise errors.Refused(
            f"A share of {passed} cannot be passed on from one of {whole}.",
            code="land.share_too_large",
            hint="Pass on at most the share that the right has.",
            where={"record": str(right.record_id)},
        )
    return [*acts, change(RIGHT, right.record_id, Period(at), {"share": whole - Fraction(passed)})]


def _descends(parent: UUID, child: UUID, kind: str, at: datetime, new_id: NewId) -> Act:
    return register(LINEAGE, new_id(), Period(at), {"parent": parent, "child": child, "kind": kind})


def _copied(carried: Sequence[Fact], child: UUID, at: datetime, new_id: NewId) -> list[Act]:
    """The carried facts said of `child`; a mortgage of a right burdens the copy of that right."""
    copies = {fact.record_id: new_id() for fact in carried}
    acts = []
    for fact in carried:
        values = {**fact.values, "parcel": child}
        if values.get("encumbers") in copies:
            values["encumbers"] = copies[values["encumbers"]]
        if fact.entity is LAND_USE:
            values.pop("area", None)
        acts.append(register(fact.entity, copies[fact.record_id], Period(at), values))
    return acts


def _refuse_blocked(carried: Sequence[Fact]) -> None:
    for fact in carried:
        if fact.entity is BLOCK and fact.values.get("stops_change"):
            raise errors.Refused(
                f"The parcel is blocked: {fact.values.get('document_number') or 'an order'} stops changes.",
                code="land.change_blocked",
                hint="Wait for the order to be lifted, or have the authority that gave it agree.",
                where={"block": str(fact.record_id)},
            )
