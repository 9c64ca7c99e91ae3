"""Random documents under random grants over random worlds: refused with the paths that a naive model misses, or answered
as the reference answers over what lies inside.

`DIFFERENTIAL=10000` (make soak) asks so many triples of data, grants and document.  Left to test_territory: the ledger's
feeds and subscriptions, and ids and cursors of other territories.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from baseregistry import cluster
from tests.access.naive import world as places
from tests.access.naive.differential import Differential, differential, pages
from tests.access.naive.drawing import Drawer
from tests.graphql.conftest import client_of, empty_world
from tests.graphql.test_reference import GROUPS

TRIPLES = int(os.environ.get("DIFFERENTIAL", "300"))
WORLDS = max(2, TRIPLES // 1_000)
GRANTS = 4  # sets of grants for each document
ROOTS = [root for group in GROUPS.values() for root in group]
AROUND = 4 * [
    "person",
    "persons",
    "personBatch",
    "parcel",
    "parcels",
    "right",
    "rights",
]  # from which ways lead outside
MORE = ["partyGroup", "household", "residence", "asset", "block", "landUse", "relation", "representative"]


@contextmanager
def drawn(running_cluster: cluster.Cluster, template: Any, folder: Any, seed: int) -> Iterator[Differential]:
    """A world that `seed` draws, the service over it, and the model."""
    with empty_world(running_cluster, template) as world:
        places.build(world, seed)
        with client_of(world, folder) as client:
            yield differential(client)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_grants_take_away_what_the_model_takes_away(
    running_cluster: cluster.Cluster, template: Any, tmp_path: Any, seed: int
) -> None:
    random, wanted = Random(seed), TRIPLES // WORLDS
    with drawn(running_cluster, template, tmp_path, seed) as asked:
        while asked.counted["asked"] < wanted:
            document = asked.document(random, ROOTS + MORE + AROUND)
            for _ in range(GRANTS):
                asked.triple(document, random)
            _paged(asked, document, random)
    counted = asked.counted
    print(f"world {seed}: {dict(sorted(counted.items()))}")
    assert counted["refused"] >= wanted / 8, counted
    assert counted["answered"] >= wanted / 4, counted
    assert counted["narrowed"] >= wanted / 20, counted
    assert counted["values"] >= wanted, counted


def _paged(asked: Differential, document: str, random: Random) -> None:
    """The next page of the document, where one grant in some units opens all of it."""
    roots = asked.reader.roots(document)
    grants = Drawer(asked.reader.declarations, asked.reference.reader.rows, random).grants(roots.values())
    if "pageInfo" in document:
        pages(asked, document, grants)
