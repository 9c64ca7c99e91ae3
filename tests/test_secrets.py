"""Secrets are had from the environment or from files, and stand in no line, answer or error, whatever fails."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr, ValidationError

from baseregistry import cluster
from baseregistry.access import tokens
from baseregistry.roles import Role, Urls, given
from baseregistry.settings import SECRETS, Settings
from tests.conftest import Database

PASSWORD, PROXY, NUMBER = "telling-Pa55word-of-the-database", "telling-secret-of-the-proxy-" + "x" * 20, "049156777123"
TELLING = (PASSWORD, PROXY, NUMBER)


def environment(url: str, **more: str) -> dict[str, str]:
    """Of a process that connects by the role of each work, with a password in each URL."""
    said = {
        "PATH": os.environ["PATH"],
        "BASEREGISTRY_PROXY_SECRET": PROXY,
        "BASEREGISTRY_CERTIFICATE_HEADER": "X-Client-Cert",
    }
    said |= {"BASEREGISTRY_DATABASE_URL": url.replace(f"{cluster.ROLE}@", f"{cluster.ROLE}:{PASSWORD}@"), "PORT": "0"}
    for role in Role:
        name = role.of(cluster.ROLE)
        said[f"BASEREGISTRY_{role.name}_URL"] = url.replace(f"//{cluster.ROLE}@", f"//{name}:{PASSWORD}@")
    return said | more


def run(*arguments: str, **variables: str) -> str:
    """All that a command says."""
    done = subprocess.run(
        [sys.executable, "-m", "baseregistry", *arguments],
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


def told_by(text: str) -> list[str]:
    return [secret for secret in TELLING if secret in text]


@contextmanager
def serving(variables: dict[str, str], errors: Path) -> Iterator[str]:
    """A service in a process of its own; its lines go to a file."""
    with errors.open("w") as lines:
        command = [sys.executable, "-m", "baseregistry", "serve"]
        process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=lines, text=True)
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            assert said.startswith("Serving on "), errors.read_text()
            yield said.split()[-1]
        finally:
            process.terminate()
            rest = process.communicate(timeout=30)[0]
            lines.write(rest)


def requests(settings: Settings) -> list[dict[str, Any]]:
    """Requests that carry something nobody may be told again, and fail in many ways."""
    bearer = {"authorization": f"Bearer {tokens.issue(settings, 'somebody')}"}
    question = {
        "query": "query($n: String!) { persons(where: { fullName: { eq: $n } }) { nodes { fullName } } }",
        "variables": {"n": NUMBER},
    }
    return [
        {"json": question, "headers": bearer},
        {"json": question, "headers": {**bearer, "x-purpose": NUMBER}},
        {"json": {"query": f'{{ persons(where: {{ fullName: {{ eq: "{NUMBER}" }} }}) {{ nodes {{ id }} }} }}'}},
        {"json": {"query": f'{{ unit(id: "{NUMBER}") {{ name }} nobody("{NUMBER}") }}'}},
        {"json": question, "headers": {"authorization": f"Bearer {NUMBER}"}},
        {"json": question, "headers": {"authorization": f"Basic {NUMBER}"}},
        {"json": question, "headers": {**bearer, "x-client-cert": NUMBER, "x-proxy-secret": NUMBER}},
        {"content": f'{{"query": "{NUMBER}'.encode(), "headers": {"content-type": "application/json"}},
        {"content": NUMBER.encode(), "headers": {"content-type": NUMBER}},
        {
            "json": {
                "query": "mutation($i: ChangeInput!) { recordChange(input: $i) { head } }",
                "variables": {"i": {NUMBER: 1}},
            }
        },
        {"json": {"query": "{ units { totalCount } }"}, "headers": {"x-request-id": "r-1"}},
    ]


def test_no_line_and_no_answer_tells_a_secret(
    database: Database, tmp_path: Path, running_cluster: cluster.Cluster
) -> None:
    settings = Settings(data=tmp_path / "data")
    variables = environment(database.url, BASEREGISTRY_DATA=str(settings.data), BASEREGISTRY_LOG_REQUESTS="true")
    answers, lines = "", tmp_path / "lines"
    asked = requests(settings)
    with serving(variables, lines) as address, httpx.Client(base_url=address) as client:
        for said in asked:
            answers += client.post("/graphql", **said).text.replace(NUMBER, "")  # who sent it may read it again
        client.get("/graphql", params={"query": "{ units { totalCount } }", "access_token": NUMBER})
        with psycopg.connect(running_cluster.url(database.name, "postgres"), autocommit=True) as administrator:
            administrator.execute("ALTER TABLE baseregistry.installation RENAME COLUMN srid TO crs")
            administrator.execute("REVOKE ALL ON baseregistry.population_person FROM baseregistry_reading")
            administrator.execute("ALTER TABLE baseregistry.ledger_change RENAME TO elsewhere")
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                [database.name],
            )
        for path in ("/readyz", "/metrics", "/healthz", "/nowhere"):
            answers += client.get(path).text
        for said in asked:
            answers += client.post("/graphql", **{**said, "headers": {}}).text.replace(NUMBER, "")
    written = lines.read_text()
    assert len(re.findall("^", written, re.MULTILINE)) > len(asked)
    assert told_by(written) == []
    assert "Bearer" not in written
    assert not re.search(r"eyJ[A-Za-z0-9_-]{20}", written)
    assert told_by(answers) == []
    logs = "".join(path.read_text(errors="replace") for path in running_cluster.folder.cluster.glob("log/*.log"))
    assert told_by(logs) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"BASEREGISTRY_DATABASE_URL": f"postgresql://somebody:{PASSWORD}@127.0.0.1:1/nowhere?connect_timeout=2"},
        {"BASEREGISTRY_DATABASE_URL": f"postgresql://somebody:{PASSWORD} @127.0.0.1/nowhere"},
        {"BASEREGISTRY_DATABASE_URL": f"mysql://somebody:{PASSWORD}@127.0.0.1/nowhere"},
        {"BASEREGISTRY_DATABASE_URL": f"postgresql://somebody:{PASSWORD}@127.0.0.1:port/nowhere"},
        {"BASEREGISTRY_PROXY_SECRET": PROXY[:20]},
        {"BASEREGISTRY_ISSUERS": f'[{{"issuer": "https://id.example", "secret": "{PASSWORD}"}}]'},
        {"BASEREGISTRY_ISSUERS": PASSWORD},
    ],
)
def test_no_command_tells_a_secret_that_is_wrong(wrong: dict[str, str], tmp_path: Path) -> None:
    variables = {"PATH": os.environ["PATH"], "BASEREGISTRY_DATA": str(tmp_path), "PORT": "0", **wrong}
    for command in (("serve",), ("migrate", "--dry-run"), ("verify",), ("db", "status", "--json")):
        said = run(*command, **variables)
        assert told_by(said) == [], command
        assert PROXY[:20] not in said
        assert "Traceback" not in said
        assert said


def test_a_secret_may_be_in_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = {}
    for name in SECRETS:
        held[name] = PROXY if name == "proxy_secret" else f"postgresql://x_{name}:{PASSWORD}@db.example/registers"
        (tmp_path / name).write_text(held[name] + "\n", encoding="utf-8")
        monkeypatch.setenv(f"BASEREGISTRY_{name.upper()}_FILE", str(tmp_path / name))
    settings = Settings()
    assert {name: getattr(settings, name).get_secret_value() for name in SECRETS} == held
    assert told_by(repr(settings) + str(settings.model_dump())) == []


def test_every_secret_is_one_that_a_file_may_hold() -> None:
    kept = {
        name for name, field in Settings.model_fields.items() if SecretStr in getattr(field.annotation, "__args__", ())
    }
    assert kept == set(SECRETS)


@pytest.mark.parametrize("content", [None, "", "\n", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused(
    content: str | bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / "url").write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.setenv("BASEREGISTRY_WRITING_URL_FILE", str(tmp_path / "url"))
    with pytest.raises(ValidationError, match="BASEREGISTRY_WRITING_URL_FILE"):
        Settings()


def test_a_secret_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text(PROXY)
    monkeypatch.setenv("BASEREGISTRY_PROXY_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("BASEREGISTRY_PROXY_SECRET", PROXY)
    with pytest.raises(ValidationError, match="say it once") as refused:
        Settings()
    assert told_by(str(refused.value)) == []


def test_what_has_no_url_of_its_own_takes_the_owners() -> None:
    assert given(Settings()) is None
    alone = Settings(database_url=SecretStr("postgresql://o@h/d"), reading_url=SecretStr("postgresql://r@h/d"))
    owner = "postgresql://o@h/d"
    assert given(alone) == Urls(owner, "postgresql://r@h/d", owner, owner, owner)
    without = given(Settings(reading_url=SecretStr("postgresql://r@h/d")))
    assert without == Urls(None, "postgresql://r@h/d", None, None, None)
    assert "BASEREGISTRY_DATABASE_URL is not set" in run(
        "migrate", PATH=os.environ["PATH"], BASEREGISTRY_READING_URL=owner
    )
