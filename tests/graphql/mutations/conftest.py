"""A service on a database of the test's own, and an agency that states things to it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from baseregistry.access import tokens
from baseregistry.server import Service
from tests.conftest import Database, by_role
from tests.graphql.mutations.agency import COMMUNE, PROVINCE, Agency, unit

PEOPLE = ("lan.tran", "minh.le")


@pytest.fixture
def agency(database: Database, tmp_path: Path) -> Iterator[Agency]:
    said = {"data": tmp_path, "read_connections": 2, "write_seconds": 30.0, **by_role(database.url)}
    settings = database.settings.model_copy(update=said)
    service = Service(settings, without_access=True)
    with asyncio.Runner() as runner:
        opened = service.opened()
        runner.run(opened.__aenter__())
        try:
            yield Agency(runner, service, {who: tokens.issue(settings, who) for who in PEOPLE}, database)
        finally:
            runner.run(opened.__aexit__(None, None, None))


@pytest.fixture
def province(agency: Agency) -> Agency:
    """The agency, in whose register a province and a commune stand: `ids["province"]`, `ids["commune"]`."""
    province, commune = agency.recorded(
        unit(local="province", **PROVINCE), unit(**COMMUNE, parent={"local": "province"})
    )["records"]
    agency.ids |= {"province": province, "commune": commune}
    return agency
