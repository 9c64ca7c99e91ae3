"""The comparison: the same questions answered by ordinary Strawberry resolvers with data loaders.

Written as a careful team would write it: async SQLAlchemy with a pool, one loader per relation, parser
and validation caches on, the same rows and the same as-of rule (what is believed and valid now).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import strawberry
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

Row = sa.Row[Any]


@dataclass
class Context:
    """Loaders of one request."""

    engine: AsyncEngine
    person_by_number: DataLoader[str, Row | None]
    change: DataLoader[int, Row | None]
    parcel: DataLoader[Any, Row | None]
    rights: DataLoader[Any, list[Row]]


async def load(engine: AsyncEngine, statement: str, keys: Sequence[Any], column: str) -> list[Row | None]:
    async with engine.connect() as connection:
        rows = (await connection.execute(sa.text(statement), {"keys": list(keys)})).all()
    found = {getattr(row, column): row for row in rows}
    return [found.get(key) for key in keys]


async def load_many(engine: AsyncEngine, statement: str, keys: Sequence[Any], column: str) -> list[list[Row]]:
    async with engine.connect() as connection:
        rows = (await connection.execute(sa.text(statement), {"keys": list(keys)})).all()
    found: dict[Any, list[Row]] = {key: [] for key in keys}
    for row in rows:
        found[getattr(row, column)].append(row)
    return list(found.values())


PERSON = """
SELECT i.number, p.* FROM population_identifier i JOIN population_person p ON p.record_id = i.person
WHERE i.scheme = 'PERSONAL_ID' AND i.number = ANY(:keys) AND i.recorded_to IS NULL AND i.valid @> now()
AND p.recorded_to IS NULL AND p.valid @> now()"""
CHANGE = "SELECT * FROM ledger_change WHERE position = ANY(:keys)"
RIGHTS = """
SELECT * FROM land_right WHERE holder = ANY(:keys) AND recorded_to IS NULL AND valid @> now() ORDER BY record_id"""
PARCEL = "SELECT * FROM land_parcel WHERE record_id = ANY(:keys) AND recorded_to IS NULL AND valid @> now()"
PARCELS = """
SELECT * FROM land_parcel p WHERE p.commune = :commune AND p.recorded_to IS NULL AND p.valid @> now()
ORDER BY p.record_id LIMIT :first"""


@strawberry.type
class Code:
    code: str


@strawberry.type
class Change:
    position: str
    recorded_at: str
    kind: str
    agency: str
    document_number: str | None
    recorded_by: str


@strawberry.type
class Version:
    position: strawberry.Private[int]
    valid: strawberry.Private[Any]

    @strawberry.field
    def valid_from(self) -> str | None:
        return instant(self.valid.lower)

    @strawberry.field
    async def change(self, info: strawberry.Info[Context, None]) -> Change:
        row = await info.context.change.load(self.position)
        assert row is not None
        return Change(
            position=str(row.position),
            recorded_at=instant(row.recorded_at) or "",
            kind=row.kind,
            agency=row.agency,
            document_number=row.document_number,
            recorded_by=row.recorded_by,
        )


@strawberry.type
class Person:
    row: strawberry.Private[Row]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.record_id))

    @strawberry.field
    def full_name(self) -> str:
        return str(self.row.full_name)

    @strawberry.field
    def other_name(self) -> str | None:
        return self.row.other_name  # type: ignore[no-any-return]

    @strawberry.field
    def birth_date(self) -> str | None:
        return partial_day(self.row.birth_date)

    @strawberry.field
    def sex(self) -> Code | None:
        return code(self.row.sex)

    @strawberry.field
    def status(self) -> Code | None:
        return code(self.row.status)

    @strawberry.field
    async def rights(self, info: strawberry.Info[Context, None], first: int = 50) -> "Rights":
        rows = await info.context.rights.load(self.row.record_id)
        return Rights(nodes=[Right(row=row) for row in rows[:first]])

    @strawberry.field
    def version(self) -> Version:
        return Version(position=self.row.change, valid=self.row.valid)


@strawberry.type
class Parcel:
    row: strawberry.Private[Row]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.record_id))

    @strawberry.field
    def map_sheet(self) -> str:
        return str(self.row.map_sheet)

    @strawberry.field
    def parcel_number(self) -> str:
        return str(self.row.parcel_number)

    @strawberry.field
    def documented_area(self) -> str | None:
        return None if self.row.documented_area is None else str(self.row.documented_area)

    @strawberry.field
    def surveyed_area(self) -> str | None:
        return None if self.row.surveyed_area is None else str(self.row.surveyed_area)

    @strawberry.field
    def national_parcel_id(self) -> str | None:
        return self.row.national_parcel_id  # type: ignore[no-any-return]

    @strawberry.field
    def address(self) -> str | None:
        return self.row.address  # type: ignore[no-any-return]

    @strawberry.field
    def status(self) -> Code | None:
        return code(self.row.status)


@strawberry.type
class Right:
    row: strawberry.Private[Row]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.record_id))

    @strawberry.field
    def kind(self) -> Code | None:
        return code(self.row.kind)

    @strawberry.field
    def share(self) -> str | None:
        return self.row.share  # type: ignore[no-any-return]

    @strawberry.field
    async def parcel(self, info: strawberry.Info[Context, None]) -> Parcel | None:
        row = await info.context.parcel.load(self.row.parcel)
        return Parcel(row=row) if row else None


@strawberry.type
class Rights:
    nodes: list[Right]


@strawberry.type
class Parcels:
    nodes: list[Parcel]


@strawberry.type
class Query:
    @strawberry.field
    async def person(self, info: strawberry.Info[Context, None], personal_id: str) -> Person | None:
        row = await info.context.person_by_number.load(personal_id)
        return Person(row=row) if row else None

    @strawberry.field
    async def parcels(self, info: strawberry.Info[Context, None], commune: strawberry.ID, first: int = 100) -> Parcels:
        async with info.context.engine.connect() as connection:
            rows = (await connection.execute(sa.text(PARCELS), {"commune": commune, "first": first})).all()
        return Parcels(nodes=[Parcel(row=row) for row in rows])


def instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def partial_day(days: Any) -> str | None:
    if days is None:
        return None
    width = (days.upper - days.lower).days
    return str(days.lower)[: 4 if width > 31 else 7 if width > 1 else 10]


def code(value: str | None) -> Code | None:
    return None if value is None else Code(code=value)


class App(GraphQL[Context, None]):
    """The ASGI view, with loaders made anew for each request."""

    engine: AsyncEngine

    async def get_context(self, request: Any, response: Any) -> Context:
        engine = self.engine
        return Context(
            engine,
            DataLoader(lambda keys: load(engine, PERSON, keys, "number")),
            DataLoader(lambda keys: load(engine, CHANGE, keys, "position")),
            DataLoader(lambda keys: load(engine, PARCEL, keys, "record_id")),
            DataLoader(lambda keys: load_many(engine, RIGHTS, keys, "holder")),
        )


def app() -> App:
    """Built by uvicorn's factory option; the database comes from BENCH_URL."""
    url = sa.make_url(os.environ["BENCH_URL"]).set(drivername="postgresql+psycopg")
    options = "-c search_path=baseregistry,public -c timezone=UTC"
    schema = strawberry.Schema(query=Query, extensions=[ParserCache, ValidationCache])
    view = App(schema)
    view.engine = create_async_engine(
        url, pool_size=int(os.environ["BENCH_CONNECTIONS"]), max_overflow=0, connect_args={"options": options}
    )
    return view
