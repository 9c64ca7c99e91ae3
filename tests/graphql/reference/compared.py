"""One question, three answers: of both lanes of the service, and of the reference."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.graphql.conftest import Client
from tests.graphql.reference.documents import Mender, after
from tests.graphql.reference.pages import Mark
from tests.graphql.reference.questions import Executor
from tests.graphql.reference.records import Reader
from tests.graphql.reference.rows import read


@dataclass
class Compared:
    """The service and the reference over one world, and what was asked of them."""

    client: Client
    reference: Executor
    mender: Mender
    counted: Counter[str] = field(default_factory=Counter)

    def ask(self, document: str, variables: dict[str, Any] | None = None) -> Any:
        """The answer of both lanes, which is that of the reference; None where it is refused, with a code."""
        response = self.client.ask(document, **(variables or {}))
        assert response.status_code == 200, response.text
        said = response.json()
        self.counted["asked"] += 1
        if "errors" in said:
            codes = [error["extensions"]["code"] for error in said["errors"]]
            assert {code.partition(".")[0] for code in codes} <= {"question", "input", "ledger"}, said
            self.counted[codes[0]] += 1
            return None
        fast, slow = self.client.lanes(document, **(variables or {}))
        assert fast.partition(b',"extensions":')[0] == slow.partition(b',"extensions":')[0]
        expected, found = self.reference.data(document, variables), orjson.loads(fast)["data"]
        self._same(expected, found, "data", document)
        self.counted["answered"] += 1
        return found

    def _same(self, expected: Any, found: Any, place: str, document: str) -> None:
        match expected:
            case Mark():
                assert self.reference.reader.learned.setdefault(found, expected) == expected, (place, document)
            case dict():
                assert isinstance(found, dict), (place, document)
                assert list(expected) == list(found), (place, document)
                for name, value in expected.items():
                    self._same(value, found[name], f"{place}.{name}", document)
            case list():
                assert isinstance(found, list), (place, document)
                assert len(expected) == len(found), (place, expected, found, document)
                for number, value in enumerate(expected):
                    self._same(value, found[number], f"{place}.{number}", document)
            case _:
                self.counted["values"] += expected is not None and not place.endswith("__typename")
                assert isinstance(expected, bool) == isinstance(found, bool), (place, expected, found, document)
                assert expected == found, (place, expected, found, document)

    def follow(self, document: str, found: Any) -> None:
        """The next page of each root that has one."""
        infos = {key: root.get("pageInfo") or {} for key, root in found.items() if isinstance(root, dict)}
        ends = {key: info["endCursor"] for key, info in infos.items() if info.get("endCursor")}
        if ends and self.ask(after(document, ends)) is not None:
            self.counted["pages"] += 1


def compare(client: Client) -> Compared:
    """The service that the client asks, beside the reference over the rows as they stand."""
    world = client.world
    url = world.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    rows = read(url, world.installation)
    reference = Executor(Reader(rows, {}))
    return Compared(client, reference, Mender(rows, reference.schema))
