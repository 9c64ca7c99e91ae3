"""A dump restored elsewhere is the same register: it verifies, answers alike, refuses alike, and goes on."""

import hashlib
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from baseregistry import cluster, db, errors, postgresql
from baseregistry.migrations import run
from baseregistry.registries import answer
from baseregistry.registries.acts import Period, change, register
from baseregistry.registries.declare import Reference
from baseregistry.registries.ledger import Kind
from baseregistry.registries.question import AsOf, Bind, Field, Form, Page, Question
from baseregistry.registries.redaction import Redaction, redact
from baseregistry.registries.tables import Installation
from baseregistry.registries.verification import Verdict, verify
from tests.conftest import Database
from tests.registries.answer.asking import Asker
from tests.registries.ledger.conftest import administrator
from tests.registries.ledger.model import Said
from tests.registries.ledger.register import SCHEMA, THING, Example, Ground, provenance, say
from tests.registries.ledger.strategies import RECORDS, VALUES
from tests.registries.ledger.test_answers_stay import Taken
from tests.registries.scene import START, Scene, box, entity


@contextmanager
def restored(running: cluster.Cluster, name: str, folder: Path, installation: Installation) -> Iterator[Ground]:
    """pg_dump of database `name`, then pg_restore into an empty one."""
    programs, into, dump = postgresql.find(), f"restored_{uuid4().hex}", folder / "dump"
    _run(programs["pg_dump"], "--format=custom", "--file", str(dump), running.url(name))
    with administrator(running) as connection:
        connection.execute(f'CREATE DATABASE "{into}" OWNER {cluster.ROLE} TEMPLATE template0')
    _run(programs["pg_restore"], "--exit-on-error", "--dbname", running.url(into, "postgres"), str(dump))
    engine = db.engine(running.url(into), SCHEMA)
    try:
        yield Ground(into, running.url(into), engine, installation)
    finally:
        engine.dispose()
        with administrator(running) as connection:
            connection.execute(f'DROP DATABASE "{into}" WITH (FORCE)')


def _run(*command: str) -> None:
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


def _verdict(ground: Ground, **options: str) -> Verdict:
    said = " ".join(f"-c {name}={value}" for name, value in options.items())
    engine = db.engine(f"{ground.url}&options={said.replace(' ', '%20')}" if said else ground.url, SCHEMA)
    try:
        with db.reading(engine) as reading:
            return verify(reading, ground.installation)
    finally:
        engine.dispose()


@contextmanager
def _reading(ground: Ground) -> Iterator[psycopg.Connection[Any]]:
    options = f"-c search_path={SCHEMA},public -c timezone=UTC"
    with psycopg.connect(ground.url, autocommit=True, options=options) as connection:
        yield connection


# --- the small register --------------------------------------------------------------------------------


def _tell(ground: Ground, example: Example, changes_tried: int = 60) -> None:
    """A history by chance, always the same; what is refused is left out.  At the end a value is destroyed by law."""
    chance = random.Random(20_250_701)
    for _ in range(changes_tried):
        said = []
        for record in chance.sample(RECORDS, chance.choice((1, 1, 2, 4))):
            values = {name: chance.choice(pool) for name, pool in VALUES[record[0]].items() if chance.random() < 0.8}
            verb = chance.choice(("register", "register", "change", "change", "change", "end", "retract"))
            begin = chance.choice((None, 0, 2, 4, 6))
            end = None if verb == "end" else chance.choice((None, None, 8, 10))
            said.append(Said(verb, record, begin, end, values if verb in {"register", "change"} else {}, True))
        try:
            say(ground, *example.acts(said))
        except errors.RegisterError:
            continue
    target = next(record for record in RECORDS if record[0] == "thing" and _holds(ground, example.ids.get(record)))
    with db.writing(ground.engine) as writing:
        word = provenance(Kind.REDACTION, legal_basis="Law")
        redact(writing, ground.installation, word, [Redaction(THING, example.id(target), ("name",))])


def _holds(ground: Ground, record: UUID | None) -> bool:
    return bool(ground.rows("SELECT 1 FROM test_thing WHERE record_id = :record", {"record": record}))


def _digest(ground: Ground, example: Example) -> dict[int, str]:
    """Of all answers, at every position."""
    with _reading(ground) as connection:
        taken = Taken(ground, connection)
        return {
            position: hashlib.sha256(repr(sorted(taken.take(example, position).items(), key=str)).encode()).hexdigest()
            for position in range(1, ground.head() + 1)
        }


def test_a_restored_register_is_the_same(fresh: Ground, running_cluster: cluster.Cluster, tmp_path: Path) -> None:
    example = Example()
    _tell(fresh, example)
    before, answers = _verdict(fresh), _digest(fresh, example)
    assert before.problems == []
    assert before.position > 15
    assert len(set(answers.values())) > 10
    with restored(running_cluster, fresh.name, tmp_path, fresh.installation) as other:
        after = _verdict(other)
        assert (after.problems, after.head, after.tree_head) == ([], before.head, before.tree_head)
        assert _digest(other, example) == answers
        with pytest.raises(psycopg.errors.Error, match="never rewritten"), _reading(other) as connection:
            connection.execute("UPDATE test_thing SET n = 3")
        assert say(other, register(THING, uuid4(), Period(), {"name": "An"})).position == before.position + 1
        assert _verdict(other).problems == []


@pytest.mark.parametrize(
    "options",
    [
        {"timezone": "Asia/Ho_Chi_Minh", "datestyle": "German", "intervalstyle": "sql_standard"},
        {"timezone": "America/St_Johns", "datestyle": "SQL,MDY", "bytea_output": "escape", "extra_float_digits": "-10"},
        {"default_transaction_isolation": "serializable", "standard_conforming_strings": "on", "lc_numeric": "C"},
    ],
    ids=["German", "SQL", "serializable"],
)
def test_digests_do_not_depend_on_a_sessions_settings(ground: Ground, options: dict[str, str]) -> None:
    if ground.head() == 0:
        _tell(ground, Example(), 25)
    assert _verdict(ground, **options).problems == []


# --- the four registers --------------------------------------------------------------------------------


def _everything(ground: Ground) -> dict[str, bytes]:
    """All records of all entities with their provenance and history, at two positions, through the compiler."""
    told: dict[str, bytes] = {}
    with _reading(ground) as connection:
        asker = Asker(ground.installation, connection)
        for name, declared in ground.installation.declarations.entities.items():
            inner = tuple(
                Field(a.name, a.name, (Field("id", "id"),) if isinstance(a.kind, Reference) else ())
                for a in declared.attributes
            )
            version = Field("version", "version", (Field("digest", "digest"), Field("valid_from", "valid_from")))
            versions = (Field("nodes", "nodes", (version,)),)
            history = Field("history", "history", versions, include_superseded=True, page=Page(Bind(1)))
            nodes = Field("nodes", "nodes", (Field("id", "id"), *inner, version, history))
            asked = Question("root", name, Form.MANY, (nodes,), as_of=AsOf(position=Bind(0)), page=Page(Bind(1)))
            for position in ("1", "2"):
                plan = answer.compile(ground.installation, (asked,))
                told[f"{name} {position}"] = plan.read(asker.row(plan, [position, 50]), [position, 50]).data[0]
    return told


def test_the_four_registers_are_restored_with_their_functions_and_guards(
    database: Database, running_cluster: cluster.Cluster, tmp_path: Path
) -> None:
    scene = Scene(database)
    owner = scene.person("Nguyễn Thị Ánh")
    parcel = scene.parcel("17", geometry=box(0, 0, 30, 20), surveyed_area=600)
    scene.right(parcel, "1/2", holder=owner)
    scene.tell()
    scene.tell([change(entity("land.parcel"), parcel, Period(START), {"parcel_number": "18"})], Kind.CORRECTION)
    ground = Ground(database.name, database.url, database.engine, database.installation)
    before, told = _verdict(ground), _everything(ground)
    assert before.problems == []
    assert any(b"1/2" in said for said in told.values())
    with restored(running_cluster, database.name, tmp_path, database.installation) as other:
        after = _verdict(other)
        assert (after.problems, after.head) == ([], before.head)
        assert _everything(other) == told
        found = "SELECT count(*) FROM population_person WHERE fold(full_name) = fold('nguyen thi anh')"
        assert other.one(found) == 1
        with other.engine.begin() as connection:
            assert run.pending(connection, SCHEMA) == []
        assert run.upgrade(other.engine, database.installation) == [], "nothing is left to migrate"
