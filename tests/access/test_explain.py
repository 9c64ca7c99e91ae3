"""`access explain`: its verdict is the service's, its reasons are those of the check."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from baseregistry import cluster
from baseregistry.access.granted import GrantSet
from baseregistry.commands import access_explain, edge
from baseregistry.graphql.door import Door
from baseregistry.graphql.explaining import explained
from baseregistry.graphql.http import Endpoint
from baseregistry.graphql.requests import Asked
from baseregistry.registries.acts import Period
from baseregistry.settings import Settings
from tests.access.first_set import PURPOSE, let_in
from tests.access.naive.differential import Differential
from tests.access.naive.drawing import Drawer
from tests.access.register import REFORM, Register
from tests.access.test_differential import AROUND, MORE, ROOTS, drawn
from tests.access.test_paths import grants
from tests.commands.test_edge import Run, run
from tests.conftest import Database
from tests.graphql.conftest import empty_world

DOCUMENTS = 40  # of the differential's, each under three sets of grants


@pytest.fixture(scope="module")
def door(running_cluster: cluster.Cluster, template: Any) -> Iterator[Door]:
    """The door of the command, which has no database."""
    with empty_world(running_cluster, template) as world:
        yield access_explain.door(world.installation, Settings())


def test_it_says_what_the_service_does(running_cluster: cluster.Cluster, template: Any, tmp_path: Path) -> None:
    random = Random(7)
    with drawn(running_cluster, template, tmp_path, 7) as asked:
        door = access_explain.door(asked.client.world.installation, Settings())
        said = [_compared(door, asked, random) for _ in range(DOCUMENTS)]
    verdicts = [one for each in said for one in each]
    assert verdicts.count(True) >= len(verdicts) / 5, verdicts
    assert verdicts.count(False) >= len(verdicts) / 8, verdicts


def _compared(door: Door, asked: Differential, random: Random) -> Iterator[bool]:
    """The verdict on one document under each set of grants; the service says the same, in the same words."""
    document = asked.document(random, ROOTS + MORE + AROUND)
    roots = asked.reader.roots(document)
    found = []
    for _ in range(3):
        drawer = Drawer(asked.reader.declarations, asked.reference.reader.rows, random)
        with asked._granted(drawer.grants(roots.values())):
            endpoint = asked.client.service.graphql
            assert isinstance(endpoint, Endpoint)
            given: GrantSet = endpoint.askers._grants.of(None, None)  # type: ignore[union-attr, arg-type]
            body = asked.client.ask(document, {"x-purpose": "1"}).json()
        told = explained(door, Asked(document), given)
        if "data" in body:
            assert told.allowed, (told.refusal, document)
            assert all(root.allowed for root in told.roots), (told, document)
            assert told.verdict.points == body["extensions"]["cost"]
        elif told.refusal is None:  # what only the values or the ledger tell, when it runs
            code = body["errors"][0]["extensions"]["code"]
            assert code.partition(".")[0] in {"question", "input", "ledger"}, (body, document)
        else:
            said = body["errors"][0]
            assert (told.refusal.code, told.refusal.message) == (said["extensions"]["code"], said["message"])
            assert _lacks(told.roots) >= set(told.refusal.where.get("missing", ()))
        found.append(told.allowed)
    return iter(found)


def _lacks(roots: Any) -> set[str]:
    """Every path of refused roots."""
    return {path.path.partition("(")[0] for root in roots if not root.allowed for path in root.paths}


def test_each_path_says_what_opens_it_and_what_could_be_asked_instead(door: Door) -> None:
    given = grants("person.sex", "person.ageIsAtLeast.years18", "person.fullName", masked=("person.fullName",))
    text = "{ persons { nodes { sex { code } fullName birthDate ageIsAtLeast(years: 18) } } }"
    told = explained(door, Asked(text), given)
    assert told.refusal is not None
    assert told.refusal.code == "access.field_not_granted"
    (root,) = told.roots
    paths = {path.path: path for path in root.paths}
    assert [one.how for one in paths["person.sex"].openings] == ["plain"]
    assert [one.how for one in paths["person.ageIsAtLeast"].openings] == ["answer"]
    assert (paths["person.fullName"].openings, paths["person.fullName"].masked) == ((), True)
    assert paths["person.birthDate"].answers == ("person.ageIsAtLeast",)


def test_levels_of_the_log_and_cost_are_told(door: Door) -> None:
    given = grants("person.*", "person.identifiers.*")
    one = explained(door, Asked("query($id: ID!) { person(id: $id) { fullName } }"), given)
    assert (one.allowed, one.supposed) == (True, ("id",))
    assert [(level.entity, level.opened) for level in one.verdict.told] == [("population.person", True)]
    many = explained(door, Asked('{ persons(where: {fullName: {prefix: "b"}}) { nodes { sex { code } } } }'), given)
    (level,) = many.verdict.told
    assert (level.opened, level.conditions) == (False, ("full_name",))
    assert many.verdict.points > one.verdict.points > 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ persons(first: 1000) { nodes { " + " ".join(f"a{n}: fullName" for n in range(300)) + " } } }", "question."),
        ("{ persons { nodes { noSuchField } } }", "question.invalid"),
        ("{ persons {", "question.syntax"),
        ("{ person { fullName } }", "question.key_needed"),
    ],
)
def test_what_is_no_question_is_refused_in_the_service_s_words(door: Door, text: str, code: str) -> None:
    told = explained(door, Asked(text), grants("person.*"))
    assert told.refusal is not None
    assert told.refusal.code.startswith(code)


def test_a_subscription_and_a_mutation_are_judged(door: Door) -> None:
    text = "subscription { personChanges { recordId versions { fullName } } }"
    assert explained(door, Asked(text), grants("person.fullName", "person.changes")).allowed
    refused = explained(door, Asked(text), grants("person.fullName"))
    assert refused.refusal is not None
    assert refused.refusal.where["missing"] == ("person.changes",)
    text = "mutation($c: ChangeInput!) { recordChange(input: $c) { position } }"
    stated = explained(door, Asked(text), grants("right.record", "person.*"))
    assert (stated.allowed, stated.states) == (True, ("right.record",))


# --- the command ---------------------------------------------------------------------------------------


def asked(database: Database, folder: Path, document: str, *options: str, purpose: str = PURPOSE) -> Run:
    file = folder / "document.graphql"
    file.write_text(document, encoding="utf-8")
    arguments = ("access", "explain", "local", purpose, str(file), *options)
    return run(*arguments, BASEREGISTRY_DATABASE_URL=database.url)


def test_the_command_tells_grants_law_and_log_and_exits_by_the_verdict(database: Database, tmp_path: Path) -> None:
    let_in(database.engine, database.installation, tmp_path / "set", ["person.fullName", "unit.*"])
    told = asked(database, tmp_path, "{ persons { nodes { fullName } } units { nodes { name } } }")
    assert told.returncode == edge.DONE, told.stderr
    for line in (
        "ALLOWED  local (H17.10) for register-keeping",
        "under everything-asked",
        "everything-asked  H17.10, everywhere, 2015-01-01 to open",
        "Luật Hộ tịch 60/2014/QH13",
        "SEARCH_HIT  population.person: full_name",
    ):
        assert line in told.stdout, told.stdout
    refused = asked(database, tmp_path, "{ persons { nodes { birthDate } } }", "--json")
    assert refused.returncode == edge.REFUSED
    said = json.loads(refused.stdout)
    assert (said["allowed"], said["refusal"]["code"]) == (False, "access.field_not_granted")
    assert said["refusal"]["where"]["missing"] == ["person.birthDate"]
    assert [(one["name"], one["units"]) for one in said["grants"]] == [("everything-asked", None)]


def test_the_command_tells_whether_client_and_purpose_stand_and_when(database: Database, tmp_path: Path) -> None:
    let_in(database.engine, database.installation, tmp_path / "set", ["person.fullName"])
    text = "{ persons { nodes { fullName } } }"
    unknown = asked(database, tmp_path, text, purpose="nothing")
    assert (unknown.returncode, "access.unknown_purpose" in unknown.stdout) == (edge.REFUSED, True)
    before = asked(database, tmp_path, text, "--at", "2014-06-01")
    assert (before.returncode, "access." in before.stdout) == (edge.REFUSED, True)


def test_units_are_told_by_code_and_name(database: Database, tmp_path: Path) -> None:
    register = Register(database)
    register.before()
    register.reform()
    register.callers()
    register.grant("in X", "parcel.documentedArea", units=("X",), period=Period(REFORM))
    file = tmp_path / "d.graphql"
    file.write_text("{ parcels { nodes { documentedArea } } }", encoding="utf-8")
    told = run("access", "explain", "tax", "land-tax", str(file), BASEREGISTRY_DATABASE_URL=database.url)
    assert told.returncode == edge.DONE, told.stderr + told.stdout
    assert "in 20102 X" in told.stdout
