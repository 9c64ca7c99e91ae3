"""A compiled question: one statement, what its placeholders take, and how its row is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from baseregistry import errors
from baseregistry.registries.answer.values import Reader, array

Row = tuple[bytes | None, ...]
Check = Callable[[Row, Sequence[object]], None]  # refuses a row, beside what is refused of every root


@dataclass(frozen=True, slots=True)
class Parameter:
    """Placeholder ``$n`` takes the value of `slot`, as `read` writes it; one slot may fill several placeholders."""

    slot: int
    read: Reader


class Snapshot(NamedTuple):
    """What a root was answered from: ledger position, its time (UTC; None for the empty ledger), the ledger's hash there
    (hexadecimal), and the moment in the world that was asked about.  Asked again with it, the answer is the same."""

    position: int
    recorded_at: str | None
    ledger_hash: str
    valid_at: str


@dataclass(frozen=True, slots=True)
class Told:
    """One level of an answer on which records with personal data stand: the entity, what is delivered of it, and by what
    its records were found (declared names and paths).  `opened`: by a key or as one whole record, else a search hit."""

    entity: str
    fields: tuple[str, ...]
    conditions: tuple[str, ...]
    opened: bool


class Answer(NamedTuple):
    """One JSON text per root (``null`` where no record was found), and the snapshot each was taken from."""

    data: tuple[bytes, ...]
    snapshots: tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Where a row tells the known side of some roots: `column` and the three after it are position, time, hash and the
    head's position.  The position is null when it was asked for and does not exist yet."""

    column: int
    asked: int | None = None  # the slot of the position or moment asked for; None: the head
    by_position: bool = False
    ledger_hash: int | None = None  # the slot of the hash that must be found


@dataclass(frozen=True, slots=True)
class Root:
    """One root of the plan: its key, and the columns of its JSON and of its valid instant."""

    key: str
    data: int
    valid_at: int
    known: Known
    checks: "tuple[Check, ...]" = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One SQL statement for all roots; it answers exactly one row of text columns."""

    sql: str
    name: bytes  # of the prepared statement: the same statement has the same name
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    roots: tuple[Root, ...]
    bounded: bool = False  # whether it reads a few rows by their keys, whatever the values: see statement.py
    told: tuple[Told, ...] = ()  # of the levels whose numbers stand in the log keys of its answers: see told.py
    checked: tuple[Parameter, ...] = ()  # what the statement came to need nowhere, and must be readable all the same
    secrets: tuple[int, ...] = ()  # the slots of values of personal attributes by which records are found
    audits: bool = False  # whether it reads the access log, which is the auditing role's alone

    def bind(self, values: Sequence[object]) -> list[bytes | None]:
        """The parameters as text, in the order of the placeholders.  Raises errors.BadQuestion for what cannot be read."""
        for parameter in self.checked:
            parameter.read(values[parameter.slot])
        return [parameter.read(values[parameter.slot]) for parameter in self.parameters]

    def bind_sets(self, sets: Sequence[Sequence[bytes | None]]) -> list[bytes | None]:
        """The parameters of a plan for many sets of values: for each placeholder all of its values (as `bind` wrote them)."""
        return [array(values) for values in zip(*sets, strict=True)]

    def read(self, row: Row, values: Sequence[object]) -> Answer:
        """The answer in a row.  Raises errors.BadQuestion for a moment that has not come, errors.Forked for another ledger."""
        return Answer(
            tuple([row[root.data] or b"null" for root in self.roots]),
            tuple([_snapshot(root, row, values) for root in self.roots]),
        )


def _snapshot(root: Root, row: Row, values: Sequence[object]) -> Snapshot:
    position, recorded_at, ledger_hash = told(root.known, row, values)
    for check in root.checks:
        check(row, values)
    return Snapshot(position, recorded_at, ledger_hash, _said(row[root.valid_at]))


def told(known: Known, row: Row, values: Sequence[object]) -> tuple[int, str | None, str]:
    """Position, time and hash of a known side; raises errors.BadQuestion and errors.Forked as `Plan.read` does."""
    position, recorded_at, found = row[known.column], row[known.column + 1], row[known.column + 2]
    if position is None:
        raise _not_yet(known, row, values)
    ledger_hash = (found or b"").decode()
    if known.ledger_hash is not None:
        _check_hash(ledger_hash, int(position), values[known.ledger_hash])
    return int(position), recorded_at.decode() if recorded_at else None, ledger_hash


def _said(column: bytes | None) -> str:
    return (column or b"").decode()


def _not_yet(known: Known, row: Row, values: Sequence[object]) -> errors.BadQuestion:
    asked, head = values[known.asked or 0], _said(row[known.column + 3])
    if known.by_position:
        return errors.BadQuestion(
            f"The ledger has no position {asked} yet; its last one is {head}.",
            code="question.future_position",
            hint="Ask for a position up to the last one, or leave it out for what is known now.",
            where={"position": str(asked), "head": head},
        )
    return errors.BadQuestion(
        f"What will be known at {asked} cannot be told: that moment has not come.",
        code="question.future_known_at",
        hint="Ask for a moment that has passed, or leave it out for what is known now.",
        where={"known_at": str(asked)},
    )


def _check_hash(found: str, position: int, asked: object) -> None:
    if not isinstance(asked, str) or asked.lower() != found:
        raise errors.Forked(
            f"At position {position} this ledger's hash is {found}, not {asked}.",
            hint="The database was restored from a backup, or is another one: what was read from the old one may not hold here.",
            where={"position": str(position), "ledger_hash": found},
        )
