"""What each role of the database may do: granted anew after every migration, to those roles that there are.

Tables and functions stand in classes; what stands in none is open to its owner alone, and a test finds it.  Nobody but
the owner may update or delete what is in the ledger or the access log, or call what is not listed here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from baseregistry.db import Reading
from baseregistry.registries.tables import Installation
from baseregistry.roles import Role

R, W, L, A = Role.READING, Role.WRITING, Role.LOGGING, Role.AUDITING
SALTS = frozenset({"salt", "salts"})  # who has them and a published digest can try out what was redacted
PATH = "SET search_path TO pg_catalog, {schema}, public, pg_temp"  # temporary tables shadow nothing
MIGHTY = "SELECT pg_has_role(current_user, nspowner, 'MEMBER') FROM pg_namespace WHERE nspname = :schema"
Rights = dict[Role, str]

VERSIONS: Rights = {R: "SELECT (but salts)", W: "SELECT, INSERT, UPDATE (recorded_to)", A: "SELECT"}
LEDGER: Rights = {R: "SELECT", W: "SELECT, INSERT", A: "SELECT"}
FRAME: Rights = {R: "SELECT", W: "SELECT", A: "SELECT"}
LOG: Rights = {A: "SELECT"}
OWN: Rights = {}
TABLES: dict[str, Rights] = {
    **dict.fromkeys(("record", "ledger_change"), LEDGER),
    **dict.fromkeys(("code", "installation"), FRAME),
    "idempotency": {W: "SELECT, INSERT, DELETE, UPDATE (kept_until)"},  # the last for SELECT … FOR UPDATE; see guards
    **dict.fromkeys(("access_context", "access_request", "access_record", "access_group", "access_checkpoint"), LOG),
    **dict.fromkeys(("access_lines", "access_unpacked", "access_seen"), LOG),
    "access_document": LEDGER,
    "access_allowance": OWN,  # through access_take
    "alembic_version": OWN,
}
# The log's functions, which `grant` makes run with the owner's rights, whoever calls them.
DEFINERS: dict[str, tuple[Role, ...]] = {
    "access_keep": (L,),
    "access_prepare": (L,),
    "access_unpack": (L, A),
}
CALLED = DEFINERS | {"tell_planner": (W,), "access_take": (L,)}
OWNERS = frozenset({"access_append"})  # called by the owner, and by functions that run with its rights


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view of the schema and its columns."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the schema: how it is called in statements, and what PostgreSQL knows of it."""

    name: str
    signature: str
    pure: bool
    trigger: bool


def grant(connection: sa.Connection, installation: Installation) -> None:
    """Take everything from all roles, then give each what is its own.  As the owner of the schema."""
    schema = installation.schema
    whose = sa.text("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = :schema")
    owner = str(connection.scalar(whose, {"schema": schema}))
    known = set(connection.execute(sa.text("SELECT rolname FROM pg_roles")).scalars())
    roles = [role for role in Role if role.of(owner) in known]
    quoted = {role: _quoted(role.of(owner)) for role in roles}
    for statement in (*_taken(schema, list(quoted.values())), *_definers(connection, installation)):
        connection.exec_driver_sql(statement)
    for role in roles:
        for right in _given(connection, installation, role):
            connection.exec_driver_sql(f"GRANT {right} TO {quoted[role]}")


def unclassified(connection: sa.Connection, installation: Installation) -> list[str]:
    """Tables, views and functions for which nobody said who may use them."""
    tables = [one.name for one in _relations(connection, installation) if _rights(installation, one.name) is None]
    functions = [
        one.name
        for one in _functions(connection, installation)
        if not (one.pure or one.trigger or one.name in CALLED or one.name in OWNERS)
    ]
    return tables + functions


def owns(reading: Reading, schema: str) -> bool:
    """Whether who is connected could do all that the owner of the schema can."""
    return bool(reading.execute(MIGHTY, {"schema": schema}).scalar())


def _rights(installation: Installation, name: str) -> Rights | None:
    versions = {table.name for table in installation.tables.versions.values()}
    return VERSIONS if name in versions else TABLES.get(name)


def _taken(schema: str, roles: list[str]) -> Iterator[str]:
    for role in ("PUBLIC", *roles):
        yield f"REVOKE ALL ON SCHEMA {schema} FROM {role}"
        for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            yield f"REVOKE ALL ON ALL {kind} IN SCHEMA {schema} FROM {role}"


def _definers(connection: sa.Connection, installation: Installation) -> Iterator[str]:
    for function in _functions(connection, installation):
        if function.name in DEFINERS:
            yield f"ALTER FUNCTION {function.signature} SECURITY DEFINER {PATH.format(schema=installation.schema)}"


def _given(connection: sa.Connection, installation: Installation, role: Role) -> Iterator[str]:
    schema = installation.schema
    yield f"USAGE ON SCHEMA {schema}"
    for relation in _relations(connection, installation):
        right = (_rights(installation, relation.name) or {}).get(role)
        if right is not None:
            columns = ", ".join(_quoted(name) for name in relation.columns if name not in SALTS)
            yield f"{right.replace('(but salts)', f'({columns})')} ON {schema}.{_quoted(relation.name)}"
    for function in _functions(connection, installation):
        if function.pure or role in CALLED.get(function.name, ()):
            yield f"EXECUTE ON FUNCTION {function.signature}"


def _relations(connection: sa.Connection, installation: Installation) -> list[Relation]:
    """All but partitions, which are reached through their table."""
    statement = (
        "SELECT c.relname, array_agg(a.attname ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        " AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped GROUP BY c.relname ORDER BY c.relname"
    )
    rows = connection.execute(sa.text(statement), {"schema": installation.schema})
    return [Relation(name, tuple(columns)) for name, columns in rows]


def _functions(connection: sa.Connection, installation: Installation) -> list[Function]:
    statement = (
        "SELECT p.proname, CAST(CAST(p.oid AS regprocedure) AS text), p.provolatile = 'i',"
        " p.prorettype = CAST('trigger' AS regtype) FROM pg_proc p"
        " WHERE p.pronamespace = CAST(:schema AS regnamespace) ORDER BY 1, 2"
    )
    rows = connection.execute(sa.text(statement), {"schema": installation.schema})
    return [Function(*row) for row in rows]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
