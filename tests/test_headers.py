"""Every response says what a browser may do with it: of all doors, all statuses, from a real server."""

import re
from pathlib import Path
from typing import Any

import httpx

from baseregistry import headers
from baseregistry.graphql import page
from baseregistry.settings import Settings
from tests.conftest import Database
from tests.served import served, settings_of

QUESTION = "{ units { totalCount } }"
ANSWERS: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/", {}, 200),
    ("GET", "/healthz", {}, 200),
    ("GET", "/readyz", {}, 200),
    ("GET", "/metrics", {}, 200),
    ("GET", "/graphql", {"headers": {"accept": "text/html"}}, 200),
    ("GET", "/graphql/page/graphiql.js", {}, 200),
    ("GET", "/nowhere", {}, 404),
    ("PUT", "/graphql", {}, 405),
    ("POST", "/graphql", {"json": {"query": QUESTION}}, 200),
    ("POST", "/graphql", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
    (
        "POST",
        "/graphql",
        {"json": {"query": "{ nobody }"}, "headers": {"accept": "application/graphql-response+json"}},
        400,
    ),
    ("POST", "/graphql", {"json": {"query": QUESTION}, "headers": {"authorization": "Bearer x"}}, 401),
    ("POST", "/graphql", {"json": {"query": QUESTION}, "headers": {"accept": "text/event-stream"}}, 200),
    ("GET", "/graphql", {"params": {"query": QUESTION}, "headers": {"accept": "application/json"}}, 200),
]


def test_every_response_says_what_a_browser_may_do(database: Database, tmp_path: Path) -> None:
    with served(settings_of(database, tmp_path, hsts_seconds=600)) as address, httpx.Client(base_url=address) as client:
        for method, path, said, status in ANSWERS:
            check(client.request(method, path, **said), path, status)


def check(response: httpx.Response, path: str, status: int) -> None:
    assert response.status_code == status, response.text
    told = response.headers
    for name, value in headers.EVERY:
        assert len(told.get_list(name.decode())) == 1, name
        if name != b"content-security-policy":
            assert told[name.decode()] == value.decode()
    policy = told["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert not re.search(r"script-src[^;]*unsafe", policy)
    assert told["strict-transport-security"] == "max-age=600; includeSubDomains"
    assert "server" not in told
    if path == "/graphql" and "text/html" not in told["content-type"]:
        assert told["cache-control"] == "private, no-store"


def test_the_pages_run_no_inline_script() -> None:
    pages = [*page.PAGE.glob("*.html"), Path(headers.__file__).with_name("home.html")]
    assert len(pages) == 3
    for one in pages:
        text = one.read_text(encoding="utf-8")
        assert re.findall(r"<script(?![^>]*\ssrc=\"/graphql/)", text) == []
        assert re.findall(r"\son[a-z]+=|javascript:", text) == []
        assert re.findall(r"(?:src|href)=\"(?!/|data:,)", text) == []


def test_a_browser_is_not_told_to_insist_on_tls_where_there_is_none() -> None:
    assert b"strict-transport-security" not in dict(headers.every(Settings()))
