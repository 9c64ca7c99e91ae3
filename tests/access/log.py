"""What the tests of the access log write: entries of made-up requests, through the writer that the service uses."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from baseregistry import db
from baseregistry.access.log.contexts import Context, context
from baseregistry.access.log.groups import Entry
from baseregistry.access.log.keeping import now
from baseregistry.access.log.unpacking import caught_up
from baseregistry.access.log.verification import Verdict, verify
from baseregistry.access.log.writer import Writer
from baseregistry.registries.answer.plan import Told
from tests.conftest import Database

PERSON = Told("population.person", ("full_name",), (), opened=True)
RIGHT = Told("land.right", ("holder",), ("rights.holder",), opened=False)
REGISTERS = ("administration", "land", "population", "enterprise", "access")


def uuid(number: int) -> str:
    return str(UUID(int=number, version=4))


def made_context(**said: Any) -> Context:
    """A context of a land office."""
    texts = {"agency": "So TNMT", "client": "land-portal", "subject": "portal", "official": "can-bo-7", "role": "clerk"}
    texts |= {"purpose": "1.004238", "form": "answer", "operation": "Owner"}
    grants = [{"record": uuid(9), "version": 3, "law": "Luật Đất đai 2024"}]
    return context(
        {**texts, "document": b"\1" * 32, "grants": grants, "paths": ["person.fullName"], **said}, (PERSON, RIGHT)
    )


def entry(number: int, keys: Sequence[bytes] | None = None, **said: Any) -> Entry:
    """The `number`-th entry: one person that was opened, and a right with two subjects."""
    person, right, other = uuid(number), uuid(1000 + number), uuid(2000 + number)
    if keys is None:
        keys = [f"0.{person}.5".encode(), f"1.{right}.6.{person}.{other}.".encode()]
    given = Entry(
        now(),
        now(),
        made_context(),
        f"HS-{number}",
        b"\2" * 16,
        "7",
        "2026-11-23T00:00:00Z",
        b"\3" * 32,
        200,
        None,
        keys,
    )
    return given._replace(**said)


def written(database: Database, *groups: Iterable[Entry]) -> None:
    """Write groups of entries, one after the other."""

    async def write() -> None:
        writer = Writer(database.url, database.settings.schema_name, REGISTERS)
        for group in groups:
            await asyncio.gather(*[writer.keep(one) for one in group])
        await writer.close()

    asyncio.run(write())
    caught_up(database.engine)


def verified(database: Database, **said: Any) -> Verdict:
    """What `verify --access` finds."""
    with db.reading(database.engine) as reading:
        return verify(reading, **said)
