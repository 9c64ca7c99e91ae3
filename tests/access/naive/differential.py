"""One triple: a document, asked of the service under random grants and of the model; what differs is a fault of one of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Any

from baseregistry.access.askers import Askers
from baseregistry.access.errands import Errand
from baseregistry.access.granted import Granted, GrantSet, digest_of
from baseregistry.access.standing import units_today
from baseregistry.access.territories import Map
from baseregistry.access.tokens import Caller
from baseregistry.db import reading
from baseregistry.graphql.http import Endpoint
from tests.access.known import asked_by
from tests.access.log import uuid
from tests.access.naive.bounded import Answers, Bounded, BoundReader
from tests.access.naive.drawing import Drawer
from tests.access.naive.opening import Decided, Decider, Grant
from tests.access.naive.paths import Reader, Root
from tests.graphql.conftest import Client
from tests.graphql.reference.compared import Compared, compare
from tests.graphql.reference.documents import after
from tests.graphql.reference.growing import Grower
from tests.graphql.reference.questions import Executor

NO_RIGHT = "access.field_not_granted"
Place = tuple[Decided, ...]


@dataclass
class Given:
    """The grants of whoever asks now."""

    now: GrantSet
    enforced: bool = True

    def of(self, caller: Caller | None, errand: Errand) -> GrantSet:
        return self.now

    def role(self, client: str, official: str) -> str | None:
        return None

    def known(self, caller: Caller) -> None:
        return None


@dataclass
class Differential(Compared):
    """The service over one world under grants that are put into its hand, beside the model."""

    units: Map = field(default_factory=lambda: Map({}, ()))
    reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        rows = self.reference.reader.rows
        self.reader = Reader(rows.declarations, self.reference.schema)

    # --- what is asked -------------------------------------------------------------------------------

    def document(self, random: Random, roots: Sequence[str]) -> str:
        """A random document of one or two of the roots."""
        chosen = random.sample(roots, random.choice([1, 1, 1, 2]))
        text = " ".join(f"r{place}: {root} {{ __typename }}" for place, root in enumerate(chosen))
        return self.mender.mended(Grower(self.reference.schema, random).grown(f"{{ {text} }}"))

    def triple(self, document: str, random: Random) -> None:
        """The document under random grants."""
        roots = self.reader.roots(document)
        drawn = Drawer(self.reader.declarations, self.reference.reader.rows, random).grants(roots.values())
        self.held(document, roots, drawn)

    def held(self, document: str, roots: dict[str, Root], grants: Sequence[Grant]) -> None:
        """The service under these grants, against the model."""
        decider = Decider(self.reader.declarations, grants)
        decided = {key: tuple(decider.decided(root)) for key, root in roots.items()}
        with self._granted(grants):
            response = self.client.ask(document, {"x-purpose": "1"})
        said = response.json()
        self.counted["asked"] += 1
        missing = [one for each in decided.values() for one in each if one.missing]
        outside = frozenset[str]().union(*(one.outside for each in decided.values() for one in each))
        codes = [error["extensions"]["code"] for error in said.get("errors", ())]
        if codes and {code.partition(".")[0] for code in codes} <= {"question", "input", "ledger"}:
            self.counted[codes[0]] += 1  # it is none: whatever is granted, nothing is answered
        elif missing:
            self._refused(said, missing, document, grants)
        elif outside:
            self._refused(said, [Decided(missing=(outside,))], document, grants)
            self.counted["outside"] += 1
        else:
            self._answered(said, decided, document, grants)

    def _refused(self, said: Any, missing: Sequence[Decided], document: str, grants: Sequence[Grant]) -> None:
        expected = {frozenset[str]().union(*chosen) for chosen in product(*(one.missing for one in missing))}
        assert "errors" in said, ("answered", expected, document, grants_text(grants))
        (error,) = said["errors"]
        told = error["extensions"].get("where", {}).get("missing", ())
        assert error["extensions"]["code"] == NO_RIGHT, (said, document)
        assert list(told) == sorted(set(told))
        assert frozenset(told) in expected, (sorted(told), expected, document, grants_text(grants))
        assert "data" not in said
        self.counted["refused"] += 1

    def _answered(self, said: Any, decided: dict[str, Place], document: str, grants: Sequence[Grant]) -> None:
        assert "errors" not in said, (said, document, grants_text(grants))
        found, seen = said["data"], (document, grants_text(grants))
        expected = self._executor(decided).data(document)
        self._same(expected, found, "data", str(seen))
        self.counted["answered"] += 1
        self.counted["masked"] += any(one.grant and one.grant.masked for each in decided.values() for one in each)
        bound = any(one.grant and one.grant.territory for each in decided.values() for one in each)
        self.counted["bound"] += bound
        if bound:
            whole = self.reference.data(document)
            self.counted["narrowed"] += whole != expected
            self.counted["emptied"] += not any(_leaves(expected)) and any(_leaves(whole))

    def follow(self, document: str, found: Any) -> None:
        """Nothing: `held` is asked again with a cursor by `pages`."""

    def _executor(self, decided: dict[str, Place]) -> Executor:
        reader, schema = self.reference.reader, self.reference.schema

        def bounded(one: Decided) -> Bounded:
            territory = one.grant.territory if one.grant else None
            own = BoundReader(reader.rows, reader.learned, territory) if territory else reader
            return Bounded(own, schema, territory, frozenset(one.among))

        return Answers(reader, schema, {key: [bounded(one) for one in each] for key, each in decided.items()})

    # --- who asks ------------------------------------------------------------------------------------

    @contextmanager
    def _granted(self, grants: Sequence[Grant]) -> Iterator[None]:
        endpoint = self.client.service.graphql
        assert isinstance(endpoint, Endpoint)
        made = tuple(self._grant(place, grant) for place, grant in enumerate(grants))
        given = Given(GrantSet(digest_of(made), "So TNMT", "land-portal", "1", made))
        with asked_by(endpoint, Askers(endpoint.askers.verifier, given)):
            yield

    def _grant(self, place: int, grant: Grant) -> Granted:
        """As the access register would give it: units followed by the service itself."""
        units, splits = None, ()
        if grant.territory is not None:
            units, splits = self.units.within(sorted(str(unit) for unit in grant.territory.named))
        paths = grant.paths | grant.masked
        return Granted(uuid(900 + place), 1, paths, grant.masked, units, splits, "Luật Đất đai 2024")


def pages(differential: Differential, document: str, grants: Sequence[Grant]) -> None:
    """A document under the grants, and where it is answered, the next page of each of its roots."""
    differential.held(document, differential.reader.roots(document), grants)
    with differential._granted(grants):
        found = differential.client.ask(document, {"x-purpose": "1"}).json().get("data") or {}
    infos = {key: root.get("pageInfo") or {} for key, root in found.items() if isinstance(root, dict)}
    ends = {key: info["endCursor"] for key, info in infos.items() if info.get("endCursor")}
    if ends:
        differential.counted["pages"] += 1
        moved = after(document, ends)
        differential.held(moved, differential.reader.roots(moved), grants)


def differential(client: Client) -> Differential:
    """The service that the client asks, beside the model over the rows as they stand."""
    made: Compared = compare(client)
    with reading(client.world.engine) as read:
        units = units_today(read)
    return Differential(client, made.reference, made.mender, units=units)


def grants_text(grants: Sequence[Grant]) -> list[tuple[list[str], list[str], list[str] | None]]:
    """Grants as a failure tells them: paths, masked paths, and the units that are inside."""
    return [
        (
            sorted(one.paths),
            sorted(one.masked),
            None if one.territory is None else sorted(map(str, one.territory.named)),
        )
        for one in grants
    ]


def _leaves(part: Any) -> Iterator[Any]:
    match part:
        case dict():
            for value in part.values():
                yield from _leaves(value)
        case list():
            for value in part:
                yield from _leaves(value)
        case _:
            yield part
