"""A refusal, and that it left nothing behind."""

from typing import Any

import pytest

from baseregistry import errors
from baseregistry.registries.acts import Act
from baseregistry.registries.ledger import Kind
from tests.registries.ledger.register import Ground, say


def refused(ground: Ground, code: str, *acts: Act, sort: Kind = Kind.CORRECTION, **more: Any) -> errors.RegisterError:
    """The refusal, which carries `code`, a message and no trace in the database."""
    before = everything(ground)
    with pytest.raises(errors.RegisterError) as refusal:
        say(ground, *acts, sort=sort, **more)
    assert refusal.value.code == code, refusal.value.message
    assert refusal.value.message.strip()
    assert everything(ground) == before
    return refusal.value


def everything(ground: Ground) -> list[Any]:
    """How much stands in every table, and which head."""
    tables = ("record", "ledger_change", "test_place", "test_thing", "test_link")
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    return ground.rows(
        f"SELECT {counts}, (SELECT encode(head, 'hex') FROM ledger_change ORDER BY position DESC LIMIT 1)"
    )
