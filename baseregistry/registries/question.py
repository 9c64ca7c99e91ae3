"""A question, as all doors hand it on: one frozen value, without any value that a client sent.

The doors parse into it, `answer` compiles it.  What a client sends stands in numbered slots (`Bind`),
so that one compiled plan serves every request of the same shape.  Names are the declared ones
(``map_sheet``), never a door's spelling; `key` is the name the answer must carry.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from baseregistry.registries.accesses import View


@dataclass(frozen=True, slots=True)
class Bind:
    """The value in slot `slot`, given when the statement runs; `many` marks a list."""

    slot: int
    many: bool = False


class Operator(Enum):
    """How an attribute is compared with a value."""

    EQ = "eq"
    IN = "in"
    LT = "lt"
    LE = "lte"
    GT = "gt"
    GE = "gte"
    PREFIX = "prefix"
    SEARCH = "search"
    IS_NULL = "is_null"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`attribute` against a value.  For `IS_NULL` the value is `negated` and nothing is bound.

    A PartialDay is compared `certainly` (whichever of its possible days it was) unless `possibly` (for at least one of
    them): certainly equal to ``1956`` is any day known to lie in 1956, possibly equal is any that may.
    """

    attribute: str
    operator: Operator
    value: Bind | None = None
    negated: bool = False
    possibly: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """All of the conditions hold (of none: always)."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the conditions holds (of none: never)."""

    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Never:
    """The condition does not hold."""

    of: "Condition"


class Quantifier(Enum):
    """How many of the records that refer to one must meet a condition; every one of none does."""

    SOME = "some"
    EVERY = "every"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Refers:
    """The reference `attribute` points to a record of `entity` that meets `where`, seen at the reference's own moment."""

    attribute: str
    entity: str
    where: "Condition"


@dataclass(frozen=True, slots=True)
class Back:
    """So many of the records that refer to this one by the way back `way`, at the moment asked, meet `where`."""

    way: str
    quantifier: Quantifier
    where: "Condition"


class Relation(Enum):
    """How the geometry of a record lies to one that is given."""

    INTERSECTS = "intersects"
    WITHIN = "within"
    DISTANCE = "distance"


@dataclass(frozen=True, slots=True)
class Placed:
    """The geometry `attribute` lies so to a shape.  The slot of `shape` holds two things, geometry and EPSG code;
    `metres` is the largest distance."""

    attribute: str
    relation: Relation
    shape: Bind
    metres: Bind | None = None


Condition = Comparison | Every | Either | Never | Refers | Back | Placed


@dataclass(frozen=True, slots=True)
class Order:
    """One term of an order; the record's id always comes last, so every order is total.  `given`: people by their given
    names (the last word), then by the whole name."""

    attribute: str
    descending: bool = False
    given: bool = False


@dataclass(frozen=True, slots=True)
class AsOf:
    """Which of the three were given; each is a slot.  Known: `position` or `known_at`, else the head.  Valid:
    `valid_at`, else the time of the known position if one was asked for, else now (DESIGN, section 2)."""

    valid_at: Bind | None = None
    known_at: Bind | None = None
    position: Bind | None = None
    ledger_hash: Bind | None = None  # the hash (hexadecimal) that came with the position; another one is refused


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a connection: at most `first` rows after the cursor `after` (both slots; `first` always given)."""

    first: Bind
    after: Bind | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open interval of the world; each end is the slot of an instant, None where it is open."""

    begin: Bind | None = None
    end: Bind | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Which changes of the ledger are asked for: those that meet all that is given.

    `since`: a position, itself excluded; `ledger_hash`: the ledger's hash there, another one is refused (ledger.forked).
    `units`: an array of record ids of units; of a feed's records, those that lie there before or after the change.
    The end (up to a position, itself included) is the question's `as_of.position`; without it, the head.
    """

    since: Bind | None = None
    ledger_hash: Bind | None = None
    units: Bind | None = None
    kinds: Bind | None = None
    agency: Bind | None = None
    case: Bind | None = None
    recorded: Period = Period()


@dataclass(frozen=True, slots=True)
class Accesses:
    """Which requests of the access log are asked for: those that meet all that is given; `view` says whose question it is.

    `agency` is a code; `forms` and `own_cases` are lists, the latter those cases that the asker knows to be the subject's
    own.  Whose data: the question's key for the subject's view, else `record` and `subject` (record ids).
    """

    view: View
    agency: Bind | None = None
    client: Bind | None = None
    official: Bind | None = None
    purpose: Bind | None = None
    case: Bind | None = None
    record: Bind | None = None
    subject: Bind | None = None
    forms: Bind | None = None
    own_cases: Bind | None = None
    asked: Period = Period()


@dataclass(frozen=True, slots=True)
class Field:
    """One thing wanted, under `key`.

    `name` is an attribute, a way back, or one of the words ``id``, ``__typename``, ``version``, ``history``;
    inside ``version``: ``valid_from``, ``valid_to``, ``recorded_from``, ``recorded_to``, ``digest``, ``redacted``,
    ``change`` and ``written_by`` (with the columns of the ledger); inside a connection: ``nodes``, ``edges``
    (``cursor``, ``node``), ``page_info`` (``has_next_page``, ``has_previous_page``, ``start_cursor``, ``end_cursor``),
    ``total_count``; inside a batch: ``items`` (``key``, ``node``), ``not_found``; a match: ``record``, ``matched``,
    ``held``; inside a Code: ``code``, ``title_vi``, ``title_en``, ``edition``, ``retired``.
    `on` limits a field to some target entities (a union's fragments).  `crs` is the slot of an EPSG code.
    `type_name` is what ``__typename`` answers; without it, the GraphQL type of the entity it stands in.
    `between` limits a history to the versions that held at some moment of the period.
    """

    key: str
    name: str
    fields: tuple["Field", ...] = ()
    on: frozenset[str] | None = None
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    page: Page | None = None
    crs: Bind | None = None
    include_superseded: bool = False
    type_name: str | None = None
    between: Period | None = None
    arguments: tuple[tuple[str, Bind], ...] = ()  # of a derived field, by declared name; those that were given
    masked: bool = False  # whether its value is only told masked: see masks.py


@dataclass(frozen=True, slots=True)
class Scope:
    """What the caller may reach.  `units`: slot of an array of record ids of units, or everywhere.

    `granted`: the slot holds a `Territory`, ready to be sent; then `splits` is the same slot where the territory has
    units that were split, of which geometry decides.
    """

    units: Bind | None = None
    splits: Bind | None = None
    granted: bool = False


class Territory(NamedTuple):
    """Units as PostgreSQL reads arrays of ids: those that lie inside, and of those split the old one beside the new one."""

    units: bytes
    old: bytes = b"{}"
    new: bytes = b"{}"


class Form(Enum):
    """One record or null; a connection; all versions of one record; what changed of an entity's records since a position;
    one change of the ledger; a connection of them; one item for each key given; one record or null for each id given, of
    whichever entity; every record that ever bore a number; the versions of an entity that one change wrote; a connection
    of requests in the access log."""

    ONE = "one"
    MANY = "many"
    HISTORY = "history"
    FEED = "feed"
    CHANGE = "change"
    CHANGES = "changes"
    BATCH = "batch"
    NODES = "nodes"
    MATCHES = "matches"
    WRITTEN = "written"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class Question:
    """One root of an operation.

    `key_name` names how the record is found: ``id``, a declared key or a lookup, with one slot per attribute in `key_values`;
    for BATCH and NODES the one slot holds a list.  NODES has no entity (""); its fields say theirs by `on`, and records of
    entities that are not `among` those asked for are as if there were none.
    """

    key: str
    entity: str
    form: Form
    fields: tuple[Field, ...]
    scope: Scope = Scope()
    as_of: AsOf = AsOf()
    key_name: str | None = None
    key_values: tuple[Bind, ...] = ()
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    page: Page | None = None
    include_superseded: bool = False
    between: Period | None = None
    changes: Changes | None = None  # of a FEED and of CHANGES; a CHANGE is named by `as_of.position`
    told: bool = False  # whether the answer carries the keys of the access log: see answer/told.py
    among: tuple[str, ...] | None = None
    accesses: Accesses | None = None  # of an ACCESS
