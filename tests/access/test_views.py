"""The three views of the access log: the data subject's, the agency's own, the auditor's."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from baseregistry import db
from baseregistry.access.askers import Askers
from baseregistry.access.errands import Errand
from baseregistry.access.granted import Granted, GrantSet, digest_of
from baseregistry.access.log.groups import Entry
from baseregistry.access.log.verification import verify
from baseregistry.access.tokens import Caller
from baseregistry.graphql.http import Endpoint
from baseregistry.registries import acts
from baseregistry.registries.acts import Period
from baseregistry.registries.ledger import Kind
from tests.access.accesses import AN, BINH, LAND, TAX, about, access, asked
from tests.access.known import asked_by, logged
from tests.access.log import uuid
from tests.access.register import OLD, Register
from tests.conftest import Database
from tests.graphql.conftest import Client, client_of
from tests.graphql.world import World

ALL = ("subjectAccess.*", "agencyAccess.*", "accessLog.*", "person.fullName")
MINE = """query Mine($id: ID, $number: String, $first: Int, $after: String, $cases: [String!]) {
 subjectAccess(id: $id, personalId: $number, first: $first, after: $after, ownCases: $cases) {
  nodes { at agency { code nameVi } official role { code titleEn } purpose { code titleVi titleEn legalBasis } legalBases caseId
   told { entity titleVi titleEn how fields { name titleVi titleEn } } }
  pageInfo { hasNextPage endCursor } } }"""
OWN = """query Own($purpose: String, $official: String, $client: String, $case: String, $asked: Period, $after: String) {
 agencyAccess(purpose: $purpose, official: $official, client: $client, case: $case, asked: $asked, first: 2, after: $after) {
  nodes { at client official purpose { code } caseId form status code recordCount levels { entity conditions }
   records { recordId subject how } } pageInfo { hasNextPage endCursor } } }"""
EVERYTHING = """query Everything($agency: String, $record: ID, $subject: ID, $forms: [AccessForm!], $case: String) {
 accessLog(agency: $agency, record: $record, subject: $subject, forms: $forms, case: $case) {
  nodes { at agency { code } client caller caseId form position place head answer document known code
   records(first: 5) { entity recordId version subject how } } } }"""


@dataclass(frozen=True)
class Granting:
    """These paths, everywhere, to clients of one agency."""

    paths: tuple[str, ...] = ALL
    agency: str = TAX

    def of(self, caller: Caller | None, errand: Errand) -> GrantSet:
        grant = Granted(uuid(9), 3, frozenset(self.paths), frozenset(), None, (), "Luật 91/2025/QH15")
        return GrantSet(digest_of((grant,)), self.agency, "portal", "own-data", (grant,))

    def role(self, client: str, official: str) -> str | None:
        return "HANDLING"

    def known(self, caller: Caller) -> None:
        return None


@dataclass
class Views:
    """A service over a log that the tests write."""

    client: Client
    register: Register
    database: Database

    def ask(self, text: str, granting: Granting = Granting(), **said: Any) -> Any:
        endpoint = self.client.service.graphql
        assert isinstance(endpoint, Endpoint)
        with asked_by(endpoint, Askers(endpoint.askers.verifier, granting)):
            headers = {"x-purpose": "own-data", "x-case": "portal-1"}
            return orjson.loads(self.client.ask(text, headers, **said).content)

    def nodes(self, text: str, granting: Granting = Granting(), **said: Any) -> Any:
        body = self.ask(text, granting, **said)
        assert "errors" not in body, body["errors"]
        (found,) = body["data"].values()
        return found["nodes"]

    def log(self, *entries: Entry) -> None:
        """What was asked before: one group for each."""
        asked(self.database, *entries)


@pytest.fixture
def views(database: Database, tmp_path: Path) -> Iterator[Views]:
    register = Register(database)
    register.callers()
    register.write(
        register.register(
            "access.agency", "land office", code=LAND, name_vi="Văn phòng đăng ký đất đai", status="ACTIVE"
        ),
        register.register(
            "access.purpose",
            "own-data",
            code="own-data",
            title_vi="Xem ai đã khai thác dữ liệu của mình",
            kind="TASK",
            legal_basis="Luật 91/2025/QH15",
            status="ACTIVE",
        ),
        register.register(
            "access.purpose",
            "investigation",
            code="investigation",
            title_vi="Xác minh vụ việc",
            kind="TASK",
            legal_basis="Bộ luật Tố tụng hình sự 101/2015/QH13",
            status="ACTIVE",
            disclosure_delay="30",
            delay_basis="Luật 91/2025/QH15",
        ),
    )
    with client_of(World(database.engine, database.installation), tmp_path) as client:
        yield Views(client, register, database)


def test_the_subject_sees_who_when_why_and_what_in_words(views: Views) -> None:
    views.log(access(1, keys=about(BINH)))
    (node,) = views.nodes(MINE, id=BINH)
    assert node["agency"] == {"code": TAX, "nameVi": "Thuế thành phố"}
    assert (node["official"], node["role"]["code"]) == ("cb01", "HANDLING")
    assert node["purpose"] == {
        "code": "land-tax",
        "titleVi": "Thu thuế sử dụng đất",
        "titleEn": None,
        "legalBasis": "Luật Quản lý thuế 38/2019/QH14",
    }
    assert node["legalBases"] == ["Luật Đất đai 2024"]
    assert node["told"] == [
        {
            "entity": "population.person",
            "titleVi": "Người",
            "titleEn": "Person",
            "how": "OPENED",
            "fields": [{"name": "fullName", "titleVi": "Họ, chữ đệm và tên khai sinh", "titleEn": "Full name"}],
        }
    ]


def pages(views: Views, text: str, **said: Any) -> list[list[Any]]:
    """All pages, each as long as was asked for."""
    found, after = [], None
    while True:
        body = views.ask(text, **said, after=after)
        (page,) = body["data"].values()
        found.append(page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def test_the_newest_come_first_page_by_page(views: Views) -> None:
    views.log(*(access(number, days, about(BINH), case=f"HS-{days}") for number, days in enumerate((5, 3, 4, 1, 2))))
    found = pages(views, MINE, id=BINH, first=2, cases=["HS-1", "HS-2", "HS-3", "HS-4", "HS-5"])
    told = [[node["caseId"] for node in page if node["purpose"]["code"] == "land-tax"] for page in found]
    assert told == [["HS-1", "HS-2"], ["HS-3", "HS-4"], ["HS-5"]]


def test_what_the_law_delays_leaves_no_gap(views: Views) -> None:
    """With and without what is delayed, the same pages, but for the times at which they themselves were read."""
    views.log(access(1, 5, about(BINH)), access(2, 4, about(BINH)), access(3, 3, about(BINH)))
    before = views.ask(MINE, id=BINH, first=2)["data"]
    views.log(access(4, 3.5, about(BINH), purpose="investigation"), access(5, 2, about(BINH), purpose="investigation"))
    after = views.ask(MINE, id=BINH, first=3)["data"]
    mine = [node for node in after["subjectAccess"]["nodes"] if node["purpose"]["code"] == "land-tax"]
    assert [node["at"] for node in mine] == [node["at"] for node in before["subjectAccess"]["nodes"]]
    assert "investigation" not in str(after)
    (rest,) = pages(views, MINE, id=BINH, first=50)
    assert [node["purpose"]["code"] for node in rest].count("land-tax") == 3
    assert "investigation" not in str(rest)


def test_it_is_shown_when_the_delay_has_passed(views: Views) -> None:
    views.log(access(1, 31, about(BINH), purpose="investigation"), access(2, 29, about(BINH), purpose="investigation"))
    (node,) = views.nodes(MINE, id=BINH)
    assert node["purpose"]["titleVi"] == "Xác minh vụ việc"


def test_a_purpose_that_was_taken_back_delays_as_it_did(views: Views) -> None:
    views.log(access(1, 1, about(BINH), purpose="investigation"))
    kinds = views.register.kinds
    act = acts.retract(kinds["access.purpose"], views.register.id("investigation"), Period(OLD))
    views.register.write(act, kind=Kind.RETRACTION)
    assert views.nodes(MINE, id=BINH) == []


def test_nothing_is_told_of_others(views: Views) -> None:
    keys = (*about(BINH, AN, uuid(3)), f"1.{uuid(77)}.6.{AN}.{BINH}".encode())
    views.log(access(1, keys=keys, case="HS-AN"), access(2, keys=about(AN)))
    (node,) = views.nodes(MINE, id=BINH, cases=["HS-BINH"])
    assert [(one["entity"], one["how"]) for one in node["told"]] == [
        ("population.person", "OPENED"),
        ("land.right", "SEARCH_HIT"),
    ]
    said = str(node)
    assert not any(other in said for other in (AN, uuid(3), uuid(77), "HS-AN"))


def test_who_is_named_by_his_number_is_found(views: Views) -> None:
    of = {"person": str(views.register.id("binh"))}
    named = {"scheme": "PERSONAL_ID", "number": "049156000001", "status": "IN_USE", **of}
    views.register.write(
        views.register.register("population.person", "binh", full_name="Trần Thị Bình", status="ALIVE"),
        views.register.register("population.identifier", "number", **named),
    )
    person = str(views.register.id("binh"))
    views.log(access(1, 1, about(person)))
    assert len(views.nodes(MINE, number="049156000001")) == 1
    assert len(views.nodes(MINE, number="049156000099")) == 0
    reading, absent = logged(views.client)[-2:]
    assert (reading.records, absent.records, len(absent.asked)) == (1, 0, 16)


def test_that_it_was_read_is_in_the_log_and_in_the_view(views: Views) -> None:
    views.log(access(1, 1, about(BINH)))
    views.nodes(MINE, id=BINH)
    newest, older = views.nodes(MINE, id=BINH)
    assert newest["told"][0]["fields"] == [
        {"name": "accesses", "titleVi": "Nhật ký khai thác dữ liệu", "titleEn": "Log of accesses"}
    ]
    assert older["purpose"]["code"] == "land-tax"
    with db.reading(views.database.engine) as reading:
        assert verify(reading).problems == []


def test_each_field_is_granted_by_its_path(views: Views) -> None:
    views.log(access(1, keys=about(BINH)))
    granting = Granting(("subjectAccess.at", "subjectAccess.told"))
    assert len(views.nodes("query($id: ID) { subjectAccess(id: $id) { nodes { at } } }", granting, id=BINH)) == 1
    (error,) = views.ask(MINE, granting, id=BINH)["errors"]
    assert error["extensions"]["where"]["missing"] == [
        f"subjectAccess.{name}" for name in ("agency", "caseId", "legalBases", "official", "purpose", "role")
    ]
    assert "errors" in views.ask("{ accessLog { nodes { at } } }", granting)
    assert "errors" in views.ask("{ agencyAccess { nodes { at } } }", granting)


def test_a_grant_in_units_opens_no_view(views: Views) -> None:
    class InUnits(Granting):
        def of(self, caller: Caller | None, errand: Errand) -> GrantSet:
            (grant,) = super().of(caller, errand).grants
            bound = replace(grant, units=(uuid(5),))
            return GrantSet(digest_of((bound,)), TAX, "portal", "own-data", (bound,))

    assert "errors" in views.ask(MINE, InUnits(), id=BINH)


def test_an_agency_sees_its_own(views: Views) -> None:
    views.log(
        access(1, 3, about(BINH), case="HS-1"),
        access(2, 2, about(AN), agency=LAND, client="land", case="HS-2"),
        access(
            3, 1, (), official="cb02", client="tax-2", case="HS-3", form="refusal", status=403, code="access.no_grant"
        ),
    )
    refused, told = views.nodes(OWN)
    assert (told["client"], told["caseId"], told["recordCount"], told["form"]) == ("tax", "HS-1", 1, "ANSWER")
    assert told["records"] == [{"recordId": BINH, "subject": BINH, "how": "OPENED"}]
    assert (refused["form"], refused["status"], refused["code"]) == ("REFUSAL", 403, "access.no_grant")
    assert [one["caseId"] for one in views.nodes(OWN, Granting(agency=LAND))] == ["HS-2"]


def test_an_agency_narrows_what_it_sees(views: Views) -> None:
    views.log(
        access(1, 4, about(BINH), case="HS-1"),
        access(2, 3, about(AN), case="HS-2", official="cb02", client="tax-2"),
        access(3, 2, about(AN), case="HS-2", agency=LAND),
    )

    def cases(**said: Any) -> list[str]:
        return [one["caseId"] for one in views.nodes(OWN, **said) if one["purpose"]["code"] == "land-tax"]

    assert cases(official="cb02") == cases(client="tax-2") == cases(case="HS-2") == ["HS-2"]
    since = {"from": (datetime.now(UTC) - timedelta(days=3.5)).isoformat()}
    assert cases(asked=since, purpose="land-tax") == ["HS-2"]
    assert cases(purpose="nothing") == []


def test_an_agency_pages_through_its_own(views: Views) -> None:
    views.log(
        *(access(number, 6 - number, about(BINH), case=f"HS-{number}", client=f"c{number}") for number in range(5))
    )
    found = pages(views, OWN, purpose="land-tax")
    assert [[one["caseId"] for one in page] for page in found] == [["HS-4", "HS-3"], ["HS-2", "HS-1"], ["HS-0"]]


def test_the_auditor_sees_everything_with_its_place_in_the_chain(views: Views) -> None:
    right = f"1.{uuid(77)}.6.{BINH}".encode()
    views.log(access(1, 2, (*about(BINH), right)), access(2, 1, about(AN), agency=LAND))
    with db.reading(views.database.engine) as reading:
        verdict = verify(reading)
    newest, first = views.nodes(EVERYTHING)
    assert (newest["agency"]["code"], newest["position"], newest["head"]) == (LAND, "2", verdict.head)
    assert [(one["entity"], one["recordId"], one["subject"]) for one in first["records"]] == [
        ("population.person", BINH, BINH),
        ("land.right", uuid(77), BINH),
    ]


def test_the_auditor_finds_who_saw_a_record_or_a_person(views: Views) -> None:
    right = f"1.{uuid(77)}.6.{BINH}".encode()
    views.log(access(1, 3, (*about(BINH), right)), access(2, 2, about(AN)), access(3, 1, (right,), case="HS-R"))

    def positions(**said: Any) -> list[str]:
        return [one["position"] for one in views.nodes(EVERYTHING, **said) if one["agency"]["code"] == TAX]

    assert positions(record=uuid(77)) == ["3", "1"]
    assert positions(record=AN) == ["2"]
    assert positions(record=uuid(77), case="HS-R") == ["3"]
    seen = views.nodes(EVERYTHING, subject=BINH, forms=["ANSWER"])
    assert [one["position"] for one in seen][-2:] == ["3", "1"]
    mine = views.nodes(MINE, id=AN)
    assert len(mine) == 2, "that the auditor saw it is in his own view"
    assert views.nodes(EVERYTHING, forms=["STREAM"]) == []


LOOKS = [
    (MINE, {"id": BINH}),
    (MINE, {"number": "049156000001"}),
    (OWN, {}),
    (OWN, {"purpose": "land-tax", "official": "cb01"}),
    (OWN, {"case": "HS-1"}),
    (EVERYTHING, {}),
    (EVERYTHING, {"record": AN}),
    (EVERYTHING, {"subject": AN}),
    (EVERYTHING, {"agency": TAX}),
]


@pytest.mark.parametrize(("text", "said"), LOOKS, ids=str)
def test_an_index_finds_where_each_page_begins(views: Views, text: str, said: dict[str, str]) -> None:
    """Under the plan that serves all values, no table of the log is read from end to end, where that can be left."""
    views.log(access(1, 1, about(BINH)))
    views.nodes(text, **said)
    endpoint = views.client.service.graphql
    assert isinstance(endpoint, Endpoint)
    (prepared, _), *_ = reversed(endpoint.door.plans._prepared._kept.values())
    assert prepared.plan is not None
    given = ", ".join(["NULL"] * len(prepared.plan.parameters))
    with views.database.engine.connect() as connection:
        connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
        connection.exec_driver_sql("PREPARE look AS " + prepared.plan.sql.replace("%", "%%"))
        call = f"EXPLAIN EXECUTE look({given})" if given else "EXPLAIN EXECUTE look"
        plan = "\n".join(connection.exec_driver_sql(call).scalars())
    assert "Index" in plan
    assert "Seq Scan on access_re" not in plan, plan


def test_many_persons_in_one_request_are_apart(views: Views) -> None:
    views.log(access(1, 1, about(BINH)), access(2, 2, about(AN, BINH)))
    endpoint = views.client.service.graphql
    assert isinstance(endpoint, Endpoint)
    headers = {"authorization": f"Bearer {views.client.token}", "x-purpose": "own-data", "accept": "application/jsonl"}
    with asked_by(endpoint, Askers(endpoint.askers.verifier, Granting())):
        said = {"query": MINE, "variables": [{"id": BINH}, {"id": AN}, {"id": uuid(3)}]}
        lines = [orjson.loads(line) for line in views.client.send(json=said, headers=headers).content.splitlines()]
    assert [len(line["data"]["subjectAccess"]["nodes"]) for line in lines] == [2, 1, 0]


def test_cursors_that_were_made_up_are_refused(views: Views) -> None:
    views.log(access(1, keys=about(BINH)))
    for after in ("nonsense", "WyJhY2Nlc3NfbG9nIiwiMSIsIjIiXQ"):
        (error,) = views.ask(MINE, id=BINH, after=after)["errors"]
        assert error["extensions"]["code"] == "question.bad_cursor"


def test_without_the_auditing_role_no_view_is_shown(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = views.client.service.graphql
    assert isinstance(endpoint, Endpoint)
    monkeypatch.setattr(endpoint.door.auditing, "_url", None)
    (error,) = views.ask(MINE, id=BINH)["errors"]
    assert error["extensions"]["code"] == "access.no_auditing"
