"""Readers that walk a feed while it is written: nothing is missed, nothing comes twice, everything in order."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from baseregistry.registries import acts
from baseregistry.registries.acts import Act, Period
from baseregistry.registries.ledger import Kind
from tests.conftest import Database
from tests.registries.answer.asking import Asker, connect
from tests.registries.answer.test_feeds_said import World
from tests.registries.answer.walking import PAGE, page
from tests.registries.scene import START, entity

WRITERS, TURNS, NEW = 4, 12, 3
FIELDS = f"nodes{{position record_id}} {PAGE}"
Place = tuple[int, str]


@dataclass
class Race:
    """A world that is written by several at once, and whether they are done."""

    world: World
    over: threading.Event = field(default_factory=threading.Event)

    def write(self, number: int) -> None:
        for turn in range(TURNS):
            begin = datetime(2021, 1, 1 + turn, number, tzinfo=UTC)
            shared = acts.change(
                entity("land.parcel"), self.world.first, Period(begin), {"map_sheet": f"{number}{turn}"}, across=True
            )
            self.world.say(Kind.CORRECTION, *self._parcels(f"{number}-{turn}"), shared)

    def _parcels(self, name: str) -> Iterator[Act]:
        place = {"commune": self.world.commune, "numbering_commune": self.world.commune}
        for number in range(NEW):
            said = {**place, "map_sheet": "7", "parcel_number": f"{name}-{number}", "status": "CURRENT"}
            yield acts.register(entity("land.parcel"), uuid4(), Period(START), said)

    def pages(self, go_on: Callable[[dict[str, Any], dict[str, Any]], None], first: int) -> Iterator[dict[str, Any]]:
        """Pages, one after the other, until all is written and read; `go_on` says where the next begins."""
        database = self.world.database
        with connect(database.url, database.installation.schema) as connection:
            asker, said = Asker(database.installation, connection), {"since": self.world.start}
            while True:
                last = self.over.is_set()
                shown = page(asker, "land.parcel", FIELDS, first=first, **said)
                yield shown
                if last and not shown["page_info"]["has_next_page"]:
                    return
                go_on(said, shown["page_info"])

    def by_cursor(self) -> list[Place]:
        def go_on(said: dict[str, Any], info: dict[str, Any]) -> None:
            said["after"] = info["end_cursor"]

        return [place(item) for shown in self.pages(go_on, first=2) for item in shown["nodes"]]

    def by_position(self) -> list[Place]:
        """Of a position that may not be told whole, nothing is taken yet."""

        def go_on(said: dict[str, Any], info: dict[str, Any]) -> None:
            said["since"] = int(info["up_to"])

        return [
            place(item)
            for shown in self.pages(go_on, first=100)
            for item in shown["nodes"]
            if int(item["position"]) <= int(shown["page_info"]["up_to"])
        ]


def place(item: dict[str, Any]) -> Place:
    return int(item["position"]), item["record_id"]


def test_readers_among_racing_writers_miss_nothing(database: Database) -> None:
    race = Race(World(database))
    with ThreadPoolExecutor(WRITERS + 2) as threads:
        readers = [threads.submit(race.by_cursor), threads.submit(race.by_position)]
        writers = [threads.submit(race.write, number) for number in range(WRITERS)]
        try:
            for writer in writers:
                writer.result()
        finally:
            race.over.set()
        seen = [reader.result() for reader in readers]
    with connect(database.url, database.installation.schema) as connection:
        rows = connection.execute(
            "SELECT recorded_from, record_id::text FROM land_parcel WHERE recorded_from > %(since)s"
            " UNION SELECT recorded_to, record_id::text FROM land_parcel WHERE recorded_to > %(since)s ORDER BY 1, 2",
            {"since": race.world.start},
        ).fetchall()
    assert len(rows) == WRITERS * TURNS * (NEW + 1)
    assert seen == [rows, rows]
