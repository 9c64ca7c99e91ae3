"""What a real server tells of itself: metrics, log lines, request ids, whether it lives and is ready."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from baseregistry.access import tokens
from baseregistry.cluster import Cluster
from baseregistry.server import configured
from baseregistry.settings import Settings
from baseregistry.telemetry import readiness
from tests.conftest import Database

NUMBER = "048099001234"
PERSON = "query Person($number: String!) { person(personalId: $number) { id fullName } }"
UNITS = "query Units { units(first: 3) { nodes { code name } } }"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

Serve = Callable[..., httpx.Client]


@pytest.fixture
def serve(database: Database, tmp_path: Path) -> Iterator[Serve]:
    """Starts real servers on free ports: ``serve(log_requests=True)`` gives a client with a token."""
    servers = []

    def start(**more: Any) -> httpx.Client:
        settings = Settings(
            database_url=SecretStr(database.url), data=tmp_path, port=0, read_connections=2, log_format="json", **more
        )
        opened = running(settings)
        address = opened.__enter__()
        headers = {"authorization": f"Bearer {tokens.issue(settings, 'tester')}"}
        client = httpx.Client(base_url=address, headers=headers)
        servers.append((client, opened))
        return client

    yield start
    for client, opened in servers:
        client.close()
        opened.__exit__(None, None, None)


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    server = uvicorn.Server(configured(settings, without_access=True))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        host, port = server.servers[0].sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def ask(client: httpx.Client, query: str, headers: dict[str, str] | None = None, **variables: Any) -> httpx.Response:
    headers = {"accept": "application/graphql-response+json", **(headers or {})}
    return client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


def samples(client: httpx.Client) -> dict[tuple[str, tuple[str, ...]], float]:
    """All samples of /metrics, by name and the values of the labels: the operation, then the others."""
    told = client.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items(), key=_place))): sample.value
        for family in text_string_to_metric_families(told.text)
        for sample in family.samples
    }


def _place(label: tuple[str, str]) -> tuple[bool, str]:
    return label[0] != "operation", label[0]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines of requests: what the service says of itself when it starts is not among them."""
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    return [line for line in told if line["logger"] != "baseregistry.server"]


# --- metrics ---------------------------------------------------------------------------------------------


def test_answers_are_counted_by_operation(serve: Serve) -> None:
    client = serve()
    for _ in range(3):
        answer = ask(client, PERSON, number=NUMBER)
        assert answer.json()["data"] == {"person": None}
    ask(client, UNITS)
    ask(client, "{ units { totalCount } }")
    told = samples(client)
    assert told["baseregistry_answer_seconds_count", ("Person",)] == 3
    assert told["baseregistry_answer_seconds_bucket", ("Person", "+Inf")] == 3
    assert 0 < told["baseregistry_answer_seconds_sum", ("Person",)] < 60
    assert told["baseregistry_answer_rows_total", ("Person",)] == 3
    assert told["baseregistry_answer_cost_total", ("Person",)] == 3 * answer.json()["extensions"]["cost"]
    assert told["baseregistry_answer_bytes_total", ("Person",)] == 3 * len(answer.content)
    assert told["baseregistry_answer_seconds_count", ("Units",)] == 1
    unnamed = [labels[0] for name, labels in told if name == "baseregistry_answer_seconds_count"]
    assert [len(label) for label in unnamed if label not in {"Person", "Units"}] == [12]
    assert told["baseregistry_graphql_responses_total", ("200",)] == 5
    buckets = [value for (name, labels), value in told.items() if name.endswith("_bucket") and labels[0] == "Person"]
    assert buckets == sorted(buckets)


def test_refusals_are_counted_by_operation_and_code(serve: Serve) -> None:
    client = serve()
    assert ask(client, "{ nothing }").status_code == 400
    assert ask(client, PERSON).status_code == 400
    future = 'query Later { units(asOf: {position: "999"}) { nodes { code } } }'
    assert ask(client, future).status_code == 400
    assert client.post("/graphql", json={"query": UNITS}, headers={"authorization": ""}).status_code == 401
    told = samples(client)
    assert told["baseregistry_refusals_total", ("(none)", "question.invalid")] == 1
    assert told["baseregistry_refusals_total", ("(none)", "access.no_token")] == 1
    assert told["baseregistry_refusals_total", ("Person", "input.bad_variables")] == 1
    assert told["baseregistry_refusals_total", ("Later", "question.future_position")] == 1
    assert told["baseregistry_graphql_responses_total", ("400",)] == 3
    assert ("baseregistry_answer_seconds_count", ("Later",)) not in told


def test_each_question_of_a_list_is_counted_for_itself(serve: Serve) -> None:
    client = serve()
    questions = [{"query": PERSON, "variables": {"number": NUMBER}}, {"query": "{ nothing }"}, {"query": PERSON}]
    assert client.post("/graphql", json=questions).status_code == 200
    told = samples(client)
    assert told["baseregistry_answer_seconds_count", ("Person",)] == 1
    assert told["baseregistry_refusals_total", ("Person", "input.bad_variables")] == 1
    assert told["baseregistry_refusals_total", ("(none)", "question.invalid")] == 1
    assert told["baseregistry_graphql_responses_total", ("200",)] == 1


def test_the_pool_the_event_loop_and_the_process_are_told(serve: Serve) -> None:
    client = serve()
    ask(client, UNITS)
    told = samples(client)
    states = {labels[0]: value for (name, labels), value in told.items() if name.endswith("pool_connections")}
    assert states.keys() == {"idle", "shared", "taken"}
    assert sum(states.values()) >= 1
    assert told["baseregistry_read_pool_waiting", ()] == 0
    assert 0 <= told["baseregistry_event_loop_lag_seconds", ()] < 60
    assert told["baseregistry_event_loop_tasks", ()] >= 1
    assert told["process_resident_memory_bytes", ()] > 10_000_000


# --- log lines -------------------------------------------------------------------------------------------


def test_what_is_answered_in_time_has_no_line_and_what_is_refused_has_one(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    client = serve(slow_seconds=3600)
    ask(client, PERSON, number=NUMBER)
    assert lines(capsys) == []
    refused = ask(client, PERSON, {"traceparent": TRACE, "x-request-id": "portal-7"}, number=[NUMBER])
    (line,) = lines(capsys)
    assert refused.headers["x-request-id"] == "portal-7"
    assert (line["event"], line["level"], line["logger"]) == ("refused", "warning", "baseregistry.requests")
    assert (line["operation"], line["code"], line["status"]) == ("Person", "input.bad_variables", 400)
    assert line["request_id"] == "portal-7"
    assert (line["trace_id"], line["parent_id"]) == tuple(TRACE.split("-")[1:3])
    assert line["milliseconds"] > 0
    assert NUMBER not in json.dumps(line)


def test_every_request_has_a_line_where_that_is_wanted_and_none_quotes_a_value(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    client = serve(log_requests=True, slow_seconds=3600)
    ask(client, PERSON, number=NUMBER)
    ask(client, f'query Inline {{ person(personalId: "{NUMBER}") {{ id }} }}')
    ask(client, f'query Bad {{ person(personalId: "{NUMBER}") {{ {NUMBER} }} }}')
    client.get("/graphql", params={"query": PERSON, "variables": json.dumps({"number": NUMBER + "'"})})
    ask(client, PERSON, number=NUMBER, unknown=NUMBER)
    told = lines(capsys)
    assert [line["operation"] for line in told[:2]] == ["Person", "Inline"]
    assert [line["event"] for line in told[:2]] == ["answered", "answered"]
    assert len(told) == 5
    assert told[0]["bytes"] > 0
    assert NUMBER not in json.dumps(told)
    assert "tester" not in json.dumps(told)


def test_what_takes_long_has_a_line(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    client = serve(slow_seconds=0.000_001)
    ask(client, UNITS)
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["operation"]) == ("slow", "warning", "Units")


def test_what_nobody_foresaw_is_logged_without_its_message(
    serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve()
    monkeypatch.setattr("baseregistry.graphql.http.asked", _fail)
    failed = ask(client, PERSON, number=NUMBER)
    assert failed.status_code == 500
    assert NUMBER not in failed.text
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["status"]) == ("failed", "error", 500)
    assert line["exceptions"][0]["type"] == "builtins.ZeroDivisionError"
    assert line["request_id"] == failed.headers["x-request-id"]
    assert NUMBER not in json.dumps(line)
    assert samples(client)["baseregistry_failures_total", ("(none)",)] == 1


async def _fail(*_: object) -> None:
    raise ZeroDivisionError(NUMBER)


# --- request ids -----------------------------------------------------------------------------------------


def test_a_sane_request_id_comes_back_and_any_other_is_replaced(serve: Serve) -> None:
    client = serve()
    made = [ask(client, UNITS).headers["x-request-id"] for _ in range(3)]
    assert len(set(made)) == 3
    for sane in ("a", "0192f3a0-1111-7abc-8def-123456789012", "a" * 128, "span=1:2/3+4@x"):
        assert ask(client, UNITS, {"x-request-id": sane}).headers["x-request-id"] == sane
    for other in ("", "a" * 129, "a b", 'x"', "${jndi:x}", "<script>"):
        assert ask(client, UNITS, {"x-request-id": other}).headers["x-request-id"] not in {other, *made}
    refused = ask(client, "{ nothing }", {"x-request-id": "mine"})
    assert refused.headers["x-request-id"] == "mine"


# --- does it live, is it ready ---------------------------------------------------------------------------


def test_ready_says_what_it_stands_on(serve: Serve) -> None:
    client = serve()
    told = client.get("/readyz", headers={"authorization": ""})
    assert told.status_code == 200
    assert told.headers["cache-control"] == "no-store"
    assert {name: told.json()[name] for name in ("status", "position", "schemaEdition")} == {
        "status": "ready",
        "position": "0",
        "schemaEdition": "1",
    }
    assert 0 <= told.json()["crsDifferenceMetres"] < 1e-4
    assert client.get("/healthz").json()["status"] == "ok"


def unready(client: httpx.Client, code: str) -> None:
    """Not ready, for a reason; but alive, and counted on."""
    told = client.get("/readyz")
    assert (told.status_code, told.headers["content-type"]) == (503, "application/problem+json")
    problem = told.json()
    assert (problem["type"], problem["status"]) == (f"urn:baseregistry:error:{code}", 503)
    assert problem["title"]
    assert problem["detail"]
    assert client.get("/healthz").status_code == 200
    assert client.get("/metrics").status_code == 200


def test_another_edition_or_another_crs_is_not_ready(
    serve: Serve, database: Database, running_cluster: Cluster
) -> None:
    client = serve()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE installation SET schema_edition = '99'")
    unready(client, "register.unknown_edition")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE installation SET schema_edition = '1'")
    assert client.get("/readyz").status_code == 200
    with psycopg.connect(running_cluster.url(database.name, "postgres"), autocommit=True) as administrator:
        aside = "+proj=tmerc +lat_0=0 +lon_0=107.75 +k=0.9999 +x_0=500000.5 +y_0=0 +ellps=WGS84 +units=m +no_defs"
        row = "auth_name = NULL, auth_srid = NULL, srtext = '', proj4text = %s"
        administrator.execute(f"UPDATE public.spatial_ref_sys SET {row} WHERE srid = 5899", [aside])
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [database.name],
        )  # each session keeps the projections that it has read
    unready(client, "register.crs_disagrees")


def test_a_database_that_is_gone_is_not_ready_and_one_that_hangs_neither(
    serve: Serve, database: Database, running_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 0.2)
    client = serve()
    with psycopg.connect(database.url) as holder:
        holder.execute("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE")
        for _ in range(3):
            unready(client, "register.unavailable")
        waiting = holder.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
        assert waiting == (1,), "who asks again does not make another look"
    monkeypatch.setattr(readiness, "PATIENCE", 20)
    assert client.get("/readyz").status_code == 200
    with psycopg.connect(running_cluster.url("postgres", "postgres"), autocommit=True) as administrator:
        administrator.execute(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS false')
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database.name]
        )
        try:
            unready(client, "register.unavailable")
        finally:
            administrator.execute(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS true')
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/healthz"])
def test_pages_take_no_other_method(serve: Serve, path: str) -> None:
    assert serve().post(path).status_code == 405
