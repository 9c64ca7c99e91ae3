"""Every verb, several acts in one change, and the questions that see it."""

import re
import unicodedata
from itertools import count
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from baseregistry import cluster
from baseregistry.registries.answer import compile as compile_questions
from baseregistry.registries.question import AsOf, Bind, Field, Form, Page, Question
from baseregistry.registries.recording import Recorder
from tests.graphql.mutations.agency import COMMUNE, PROVINCE, Agency, change, parcel, person, unit

PARCEL = """query Parcel($id: ID!, $then: AsOf) {
  parcel(id: $id, asOf: $then) { status { code } documentedArea address mapSheet version { digest recordedFrom } }
}"""


def test_what_is_registered_together_may_refer_to_each_other(agency: Agency) -> None:
    told = agency.recorded(unit(local="a", **PROVINCE), unit(**COMMUNE, parent={"local": "a"}))
    province, commune = told["records"]
    assert (told["position"], told["written"], told["replayed"]) == ("1", True, False)
    assert [(one["__typename"], one["id"]) for one in told["changed"]] == [("Unit", province), ("Unit", commune)]
    found = agency.data(
        "query($id: ID!) { unit(id: $id, asOf: {position: 1}) { name parent { id code } } }", id=commune
    )
    assert found["unit"] == {"name": COMMUNE["name"], "parent": {"id": province, "code": "48"}}
    ledger = agency.one("SELECT recorded_by || '|' || agency || '|' || encode(head, 'hex') FROM ledger_change")
    assert ledger == f"lan.tran|Văn phòng đăng ký đất đai|{told['head']}"


@pytest.fixture
def land(province: Agency) -> Agency:
    """A parcel with its holder: `ids["parcel"]`, `ids["an"]`, `ids["right"]`."""
    commune = {"id": province.ids["commune"]}
    right = {"parcel": {"local": "p"}, "holder": {"local": "an"}, "kind": "USE", "share": "2/4"}
    told = province.recorded(
        parcel(commune, "77", local="p", documentedArea="210.5", address="Tổ 5"),
        person("Nguyễn Văn An", local="an", birthDate="1956-03"),
        {"registerRight": {"from": "2012-01-01", "values": right}},
    )
    province.ids |= dict(zip(("parcel", "an", "right"), told["records"], strict=True))
    return province


def altered(land: Agency, begin: str | None, **values: Any) -> dict[str, Any]:
    named = {name: values.pop(name) for name in ("to", "overLaterFacts", "expectedVersion") if name in values}
    said = {"id": land.ids["parcel"], "values": values, **named}
    return {"changeParcel": said | ({"from": begin} if begin else {})}


def test_a_change_leaves_what_it_does_not_name_and_empties_what_is_null(land: Agency) -> None:
    told = land.recorded(altered(land, "2020-02-03", documentedArea="215", address=None), kind="REAL_WORLD_CHANGE")
    assert [one["documentedArea"] for one in told["changed"]] == ["210.50", "215.00"]
    assert [one["version"]["validFrom"] for one in told["changed"]] == [
        "2010-05-05T17:00:00.000000Z",
        "2020-02-02T17:00:00.000000Z",
    ]
    then = {"position": told["position"], "validAt": "2020-02-03"}
    found = land.data(PARCEL, id=land.ids["parcel"], then=then)["parcel"]
    assert (found["documentedArea"], found["address"], found["mapSheet"]) == ("215.00", None, "12")
    before = land.data(PARCEL, id=land.ids["parcel"], then={"validAt": "2020-02-02"})["parcel"]
    assert (before["documentedArea"], before["address"]) == ("210.50", "Tổ 5")


def test_a_question_at_the_position_of_a_change_sees_it_and_one_before_does_not(land: Agency) -> None:
    told = land.recorded(altered(land, "2020-02-03", documentedArea="215"), kind="REAL_WORLD_CHANGE")
    earlier = {"position": str(int(told["position"]) - 1), "validAt": "2021-01-01"}
    found = [
        land.data(PARCEL, id=land.ids["parcel"], then=then)["parcel"]
        for then in (earlier, {**earlier, "position": told["position"]}, None)
    ]
    assert [one["documentedArea"] for one in found] == ["210.50", "215.00", "215.00"]
    assert found[1]["version"] == found[2]["version"]
    assert found[1]["version"]["digest"] == told["changed"][-1]["version"]["digest"]


def test_a_relation_ends_and_a_parcel_does_not(land: Agency) -> None:
    land.recorded({"endRight": {"id": land.ids["right"], "at": "2024-06-01"}}, kind="REAL_WORLD_CHANGE")
    text = "query($id: ID!, $at: DateTime!) { right(id: $id, asOf: {validAt: $at}) { share holder { __typename } } }"
    found = [land.data(text, id=land.ids["right"], at=at)["right"] for at in ("2024-05-31", "2024-06-01")]
    assert found == [{"share": "1/2", "holder": {"__typename": "Person"}}, None]
    response = land.record({"endParcel": {"id": land.ids["parcel"], "at": "2024-06-01"}}, kind="REAL_WORLD_CHANGE")
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["where"] == {"path": "acts[0]"}


def test_what_was_never_so_is_retracted_and_what_was_known_stays(land: Agency) -> None:
    act = {"retractRight": {"id": land.ids["right"]}}
    told = land.recorded(act, kind="RETRACTION", reason="Ghi nhầm", approvedBy="minh.le")
    assert (told["records"], told["changed"]) == ([land.ids["right"]], [])
    text = "query($id: ID!, $then: AsOf) { right(id: $id, asOf: $then) { id } }"
    before = {"position": str(int(told["position"]) - 1)}
    assert land.data(text, id=land.ids["right"])["right"] is None
    assert land.data(text, id=land.ids["right"], then=before)["right"] == {"id": land.ids["right"]}


def test_an_open_end_goes_over_later_facts_only_when_that_is_said(land: Agency) -> None:
    land.recorded(altered(land, "2022-01-01", documentedArea="230"), kind="REAL_WORLD_CHANGE")
    early = altered(land, "2021-01-01", address="Tổ 6")
    status, said = land.refused(early, kind="REAL_WORLD_CHANGE")
    assert (status, said["code"]) == (409, "versions.later_facts_exist")
    assert said["where"]["path"] == "acts[0].changeParcel"
    early["changeParcel"]["overLaterFacts"] = True
    told = land.recorded(early, kind="REAL_WORLD_CHANGE")
    assert [one["documentedArea"] for one in told["changed"]] == ["210.50", "210.50", "230.00"]


def test_a_whole_transfer_is_one_change(land: Agency) -> None:
    ended = {"endRight": {"id": land.ids["right"], "at": "2025-03-04"}}
    buyer = person("Trần Thị Bình", local="b")
    bought = {"parcel": {"id": land.ids["parcel"]}, "holder": {"local": "b"}, "kind": "USE", "share": "1/2"}
    new = {"registerRight": {"from": "2025-03-04", "values": bought}}
    told = land.recorded(ended, buyer, new, altered(land, "2025-03-04", address="Tổ 7"), kind="REAL_WORLD_CHANGE")
    assert told["records"][0] == land.ids["right"]
    assert told["records"][3] == land.ids["parcel"]
    assert told["records"][1] < told["records"][2]  # made in the order of the acts (UUID version 7)
    text = "query($id: ID!) { parcel(id: $id) { rights { nodes { id holder { ... on Person { fullName } } } } } }"
    rights = land.data(text, id=land.ids["parcel"])["parcel"]["rights"]["nodes"]
    assert rights == [{"id": told["records"][2], "holder": {"fullName": "Trần Thị Bình"}}]


def test_acts_known_by_their_day_keep_the_order_in_which_they_are_said(land: Agency) -> None:
    told = land.recorded(
        altered(land, "2023-01-01", documentedArea="220"),
        altered(land, "2023-01-01", documentedArea="221"),
        altered(land, "2023-01-01T00:00:00.5+07:00", documentedArea="222"),
        kind="REAL_WORLD_CHANGE",
    )
    begins = [(one["documentedArea"], one["version"]["validFrom"]) for one in told["changed"][1:]]
    assert begins == [
        ("220.00", "2022-12-31T17:00:00.000000Z"),
        ("221.00", "2022-12-31T17:00:00.000001Z"),
        ("222.00", "2022-12-31T17:00:00.500000Z"),
    ]


def test_what_the_register_already_says_is_not_written_again(land: Agency) -> None:
    head = land.head()
    told = land.recorded(altered(land, "2023-01-01", documentedArea="210.5"), kind="REAL_WORLD_CHANGE")
    assert (told["written"], told["position"], told["changed"]) == (False, str(head), [])
    assert land.head() == head


def test_text_is_kept_composed(province: Agency) -> None:
    told = province.recorded(person(unicodedata.normalize("NFD", "Nguyễn Thị Ánh")))
    found = province.data("query($id: ID!) { person(id: $id) { fullName } }", id=told["records"][0])
    assert found["person"]["fullName"] == unicodedata.normalize("NFC", "Nguyễn Thị Ánh")


def test_geometry_in_the_storage_system_is_kept_as_given_and_another_is_transformed(province: Agency) -> None:
    ring = [[540000.125, 1750000.0], [540020.0, 1750000.0], [540020.0, 1750010.5], [540000.125, 1750000.0]]
    degrees = [[[108.12, 15.8], [108.121, 15.8], [108.121, 15.801], [108.12, 15.8]]]
    commune, kept = {"id": province.ids["commune"]}, {"type": "Polygon", "coordinates": [ring]}
    told = province.recorded(
        parcel(commune, "1", geometry={"geoJson": kept, "crs": "EPSG:5899"}),
        parcel(commune, "2", geometry={"geoJson": {"type": "Polygon", "coordinates": degrees}, "crs": "CRS84"}),
    )
    text = "query($id: ID!, $crs: CRS!) { parcel(id: $id) { geometry(crs: $crs) } }"
    one, other = told["records"]
    found = province.data(text, id=one, crs="EPSG:5899")["parcel"]["geometry"]
    assert found["coordinates"] == [[ring]]
    found = province.data(text, id=other, crs="CRS84")["parcel"]["geometry"]["coordinates"][0][0]
    assert [position == pytest.approx(given, abs=1e-8) for position, given in zip(found, degrees[0], strict=True)]


def test_a_ring_that_crosses_itself_is_kept_and_found(province: Agency) -> None:
    bow = [[540000, 1750000], [540020, 1750020], [540020, 1750000], [540000, 1750020], [540000, 1750000]]
    shape = {"geoJson": {"type": "Polygon", "coordinates": [bow]}, "crs": "EPSG:5899"}
    assert province.recorded(parcel({"id": province.ids["commune"]}, "1", geometry=shape))["written"]


def test_a_geometry_that_is_not_valid_spoils_no_filter_around_it(province: Agency) -> None:
    """A part that overlaps another of the same parcel, a hole that leaves its ring: PostGIS fails on both as they are."""
    east, north = 540100, 1750100

    def ring(west: int, south: int, size: int) -> list[list[int]]:
        corners = ((0, 0), (size, 0), (size, size), (0, size), (0, 0))
        return [[east + west + x, north + south + y] for x, y in corners]

    overlapping = {"type": "MultiPolygon", "coordinates": [[ring(0, 0, 10)], [ring(5, 5, 10)]]}
    leaving = {"type": "Polygon", "coordinates": [ring(0, 0, 10), ring(5, 5, 8)]}
    said = [
        parcel({"id": province.ids["commune"]}, number, geometry={"geoJson": shape, "crs": "EPSG:5899"})
        for number, shape in (("1", overlapping), ("2", leaving))
    ]
    assert province.recorded(*said)["written"]
    text = "query($where: ParcelFilter!) { parcels(where: $where) { nodes { parcelNumber } } }"

    def found(relation: str, shape: dict[str, Any]) -> list[str]:
        nodes = province.data(text, where={"geometry": {relation: shape, "crs": "EPSG:5899"}})["parcels"]["nodes"]
        return sorted(node["parcelNumber"] for node in nodes)

    line = {"type": "LineString", "coordinates": [[east, north], [east + 10, north + 10]]}
    assert found("intersects", line) == ["1", "2"]
    assert found("intersects", {"type": "Point", "coordinates": [east + 14, north + 14]}) == ["1"]
    assert found("within", {"type": "Polygon", "coordinates": [ring(-1, -1, 20)]}) == ["1", "2"]
    assert found("within", {"type": "Polygon", "coordinates": [ring(0, 0, 12)]}) == ["2"]
    near = {"of": {"type": "Point", "coordinates": [east - 3, north]}, "meters": 4}
    assert found("distance", near) == ["1", "2"]


TWO = """mutation Two($a: ChangeInput!, $b: ChangeInput!) {
  first: recordChange(input: $a) { position }
  second: recordChange(input: $b) { position changed { id } }
}"""


def test_several_changes_of_one_request_are_recorded_in_order(province: Agency) -> None:
    head, same = province.head(), str(uuid4())
    inputs = [change(person(name, id=same) if name == "An" else person(name)) for name in ("An", "Bình")]
    body = province.send(TWO, dict(zip("ab", inputs, strict=True))).json()
    assert [body["data"][name]["position"] for name in ("first", "second")] == [str(head + 1), str(head + 2)]


def test_a_change_that_is_refused_spoils_no_other(province: Agency) -> None:
    head, good = province.head(), change(person("An"))
    bad = change(person("Bình", status="NONE"))
    response = province.send(TWO, {"a": good, "b": bad})
    body = response.json()
    assert response.status_code == 200
    assert body["data"] == {"first": {"position": str(head + 1)}, "second": None}
    (error,) = body["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["second"], "input.unknown_code")
    assert province.head() == head + 1


THREE = TWO.replace("$b: ChangeInput!", "$b: ChangeInput!, $c: ChangeInput!").replace(
    "\n}", "\n  third: recordChange(input: $c) { position }\n}"
)
FAULT = """
CREATE FUNCTION public.fault() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a secret of the database' USING ERRCODE = 'XX000'; END $$;
CREATE TRIGGER fault BEFORE INSERT ON population_person FOR EACH ROW
WHEN (new.full_name = 'Bình') EXECUTE FUNCTION public.fault()
"""


def test_what_was_recorded_is_told_whatever_became_of_the_rest(province: Agency) -> None:
    """A fault of the database in the middle of three: the first stands and says so, the last is recorded."""
    url = province.database.url.replace(f"//{cluster.ROLE}@", "//postgres@")
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute("SET search_path = baseregistry, public")
        administrator.execute(FAULT)
    head = province.head()
    inputs = {name: change(person(said)) for name, said in zip("abc", ("An", "Bình", "Cúc"), strict=True)}
    response = province.send(THREE, inputs)
    body = response.json()
    assert response.status_code == 200
    assert body["data"] == {
        "first": {"position": str(head + 1)},
        "second": None,
        "third": {"position": str(head + 2)},
    }
    (error,) = body["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["second"], "register.database_failed")
    assert province.head() == head + 2


@pytest.mark.parametrize(("faulty", "told"), [(0, ["first"]), (1, ["second"])])
def test_a_fault_of_the_program_hides_no_change_that_stands(
    province: Agency, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, faulty: int, told: list[str]
) -> None:
    once, calls = Recorder.once, count()

    def broken(*given: Any) -> Any:
        if next(calls) == faulty:
            raise KeyError("a secret of the program")
        return once(*given)

    monkeypatch.setattr(Recorder, "once", broken)
    head = province.head()
    response = province.send(TWO, {"a": change(person("An")), "b": change(person("Bình"))})
    body = response.json()
    assert response.status_code == 200
    assert [name for name, one in body["data"].items() if one is None] == told
    assert [one["position"] for one in body["data"].values() if one] == [str(head + 1)]
    assert body["errors"] == [
        {
            "message": "Something went wrong here.",
            "path": told,
            "locations": body["errors"][0]["locations"],
            "extensions": {"code": "register.internal"},
        }
    ]
    assert "secret" not in response.text
    assert "a secret of the program" in caplog.text


def test_a_fault_with_nothing_recorded_is_no_answer(province: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise KeyError("a secret of the program")

    monkeypatch.setattr(Recorder, "once", broken)
    response = province.send(TWO, {"a": change(person("An")), "b": change(person("Bình"))})
    assert response.status_code == 500
    assert "data" not in response.json()


def test_what_is_only_tried_is_checked_and_not_written(land: Agency) -> None:
    head, acts = land.head(), (person("Bình"), altered(land, "2023-01-01", documentedArea="220"))
    told = land.recorded(*acts, only=True, key="k", kind="REAL_WORLD_CHANGE")
    assert (told["position"], told["recordedAt"], told["head"], told["changed"]) == (None, None, None, [])
    assert (told["written"], told["replayed"]) == (True, False)
    assert (land.head(), land.one("SELECT count(*) FROM idempotency WHERE key = 'k'")) == (head, 0)
    status, said = land.refused(
        altered(land, None, mapSheet="3", overLaterFacts=True), only=True, kind="REAL_WORLD_CHANGE"
    )
    assert (status, said["code"]) == (409, "versions.correction_needs_its_kind")
    assert land.recorded(*acts, key="k", kind="REAL_WORLD_CHANGE")["position"] == str(head + 1)


def test_ten_thousand_acts_are_one_change(province: Agency) -> None:
    few = "mutation($input: ChangeInput!) { recordChange(input: $input) { position records changed(first: 2) { id } } }"
    names = [{"registerPerson": {"values": {"fullName": f"An {n}", "status": "ALIVE"}}} for n in range(10_000)]
    told = province.send(few, {"input": change(*names)}).json()["data"]["recordChange"]
    assert len(set(told["records"])) == 10_000
    assert [one["id"] for one in told["changed"]] == told["records"][:2]
    for acts in ([*names, person("one too many")], [], [{"retractPerson": {"id": told["records"][0]}}] * 101):
        status, said = province.refused(*acts)
        assert (status, said["code"]) == (400, "input.acts_out_of_bounds")


def test_what_a_change_wrote_is_found_by_its_position(province: Agency) -> None:
    position, first = Bind(0), Page(Bind(1))
    wanted = Question(
        "p",
        "land.parcel",
        Form.WRITTEN,
        (Field("id", "id"),),
        as_of=AsOf(position=position),
        key_values=(position,),
        page=first,
    )
    plan = compile_questions(province.database.installation, (wanted,))
    with psycopg.connect(province.database.url, options="-c search_path=baseregistry,public") as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE changed AS {plan.sql}")  # type: ignore[call-overload]
        steps = "\n".join(row[0] for row in connection.execute("EXPLAIN EXECUTE changed(1, 50)"))
    used = re.search(r"Index Scan using land_parcel_(\w+) on land_parcel", steps)
    assert used, steps
    assert used[1] in {"recorded_from", "written_at"}  # the indexes that lead with the position
