"""Values that are not of their kind: the doors read them first, and the tables refuse what comes past the doors."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from baseregistry.registries.acts import register
from baseregistry.registries.declare import Entity
from tests.registries.ledger.refusals import refused
from tests.registries.ledger.register import LINK, PLACE, THING, Ground, period

SINCE = period(4, None)
BAD_VALUES: list[tuple[Any, dict[str, Any]]] = [
    (THING, {"n": 1}),  # the name is missing
    (THING, {"name": None}),
    (THING, {"name": "An", "n": -1}),
    (THING, {"name": "An", "n": 10**9}),  # ten digits where nine are declared
    (THING, {"name": "An", "n": 2**40}),
    (THING, {"name": "An", "n": "many"}),
    (THING, {"name": ""}),
    (THING, {"name": "x" * 401}),
    (THING, {"name": "a\0b"}),
    (THING, {"name": "\ud800"}),
    (THING, {"name": "An", "place": "not an id"}),
    (PLACE, {"code": "v", "size": Decimal("1e12")}),
    (PLACE, {"code": "v", "size": Decimal("NaN")}),
    (PLACE, {"code": "v", "size": Decimal("Infinity")}),
    (PLACE, {"code": "v", "spot": "POINT(1"}),
    (LINK, {"share": "0/1"}),
    (LINK, {"share": "5/3"}),
    (LINK, {"share": "half"}),
    (LINK, {"open": "perhaps"}),
    (LINK, {"day": "infinity"}),
    (LINK, {"day": "1-1-1 BC"}),
    (PLACE, {"code": "v", "since": "empty"}),
    (PLACE, {"code": "v", "since": "[1956-01-01,)"}),
]


@pytest.mark.parametrize(("entity", "values"), BAD_VALUES, ids=[str(values)[:40] for _, values in BAD_VALUES])
def test_a_value_not_of_its_kind_is_refused_by_the_table_too(
    ground: Ground, entity: Entity, values: dict[str, Any]
) -> None:
    """The doors read values first; whatever comes past them is refused here, in the register's words."""
    refused(ground, "input.bad_value", register(entity, uuid4(), SINCE, values))


def test_what_the_entity_does_not_have_is_refused(ground: Ground) -> None:
    refused(ground, "input.unknown_attribute", register(THING, uuid4(), SINCE, {"name": "An", "size": 1}))
