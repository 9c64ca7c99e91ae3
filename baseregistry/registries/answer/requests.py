"""What a view shows of one request in the access log: who, why, what in words, and to agency and auditor all of it.

Names and titles are those that held when it was asked; words for fields are the declared titles.
"""

import json
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import naming
from baseregistry.registries.accesses import View
from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    constant,
    from_only,
    hexadecimal,
    instant_text,
    json_array,
    number,
    type_name,
)
from baseregistry.registries.answer.leaves import code
from baseregistry.registries.answer.moments import Moment
from baseregistry.registries.answer.plan import Told
from baseregistry.registries.answer.told import OPENING
from baseregistry.registries.answer.values import LONGEST_PAGE, Expects
from baseregistry.registries.declare import Attribute, Declarations, Derived, Title
from baseregistry.registries.question import Accesses, Field

REGISTRY = "access"  # whose words and codes these are
AT, BYTES, JSONB = sa.TIMESTAMP(timezone=True), sa.LargeBinary(), pg.JSONB()
REQUEST = sa.table(
    "access_request",
    *(sa.column("asked_at", AT), sa.column("position", sa.BigInteger()), sa.column("place", sa.Integer())),
    *(sa.column("answered_at", AT), sa.column("context", BYTES), sa.column("case_id", sa.Text())),
    *(sa.column("asked", BYTES), sa.column("known", sa.Text()), sa.column("valid_at", sa.Text())),
    *(sa.column("answer", BYTES), sa.column("status", sa.Integer()), sa.column("code", sa.Text())),
    sa.column("records", sa.Integer()),
)
RECORD = sa.table(
    "access_record",
    *(sa.column("asked_at", AT), sa.column("position", sa.BigInteger()), sa.column("place", sa.Integer())),
    *(sa.column("level", sa.Integer()), sa.column("record_id", pg.UUID())),
    *(sa.column("recorded_from", sa.BigInteger()), sa.column("subject", pg.UUID())),
)
CONTEXT = sa.table(
    "access_context",
    *(sa.column("digest", BYTES), sa.column("document", BYTES)),
    *(sa.column(name, sa.Text()) for name in ("agency", "client", "subject", "official", "role", "purpose")),
    *(sa.column(name, sa.Text()) for name in ("form", "operation")),
    *(sa.column(name, JSONB) for name in ("grants", "paths", "levels")),
)
GROUP = sa.table("access_group", sa.column("position", sa.BigInteger()), sa.column("head", BYTES))
OWN_LOG = {"accesses": ("accesses", Title("Nhật ký khai thác dữ liệu", "Log of accesses"))}


def table(draft: Draft, of: sa.TableClause) -> sa.FromClause:
    """A table of the log under a name of its own."""
    return of.alias(draft.name("g"))


def purposes(draft: Draft, code_said: Expression, at: Expression) -> sa.Select[Any]:
    """The purpose that a request named, as it held when it was asked; one that was taken back since, as it was told then."""
    return _as_of(draft, "purpose", code_said, at)


def _as_of(draft: Draft, entity: str, code_said: Expression, at: Expression) -> sa.Select[Any]:
    rows = draft.versions(f"{REGISTRY}.{entity}")
    found = from_only(rows, rows.c.code == code_said, rows.c.valid.op("@>", is_comparison=True)(at))
    return found.with_only_columns(*rows.c).order_by(rows.c.recorded_to.desc().nulls_first()).limit(number(1))


class Shown:
    """What is shown of the rows of a page; `subject` is whom the view is about, null or None where it is nobody."""

    def __init__(self, draft: Draft, moment: Moment, asked: Accesses, subject: Expression | None) -> None:
        self.draft = draft
        self.moment = moment
        self.asked = asked
        self.subject = subject

    def pairs(self, rows: sa.FromClause, fields: tuple[Field, ...]) -> Pairs:
        """Keys and values of one request."""
        return [(field.key, self._value(rows, field)) for field in fields]

    def _value(self, rows: sa.FromClause, field: Field) -> Expression:
        plain = _plain(rows).get(field.name)
        if plain is not None:
            return plain
        match field.name:
            case "agency" | "purpose":
                return self._register(rows, field)
            case "role":
                return code(self.draft, f"{REGISTRY}.role", field, _said(rows.c.c_role), self.moment)
            case "case_id":
                return self._case(rows)
            case "legal_bases":
                return self._laws(rows)
            case "told" | "levels":
                return self._levels(rows, field)
            case "records":
                return self._records(rows, field)
            case "head":
                group = table(self.draft, GROUP)
                found = from_only(group, group.c.position == rows.c.position)
                return found.with_only_columns(hexadecimal(group.c.head)).scalar_subquery()
            case _:
                return type_name(field, "An access")

    def _register(self, rows: sa.FromClause, field: Field) -> Expression:
        """The agency or the purpose, in the words of the access register."""
        source = _as_of(self.draft, field.name, rows.c[f"c_{field.name}"], rows.c.asked_at)
        found = source.subquery(self.draft.name("n"))
        return self.draft.object(
            [
                (one.key, found.c[one.name] if one.name in found.c else type_name(one, field.name))
                for one in field.fields
            ],
            from_only(found),
        )

    def _case(self, rows: sa.FromClause) -> Expression:
        """The case; to the subject only one of those that are said to be his own."""
        if self.asked.view is not View.SUBJECT:
            return rows.c.case_id
        if self.asked.own_cases is None:
            return sa.cast(sa.null(), sa.Text())
        own = self.draft.bind(self.asked.own_cases, Expects.TEXT)
        return sa.case((rows.c.case_id == sa.func.any(own), rows.c.case_id))

    def _laws(self, rows: sa.FromClause) -> Expression:
        grant = (
            sa.func.jsonb_array_elements(rows.c.c_grants)
            .table_valued(sa.column("value", JSONB))
            .alias(self.draft.name("j"))
        )
        law = grant.c.value.op("->>")(constant("law"))
        found = sa.select(json_array(sa.distinct(law), law.is_not(None))).select_from(grant)
        return found.correlate_except(grant).scalar_subquery()

    def _levels(self, rows: sa.FromClause, field: Field) -> Expression:
        """On each level what was told; to the subject, only those levels that told something of him."""
        name, json_of = self.draft.name("j"), sa.func.jsonb_array_elements(rows.c.c_levels)
        level = json_of.table_valued(sa.column("value", JSONB), with_ordinality="number").render_derived(name)
        source = sa.select().select_from(level).correlate_except(level).order_by(level.c.number)
        if self.asked.view is View.SUBJECT:
            record = table(self.draft, RECORD)
            about = (record.c.subject == self.subject, record.c.level == level.c.number - number(1))
            source = source.where(sa.exists(_of_request(record, rows, *about).with_only_columns(number(1))))
        return self.draft.array(self._level(level.c.value, field.fields), source)

    def _level(self, level: Expression, fields: tuple[Field, ...]) -> Pairs:
        entity = level.op("->>")(constant("entity"))
        words = sa.func.coalesce(_words(self.draft.installation.declarations).op("->")(entity), constant("{}", "jsonb"))
        said = {
            "entity": entity,
            "title_vi": words.op("#>>")(_path("", 1)),
            "title_en": words.op("#>>")(_path("", 2)),
            "how": _how(level),
            "conditions": sa.func.coalesce(level.op("->")(constant("conditions")), constant("[]", "jsonb")),
        }
        return [
            (one.key, self._fields(level, words, one) if one.name == "fields" else said[one.name])
            if one.name in said or one.name == "fields"
            else (one.key, type_name(one, "A level"))
            for one in fields
        ]

    def _fields(self, level: Expression, words: Expression, field: Field) -> Expression:
        listed = sa.func.jsonb_array_elements_text(level.op("->")(constant("fields")))
        name = listed.table_valued("value", with_ordinality="number").render_derived(self.draft.name("j"))
        known = words.op("->")(name.c.value)
        said = {
            "name": sa.func.coalesce(known.op("->>")(_place(0)), name.c.value),
            "title_vi": known.op("->>")(_place(1)),
            "title_en": known.op("->>")(_place(2)),
        }
        pairs = [(one.key, said[one.name] if one.name in said else type_name(one, "A field")) for one in field.fields]
        source = sa.select().select_from(name).correlate_except(name).order_by(name.c.number)
        return self.draft.array(pairs, source)

    def _records(self, rows: sa.FromClause, field: Field) -> Expression:
        """The records that were told, each with its subject; that they are shown is told to the log in turn."""
        record = table(self.draft, RECORD)
        level = rows.c.c_levels.op("->")(sa.cast(record.c.level, sa.Integer()))
        said = {
            "entity": level.op("->>")(constant("entity")),
            "record_id": record.c.record_id,
            "version": sa.cast(record.c.recorded_from, sa.Text()),
            "subject": record.c.subject,
            "how": _how(level),
        }
        pairs = [(one.key, said[one.name] if one.name in said else type_name(one, "A record")) for one in field.fields]
        source = _of_request(record, rows).order_by(record.c.level, record.c.record_id, record.c.subject)
        first = self.draft.bind(field.page.first, Expects.COUNT) if field.page else number(LONGEST_PAGE)
        return self.draft.array([*self._key(record), *pairs], source.limit(first))

    def _key(self, record: sa.FromClause) -> Pairs:
        if not self.draft.told:
            return []
        given = {"record": self.asked.record, "subject": self.asked.subject, "case": self.asked.case}
        by = tuple(name for name, bind in given.items() if bind is not None)
        level = self.draft.level(Told(f"{REGISTRY}.{self.asked.view.value}", ("records",), by, opened=False))
        dot = constant(".")
        of = (record.c.record_id, dot, record.c.recorded_from, dot, record.c.subject)
        return [(OPENING, sa.func.concat(constant(f"{level}."), *of))]


def _plain(rows: sa.FromClause) -> dict[str, Expression]:
    """What is shown as it stands there."""
    made: dict[str, Expression] = {name: _said(rows.c[f"c_{name}"]) for name in ("official", "client", "operation")}
    made |= {name: rows.c[name] for name in ("status", "code", "place", "known", "valid_at")}
    made |= {name: hexadecimal(rows.c[name]) for name in ("answer",)}
    return made | {
        "at": instant_text(rows.c.asked_at),
        "answered_at": instant_text(rows.c.answered_at),
        "caller": _said(rows.c.c_subject),
        "form": sa.func.upper(rows.c.c_form),
        "document": hexadecimal(rows.c.c_document),
        "paths": rows.c.c_paths,
        "record_count": rows.c.records,
        "position": sa.cast(rows.c.position, sa.Text()),
        "asked_hash": hexadecimal(rows.c.asked),
    }


def _said(column: Expression) -> Expression:
    """A text of a context, null where nothing was said."""
    return sa.func.nullif(column, constant(""))


def _how(level: Expression) -> Expression:
    opened = sa.cast(level.op("->>")(constant("opened")), sa.Boolean())
    return sa.case((opened, constant("OPENED")), else_=constant("SEARCH_HIT"))


def _of_request(record: sa.FromClause, rows: sa.FromClause, *where: Expression) -> sa.Select[Any]:
    same = [record.c[name] == rows.c[name] for name in ("asked_at", "position", "place")]
    return from_only(record, *same, *where)


def _words(declarations: Declarations) -> Expression:
    return constant(_titles(declarations), "jsonb")


@lru_cache(maxsize=8)
def _titles(declarations: Declarations) -> str:
    """By entity and declared name: the name as a client writes it, the titles; under ``""`` those of the entity itself."""
    made = {}
    for name, entity in declarations.entities.items():
        fields: list[Attribute | Derived] = [*entity.attributes, *entity.derived]
        told = {one.name: (naming.field(one.name), one.title.vi, one.title.en) for one in fields}
        own = {key: (field, title.vi, title.en) for key, (field, title) in OWN_LOG.items()}
        made[name] = {"": (naming.type_name(name), entity.title.vi, entity.title.en), **own, **told}
    return json.dumps(made, ensure_ascii=False)


def _path(key: str, place: int) -> Expression:
    return sa.literal_column(f"'{{\"{key}\",{place}}}'::text[]")


def _place(place: int) -> Expression:
    return sa.literal_column(str(place), sa.Integer())
