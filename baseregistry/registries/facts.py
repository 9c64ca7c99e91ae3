"""A fact as it stands at a moment: what an act of the domain is told about, before it says what changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from baseregistry.registries.declare import Entity

NewId = Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class Fact:
    """A record of `entity` and its attributes at the moment of the act (absent ones may be left out)."""

    entity: Entity
    record_id: UUID
    values: Mapping[str, Any]
