"""Random documents of the served schema have one answer: of the fast lane, of the executor lane, and of an executor that
compiles nothing and looks at plain rows.

Left to tests of their own: the ledger's feeds (`change`, `changes`, `…ChangesSince`: test_feeds in registries/answer),
what changes something, and subscriptions.
"""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from baseregistry.graphql.schema import COMMITTED
from baseregistry.registries.declarations import DECLARATIONS
from tests.graphql.reference.compared import Compared
from tests.graphql.reference.growing import Grower

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))  # for each group of roots
VARIANTS = 3  # of each document: to make one takes longer than to ask it
SCALARS = {
    "Position": st.integers(0, 12).map(nodes.Int) | st.integers(-1, 2**64).map(str).map(nodes.String),
    "Decimal": st.decimals(-10, 1000, places=2).map(str).map(nodes.String),
    "DateTime": st.sampled_from(
        ["2025-07-01", "2025-06-30T00:00:00.000001+07:00", "2020-06-01", "2022-01-01", "0001-01-02", "9999-12-31T23:59:59Z"]
    ).map(nodes.String),
    "Date": st.dates().map(str).map(nodes.String) | st.sampled_from(["2024-02-29", "2025-03-01"]).map(nodes.String),
    "PartialDate": st.sampled_from(["1956", "1956-03", "2025-07-02", "0001", "9999", "9999-12"]).map(nodes.String),
    "Fraction": st.sampled_from(["1/3", "2/6", "1/1"]).map(nodes.String),
    "CRS": st.sampled_from(["CRS84", "EPSG:5899", "EPSG:3857"]).map(nodes.String),
    "GeoJSON": st.just("POINT").map(nodes.String),  # mended to a geometry
}  # fmt: skip
GROUPS = {
    "node": ["node", "nodes"],
    "administration": ["unit", "units", "unitHistory", "unitBatch", "succession", "successions"],
    "land": ["parcel", "parcels", "parcelHistory", "parcelBatch", "certificate", "landUses", "blocks", "assets", "lineages"],
    "rights": ["right", "rights", "rightHistory", "partyGroups", "groupMembers", "groupMember"],
    "persons": ["person", "persons", "personHistory", "personBatch", "personMatches"],
    "population": ["identifier", "identifiers", "residences", "households", "householdMembers", "civilEvents", "relations"],
    "enterprise": ["enterprise", "enterprises", "enterpriseBatch", "owners", "representatives", "businessLines", "dependentUnits",
                   "householdBusinesses"],
    "access": ["agency", "agencies", "clients", "officials", "purpose", "purposes", "grants", "grantedPaths", "grantedUnits",
               "manifest", "manifests", "trustedDocument", "trustedDocuments"],
}  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_all_executors_answer_alike(compared: Compared, group: str) -> None:
    compared.counted.clear()
    answered: list[bool] = []
    documents = queries(COMMITTED.read_text(encoding="utf-8"), fields=GROUPS[group], custom_scalars=SCALARS)

    @given(document=documents, seed=st.integers(0, 2**32))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(document: str, seed: int) -> None:
        for number in range(VARIANTS):
            grown = Grower(compared.reference.schema, Random(seed + number)).grown(document)
            mended = compared.mender.mended(grown)
            found = compared.ask(mended)
            answered.append(found is not None)
            if found is not None:
                compared.follow(mended, found)

    ask()
    assert sum(answered) >= len(answered) / 3, compared.counted
    assert compared.counted["values"] >= 5 * EXAMPLES, compared.counted  # what finds nothing proves little


def test_every_root_but_the_feeds_is_asked(compared: Compared) -> None:
    asked = {root for group in GROUPS.values() for root in group}
    query = compared.reference.schema.query_type
    assert query is not None
    assert asked <= set(query.fields)
    entities = {entity for entity, _ in (compared.reference.roots[root] for root in asked - {"node", "nodes"})}
    assert entities == set(DECLARATIONS.entities.values())
