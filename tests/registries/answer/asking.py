"""Asks questions as a door does, and reads what comes back: the words of a test, the plan, one statement, JSON."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import pq

from baseregistry.registries import answer
from baseregistry.registries.answer import Answer, Plan
from baseregistry.registries.answer.connection import words
from baseregistry.registries.question import (
    AsOf,
    Bind,
    Comparison,
    Condition,
    Field,
    Form,
    Operator,
    Order,
    Page,
    Period,
    Question,
    Scope,
)
from baseregistry.registries.tables import Installation

TOKEN = re.compile(r"[{}]|[^\s{}]+")


def want(text: str, *, page: Page | None = None, on: frozenset[str] | None = None) -> tuple[Field, ...]:
    """Fields as ``id name:full_name rights{nodes{share}}``; a key before a colon; `page` serves every way back."""
    return tuple(_fields(iter(TOKEN.findall(text)), page, on))


def _fields(tokens: Iterator[str], page: Page | None, on: frozenset[str] | None) -> list[Field]:
    made: list[Field] = []
    for token in tokens:
        if token == "}":
            break
        if token == "{":
            inner = tuple(_fields(tokens, page, None))
            last = made.pop()
            paged = page if {item.name for item in inner} & {"nodes", "edges", "page_info", "total_count"} else None
            made.append(Field(last.key, last.name, inner, on=on, page=paged))
        else:
            key, _, name = token.rpartition(":")
            made.append(Field(key or name, name, on=on))
    return made


@dataclass
class Slots:
    """The values of a question, each in a slot."""

    values: list[Any] = field(default_factory=list)

    def bind(self, value: Any) -> Bind:
        self.values.append(value)
        return Bind(len(self.values) - 1, many=isinstance(value, list))

    def page(self, first: int = 100, after: str | None = None) -> Page:
        return Page(self.bind(first), None if after is None else self.bind(after))

    def as_of(self, **said: Any) -> AsOf:
        return AsOf(**{name: self.bind(value) for name, value in said.items()})

    def period(self, begin: Any, end: Any) -> Period:
        return Period(*(None if moment is None else self.bind(moment) for moment in (begin, end)))

    def where(self, attribute: str, operator: str, value: Any = None, **said: Any) -> Comparison:
        return Comparison(attribute, Operator(operator), None if value is None else self.bind(value), **said)


def connect(url: str, schema: str, **options: Any) -> psycopg.Connection[Any]:
    """A reader's own connection, which may set options of the session (``plan_cache_mode="force_generic_plan"``)."""
    said = {"search_path": f"{schema},public", "timezone": "UTC", **options}
    text = " ".join(f"-c {name}={value}" for name, value in said.items())
    return psycopg.connect(url, autocommit=True, options=text)


@dataclass
class Asker:
    """Asks one database."""

    installation: Installation
    connection: psycopg.Connection[Any]
    plans: dict[tuple[Question, ...], Plan] = field(default_factory=dict)
    prepared: set[bytes] = field(default_factory=set)

    def answer(self, questions: Sequence[Question], values: Sequence[Any]) -> Answer:
        asked = tuple(questions)
        plan = self.plans.get(asked) or self.plans.setdefault(asked, answer.compile(self.installation, asked))
        return plan.read(self.row(plan, values), values)

    def row(self, plan: Plan, values: Sequence[Any]) -> tuple[bytes | None, ...]:
        if plan.name not in self.prepared:
            self.connection.pgconn.prepare(plan.name, plan.sql.encode())
            self.prepared.add(plan.name)
        result = self.connection.pgconn.exec_prepared(plan.name, plan.bind(values))
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise words(psycopg.errors.error_from_result(result))
        assert result.ntuples == 1
        return tuple(result.get_value(0, column) for column in range(result.nfields))

    def one(
        self, entity: str, fields: str | tuple[Field, ...], /, as_of: dict[str, Any] | None = None, **key: Any
    ) -> Any:
        """One record by ``id=…`` or a key; a tuple gives a key of several attributes."""
        return self.ask(Form.ONE, entity, fields, as_of=as_of, key=key)

    def many(
        self, entity: str, fields: str | tuple[Field, ...], /, as_of: dict[str, Any] | None = None, **said: Any
    ) -> Any:
        """A connection; `said`: key, first, after, where (a function of the slots), order, units."""
        return self.ask(Form.MANY, entity, fields, as_of=as_of, **said)

    def history(
        self, entity: str, fields: str | tuple[Field, ...], /, as_of: dict[str, Any] | None = None, **said: Any
    ) -> Any:
        """The versions of a record; `said`: key, first, after, between, superseded, units."""
        return self.ask(Form.HISTORY, entity, fields, as_of=as_of, **said)["nodes"]

    def ask(self, form: Form, entity: str, fields: str | tuple[Field, ...], **said: Any) -> Any:
        """One root, as JSON."""
        question, slots = self.question(form, entity, fields, **said)
        (data,) = self.answer([question], slots.values).data
        return json.loads(data)

    def question(
        self, form: Form, entity: str, fields: str | tuple[Field, ...], slots: Slots | None = None, **said: Any
    ) -> tuple[Question, Slots]:
        """A root and its values; what `many` says may be said.  Roots of one statement share their slots."""
        slots = Slots() if slots is None else slots
        nested = slots.page(50)
        wanted = want(fields, page=nested) if isinstance(fields, str) else fields
        if form is Form.HISTORY:
            wanted = (Field("nodes", "nodes", wanted), *said.get("beside", ()))
        ((key_name, key),) = (said.get("key") or {None: ()}).items()
        given = key if isinstance(key, tuple) else (key,)
        where: Condition | None = said["where"](slots) if said.get("where") else None
        units = said.get("units")
        return Question(
            "root",
            entity,
            form,
            wanted,
            scope=Scope(slots.bind(units) if units is not None else None),
            as_of=slots.as_of(**(said.get("as_of") or {})),
            key_name=key_name,
            key_values=tuple(slots.bind(value) for value in given),
            where=where,
            order=tuple(Order(name.lstrip("-"), name.startswith("-")) for name in said.get("order", ())),
            page=slots.page(said.get("first", 100), said.get("after")) if form in {Form.MANY, Form.HISTORY} else None,
            include_superseded=said.get("superseded", False),
            between=slots.period(*said["between"]) if said.get("between") else None,
        ), slots
