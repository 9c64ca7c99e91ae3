"""A request sent again is not recorded again; what a client saw must still stand; four eyes see a correction."""

import asyncio
import json
import threading
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from baseregistry.access.askers import Asker, Askers
from baseregistry.access.tokens import Caller, Verifier
from baseregistry.graphql.http import Endpoint
from baseregistry.registries import ledger
from tests.access.known import asked_by
from tests.graphql.mutations.agency import RECORD, Agency, change, parcel, person


def test_the_same_request_is_told_the_first_result(province: Agency) -> None:
    given = {"input": change(person("An", local="a"), key="2026/17")}
    first, again = (province.send(RECORD, given).json()["data"]["recordChange"] for _ in range(2))
    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    assert first == again
    assert province.one("SELECT count(*) FROM population_person") == 1
    laid_out_otherwise = {"input": {name: given["input"][name] for name in reversed(given["input"])}}
    assert province.send(RECORD, laid_out_otherwise).json()["data"]["recordChange"]["replayed"]


def test_the_result_is_told_at_its_own_position_also_later(province: Agency) -> None:
    text = "mutation($input: ChangeInput!) { recordChange(input: $input) { changed { ... on Person { fullName } } } }"
    given = {"input": change(person("An"), key="k")}
    told = province.send(text, given).json()["data"]["recordChange"]
    (record,) = province.recorded(person("An"), key="k")["records"]
    wrong = {"changePerson": {"id": record, "values": {"fullName": "Ân"}}}
    province.recorded(wrong, kind="CORRECTION", approvedBy="minh.le")
    assert province.send(text, given).json()["data"]["recordChange"] == told == {"changed": [{"fullName": "An"}]}


def test_another_request_under_the_key_is_refused(province: Agency) -> None:
    position = province.recorded(person("An"), key="k")["position"]
    for other in (change(person("Bình"), key="k"), change(person("An"), key="k", reason="…")):
        response = province.send(RECORD, {"input": other})
        said = response.json()["errors"][0]["extensions"]
        assert (response.status_code, said["code"], said["where"]["position"]) == (409, "ledger.key_reused", position)


class Named(Askers):
    """Whoever asks is one subject of an issuer."""

    def __init__(self, verifier: Verifier, issuer: str) -> None:
        super().__init__(verifier, None)
        self.issuer = issuer

    async def of(self, *_: Any) -> Asker:
        return Asker(Caller("lan.tran", 0.0, 4e9, issuer=self.issuer))


def test_two_issuers_may_name_two_people_alike(province: Agency) -> None:
    endpoint, told = province.service.graphql, []
    assert isinstance(endpoint, Endpoint)
    for issuer in ("https://a.example", "https://b.example", "https://a.example"):
        with asked_by(endpoint, Named(endpoint.askers.verifier, issuer)):
            told.append(province.recorded(person("An"), key="k"))
    assert [one["replayed"] for one in told] == [False, False, True]
    assert told[0]["records"] == told[2]["records"] != told[1]["records"]


def test_a_key_that_was_kept_by_its_subject_alone_is_found(province: Agency) -> None:
    """As the service kept keys until issuers were told apart."""
    first = province.recorded(person("An"), key="k")
    former = "SELECT 'lan.tran', 'former', digest, position, result, recorded_at, kept_until FROM idempotency WHERE key = 'k'"
    with province.database.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO idempotency {former}"))
    again = province.recorded(person("An"), key="former")
    assert (again["replayed"], again["records"]) == (True, first["records"])
    other = province.send(RECORD, {"input": change(person("Bình"), key="former")}).json()["errors"][0]
    assert other["extensions"]["code"] == "ledger.key_reused"


def test_a_key_is_its_callers_own(province: Agency) -> None:
    told = [province.recorded(person("An"), key="k", who=who) for who in ("lan.tran", "minh.le")]
    assert [one["replayed"] for one in told] == [False, False]
    assert told[0]["records"] != told[1]["records"]


def test_a_request_that_was_refused_has_no_result(province: Agency) -> None:
    province.refused(
        {"endRight": {"id": province.ids["commune"], "at": "2020-01-01"}}, key="k", kind="REAL_WORLD_CHANGE"
    )
    assert not province.recorded(person("An"), key="k")["replayed"]


def test_racing_requests_are_one_change(province: Agency) -> None:
    given, head = {"input": change(person("An"), key="k")}, province.head()

    async def race() -> list[Any]:
        return await asyncio.gather(*(province.sending(RECORD, given) for _ in range(8)))

    told = [response.json()["data"]["recordChange"] for response in province.runner.run(race())]
    assert sorted(one.pop("replayed") for one in told) == [False, *[True] * 7]
    assert all(one == told[0] for one in told)
    assert province.head() == head + 1


def test_results_are_kept_for_their_time_and_never_altered(province: Agency) -> None:
    province.recorded(person("An"), key="old")
    for statement in (
        "UPDATE idempotency SET position = 1",
        "DELETE FROM idempotency",
        "TRUNCATE idempotency",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="never rewritten"), province.database.engine.begin() as connection:
            connection.exec_driver_sql(statement)
    days = "SELECT (kept_until - recorded_at) = interval '30 days' FROM idempotency WHERE key = 'old'"
    assert province.one(days) is True
    with province.database.engine.begin() as connection:  # as if a month had passed
        connection.exec_driver_sql("ALTER TABLE idempotency DISABLE TRIGGER append_only")
        connection.exec_driver_sql(
            "UPDATE idempotency SET recorded_at = now() - interval '31 days', kept_until = now() - interval '1 day'"
        )
        connection.exec_driver_sql("ALTER TABLE idempotency ENABLE TRIGGER append_only")
    assert not province.recorded(person("Bình"), key="old")["replayed"]
    assert province.one("SELECT count(*) FROM idempotency") == 1


# --- what was seen -------------------------------------------------------------------------------------


def test_an_act_rests_on_the_version_that_was_seen(province: Agency) -> None:
    told = province.recorded(parcel({"id": province.ids["commune"]}, "1", documentedArea="100"))
    (record,), (seen,) = told["records"], told["changed"]

    def enlarge(area: str, expected: str, begin: str = "2020-01-01") -> dict[str, Any]:
        values = {"documentedArea": area}
        return {"changeParcel": {"id": record, "from": begin, "values": values, "expectedVersion": expected}}

    digest = seen["version"]["digest"]
    now = province.recorded(enlarge("110", digest.upper()), kind="REAL_WORLD_CHANGE")["changed"][-1]["version"]
    head = str(province.head())
    status, said = province.refused(enlarge("120", digest, "2021-01-01"), kind="REAL_WORLD_CHANGE")
    assert (status, said["code"]) == (412, "versions.stale")
    assert said["where"] == {
        "act": "acts[0].changeParcel",
        "path": "acts[0].changeParcel",
        "record": record,
        "expected": digest,
        "current": now["digest"],
        "current_recorded_from": head,
        "current_valid_from": "2019-12-31T17:00:00+00:00",
        "current_valid_to": "",
    }
    province.recorded(enlarge("120", now["digest"], "2021-01-01"), kind="REAL_WORLD_CHANGE")


def test_what_is_gone_is_stale_too_and_so_is_one_of_many(province: Agency) -> None:
    commune = {"id": province.ids["commune"]}
    told = province.recorded(parcel(commune, "1"), parcel(commune, "2"))
    digests = {one["id"]: one["version"]["digest"] for one in told["changed"]}
    one, other = told["records"]
    retract = {"retractParcel": {"id": other}}
    province.recorded(retract, kind="RETRACTION", approvedBy="minh.le")
    acts = [
        {"changeParcel": {"id": record, "from": "2020-01-01", "values": {"address": "x"}, "expectedVersion": digest}}
        for record, digest in ((one, digests[one]), (other, digests[other]))
    ]
    status, said = province.refused(*acts, kind="REAL_WORLD_CHANGE")
    assert (status, said["code"], said["where"]["act"]) == (412, "versions.stale", "acts[1].changeParcel")
    assert said["where"]["record"] == other
    assert "current" not in said["where"]


def test_of_two_who_saw_the_same_one_is_stale(province: Agency) -> None:
    told = province.recorded(parcel({"id": province.ids["commune"]}, "1"))
    (record,), (seen,) = told["records"], told["changed"]
    said = {"id": record, "from": "2020-01-01", "expectedVersion": seen["version"]["digest"]}
    inputs = [
        change({"changeParcel": said | {"values": {"address": f"Tổ {n}"}}}, kind="REAL_WORLD_CHANGE") for n in range(4)
    ]

    async def race() -> list[Any]:
        return await asyncio.gather(*(province.sending(RECORD, {"input": one}) for one in inputs))

    assert sorted(response.status_code for response in province.runner.run(race())) == [200, 412, 412, 412]


# --- four eyes -----------------------------------------------------------------------------------------


def test_a_correction_needs_somebody_else_than_the_tokens_subject(province: Agency) -> None:
    (record,) = province.recorded(parcel({"id": province.ids["commune"]}, "1"))["records"]
    act = {"changeParcel": {"id": record, "from": "2010-05-06", "values": {"address": "Tổ 5"}}}
    for kind in ("CORRECTION", "RETRACTION"):
        for approver in ({}, {"approvedBy": "lan.tran"}, {"approvedBy": " lan.tran "}):
            status, said = province.refused(act, kind=kind, **approver)
            assert (status, said["code"]) == (409, "ledger.four_eyes")
    forged = {"x-official": "minh.le", "x-forwarded-user": "minh.le"}
    given = {"input": change(act, kind="CORRECTION", approvedBy="lan.tran")}
    assert province.send(RECORD, given, headers=forged).status_code == 409
    province.recorded(act, kind="CORRECTION", approvedBy="lan.tran", who="minh.le")
    assert province.one("SELECT recorded_by FROM ledger_change ORDER BY position DESC LIMIT 1") == "minh.le"


def test_a_source_agencys_own_feed_needs_no_second_pair_of_eyes(province: Agency) -> None:
    (record,) = province.recorded(parcel({"id": province.ids["commune"]}, "1"))["records"]
    act = {"changeParcel": {"id": record, "from": "2010-05-06", "values": {"address": "Tổ 5"}}}
    province.recorded(act, kind="CORRECTION", feed=True)
    assert province.one("SELECT feed FROM ledger_change ORDER BY position DESC LIMIT 1") is True


# --- busy, and by GET ----------------------------------------------------------------------------------


def test_while_the_ledger_is_held_writers_are_told_when_to_come_again(
    province: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "WAIT", "200ms")
    with province.database.engine.begin() as connection:
        name = f"baseregistry.ledger.{province.database.installation.schema}"
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
        response = province.record(person("An"), key="k")
        assert response.status_code == 503
        assert response.headers["retry-after"] == "30"
        assert response.json()["errors"][0]["extensions"]["code"] == "ledger.busy"
        assert province.data("{ units { totalCount } }") == {"units": {"totalCount": 2}}
    assert not province.recorded(person("An"), key="k")["replayed"]


def test_a_change_that_takes_too_long_is_stopped_and_others_go_on(province: Agency) -> None:
    endpoint = province.service.graphql
    assert isinstance(endpoint, Endpoint)
    assert endpoint.door.mutations is not None
    writers = endpoint.door.mutations.writers
    writers.limits = replace(writers.limits, seconds=0.3)
    with province.database.engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE population_person IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        response = province.record(person("An"), key="k")
        assert time.monotonic() - started < 5
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "register.took_too_long"
    assert not province.recorded(person("An"), key="k")["replayed"]


def test_writers_wait_for_their_turn_for_so_long_only(province: Agency) -> None:
    endpoint = province.service.graphql
    assert isinstance(endpoint, Endpoint)
    assert endpoint.door.mutations is not None
    writers = endpoint.door.mutations.writers
    writers.limits = replace(writers.limits, wait=0.2)
    told: list[httpx.Response] = []

    async def crowd() -> None:
        inputs = [{"input": change(person("An"))} for _ in range(3)]
        told.extend(await asyncio.gather(*(province.sending(RECORD, given) for given in inputs)))

    with province.database.engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE population_person IN ACCESS EXCLUSIVE MODE")
        free = threading.Timer(1.0, connection.connection.driver_connection.rollback)
        free.start()
        province.runner.run(crowd())
        free.join()
    codes = sorted((one.status_code, one.headers.get("retry-after")) for one in told)
    assert codes == [(200, None), (200, None), (503, "10")]


def test_nothing_is_changed_by_get(province: Agency) -> None:
    head = province.head()
    text = 'mutation { recordChange(input: {idempotencyKey: "k", provenance: {kind: REGISTRATION, agency: "Sở"}, acts: []}) { head } }'
    response = province.got(text)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["errors"][0]["extensions"]["code"] == "http.bad_method"
    assert province.head() == head


# --- many at once, and clients that are gone -----------------------------------------------------------


def test_a_list_of_requests_and_a_list_of_variables_are_changes_of_their_own(province: Agency) -> None:
    head, token = province.head(), {"authorization": f"Bearer {province.tokens['lan.tran']}"}
    one, other = ({"input": change(person(name), key=name)} for name in ("An", "Bình"))
    listed = province.posted([{"query": RECORD, "variables": one}, {"query": RECORD, "variables": other}], token)
    told = [item["data"]["recordChange"]["position"] for item in listed.json()]
    assert told == [str(head + 1), str(head + 2)]
    sets = province.posted({"query": RECORD, "variables": [one, {"input": change(person("Cúc"))}]}, token)
    recorded = [item["data"]["recordChange"] for item in sets.json()]
    assert [(item["position"], item["replayed"]) for item in recorded] == [
        (str(head + 1), True),
        (str(head + 3), False),
    ]
    assert province.head() == head + 3


def test_a_client_that_hangs_up_stops_nothing(province: Agency) -> None:
    given = {"query": RECORD, "variables": {"input": change(person("An"), key="k")}}
    token, body = province.tokens["lan.tran"].encode(), json.dumps(given).encode()
    sent: list[Any] = []

    async def hang_up() -> None:
        asked = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if asked:
                return asked.pop()
            await asyncio.sleep(0.3)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"authorization", b"Bearer " + token), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
        await province.service({**scope, "server": ("127.0.0.1", 8000)}, receive, send)

    with province.database.engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE population_person IN ACCESS EXCLUSIVE MODE")
        province.runner.run(hang_up())
    assert sent == []
    assert province.send(RECORD, given["variables"]).json()["data"]["recordChange"]["replayed"]
