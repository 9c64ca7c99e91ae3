"""What was answered at a position stands until something that was known then is destroyed by law."""

import asyncio

import pytest

from baseregistry import db, errors
from baseregistry.registries.answer import Limits, Pool, standing
from baseregistry.registries.answer.plan import Answer
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.ledger import Kind, Provenance
from baseregistry.registries.redaction import Redaction, redact
from tests.conftest import Database
from tests.registries.scene import Scene


async def _stands(database: Database, values: list[object]) -> Answer:
    pool = await Pool.open(database.url, database.installation.schema, Limits(connections=1))
    try:
        return await pool.run(standing(database.installation, hashed=len(values) == 2), values)
    finally:
        await pool.close()


def stands(database: Database, *values: object) -> Answer:
    return asyncio.run(_stands(database, list(values)))


def test_a_redaction_is_told_of_every_position_before_it(database: Database) -> None:
    scene = Scene(database)
    person = scene.person()
    scene.tell()
    scene.person()
    scene.tell()
    before = [stands(database, position) for position in (1, 2)]
    assert [answer.data for answer in before] == [(b"null",), (b"null",)]
    law = Provenance(kind=Kind.REDACTION, agency="Bộ Công an", recorded_by="an", approved_by="bình", legal_basis="Luật")
    with db.writing(database.engine) as writing:
        wanted = Redaction(DECLARATIONS.entities["population.person"], person, ("full_name",))
        redact(writing, database.installation, law, [wanted])
    after = [stands(database, position) for position in (1, 2, 3)]
    assert [answer.data for answer in after] == [(b"3",), (b"3",), (b"null",)]
    assert [answer.snapshots for answer in after[:2]] == [answer.snapshots for answer in before]


def test_another_ledger_and_a_position_to_come_are_refused(database: Database) -> None:
    scene = Scene(database)
    scene.tell()
    known = stands(database, 1).snapshots[0].ledger_hash
    assert stands(database, 1, known).snapshots[0].position == 1
    with pytest.raises(errors.Forked):
        stands(database, 1, "00" * 32)
    with pytest.raises(errors.BadQuestion) as refused:
        stands(database, 2)
    assert refused.value.code == "question.future_position"
