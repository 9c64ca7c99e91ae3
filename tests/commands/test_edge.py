"""What a script can rely on: exit codes, messages on stderr, JSON on stdout."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr, ValidationError

from baseregistry import cluster, errors
from baseregistry.cluster import Cluster
from baseregistry.commands import edge
from baseregistry.settings import Settings
from tests.conftest import Database, MakeDatabase

Run = subprocess.CompletedProcess[str]


def run(*arguments: str, **variables: str) -> Run:
    """The command, as a person would start it."""
    return subprocess.run(
        [sys.executable, "-m", "baseregistry", *arguments],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", [[], ["db"]])
def test_help_explains_each_command_in_one_whole_line(command: list[str]) -> None:
    told = run(*command, "--help", COLUMNS="80")
    assert told.returncode == edge.DONE
    listed = told.stdout.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    assert listed
    assert all(line.rstrip().endswith(".") and not line.rstrip().endswith("...") for line in listed)


def test_help_lists_the_exit_codes() -> None:
    told = run("--help").stdout
    for code, meaning in edge.EXIT_CODES.items():
        assert f"{code}  {meaning}" in told


@pytest.mark.parametrize(
    "kind", [errors.RegisterError, *errors.RegisterError.__subclasses__(), errors.Conflict, errors.BadFile]
)
def test_every_error_has_an_exit_code(kind: type[errors.RegisterError]) -> None:
    assert edge.exit_code(kind("it is so")) in edge.EXIT_CODES


def test_an_error_says_what_what_to_do_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    error = errors.Busy("Held.", hint="Wait.", where={"position": 7})
    assert edge.report(error) == edge.BUSY
    assert capsys.readouterr().err == "error[ledger.busy]: Held.\nhint: Wait.\nwhere: position = 7\n"


def test_a_full_disk_has_words_and_a_fault_of_the_program_has_none() -> None:
    full = edge.worded(OSError(errno.ENOSPC, "No space left on device"))
    assert full is not None
    assert full.code == "register.out_of_space"
    assert edge.worded(ValueError("a bug")) is None


def test_an_unknown_command_is_usage() -> None:
    told = run("demolish")
    assert told.returncode == edge.USAGE
    assert "Traceback" not in told.stderr


def test_a_bad_setting_is_named() -> None:
    told = run("db", "status", BASEREGISTRY_SRID="many")
    assert told.returncode == edge.REFUSED
    assert told.stderr.startswith("error[settings.bad]: BASEREGISTRY_SRID: ")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://u:open-sesame@h/x",
        "postgresql://u:open sesame@h:port/x",
        "postgresql://u:open-sesame@h:port/x",
        "postgresql://u:open-sesame@h/%zz",
        "postgresql://u:open/sesame@h/x",
    ],
)
def test_a_url_that_is_none_is_named_and_not_shown(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASEREGISTRY_DATABASE_URL", url)
    with pytest.raises(errors.BadInput) as refused:
        edge.settings()
    assert refused.value.code == "settings.bad"
    assert refused.value.message.startswith("BASEREGISTRY_DATABASE_URL: it is no URL of a PostgreSQL database")
    with pytest.raises(ValidationError) as failure:
        Settings()
    assert "sesame" not in refused.value.message + str(failure.value)


@pytest.mark.parametrize("url", ["postgres://a@h", "postgresql://a:b%2Fc@h:5433/x", "postgresql:///x?host=/s"])
def test_urls_of_postgresql_are_taken(url: str) -> None:
    assert Settings(database_url=SecretStr(url)).database_url == SecretStr(url)


@pytest.mark.parametrize("schema", ["public", "pg_temp", "information_schema", "user", "select"])
def test_a_schema_of_postgresql_is_not_taken(schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASEREGISTRY_SCHEMA", schema)
    with pytest.raises(errors.BadInput, match=f"BASEREGISTRY_SCHEMA: {schema} is PostgreSQL's own"):
        edge.settings()


def test_a_database_that_fails_ends_in_words(database: Database) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute("ALTER TABLE baseregistry.installation RENAME COLUMN srid TO crs")
    told = run("verify", BASEREGISTRY_DATABASE_URL=database.url)
    assert told.returncode == edge.UNAVAILABLE
    assert told.stderr.startswith("error[register.database_failed]: The database failed: column ")
    assert not {"Traceback", "SELECT"} & set(told.stderr.split())


def test_a_database_that_is_down_is_unavailable() -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    for command in (["migrate"], ["verify"], ["db", "status"]):
        told = run(*command, BASEREGISTRY_DATABASE_URL=url)
        assert told.returncode == edge.UNAVAILABLE, told
        assert "Traceback" not in told.stderr
    told = run("db", "stop", BASEREGISTRY_DATABASE_URL=url)
    assert (told.returncode, told.stderr.splitlines()[0].split(":")[0]) == (edge.REFUSED, "error[cluster.not_embedded]")


def test_the_password_of_a_database_is_not_shown() -> None:
    told = run("db", "status", BASEREGISTRY_DATABASE_URL="postgresql://nobody:open-sesame@127.0.0.1:1/nothing")
    assert "127.0.0.1" in told.stdout
    assert "open-sesame" not in told.stdout + told.stderr


def test_secrets_may_be_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "baseregistry_database_url").write_text("postgresql://a@b/c\n", encoding="utf-8")
    monkeypatch.setattr(edge, "SECRETS", tmp_path)
    given = edge.settings().database_url
    assert given is not None
    assert given.get_secret_value() == "postgresql://a@b/c"


def test_verify_before_migrate_says_what_to_do(running_cluster: Cluster, make_database: MakeDatabase) -> None:
    empty = make_database()
    with psycopg.connect(empty.url) as connection:
        connection.execute("DROP SCHEMA baseregistry CASCADE")
    told = run("verify", BASEREGISTRY_DATABASE_URL=empty.url)
    assert (told.returncode, told.stderr.splitlines()[-1]) == (
        edge.UNAVAILABLE,
        "hint: Run `baseregistry migrate` first.",
    )


def test_migrate_lists_its_steps_once(make_database: MakeDatabase) -> None:
    database = make_database()
    with psycopg.connect(database.url) as connection:
        connection.execute("DROP SCHEMA baseregistry CASCADE")
    planned = json.loads(run("migrate", "--dry-run", "--json", BASEREGISTRY_DATABASE_URL=database.url).stdout)
    assert planned["applied"] is False
    assert all(step["revision"] and step["locks"] for step in planned["steps"])
    assert (
        json.loads(run("migrate", "--json", BASEREGISTRY_DATABASE_URL=database.url).stdout)["steps"] == planned["steps"]
    )
    assert json.loads(run("migrate", "--json", BASEREGISTRY_DATABASE_URL=database.url).stdout)["steps"] == []


def test_verify_prints_what_to_publish(database: Database) -> None:
    told = run("verify", "--json", BASEREGISTRY_DATABASE_URL=database.url)
    verdict = json.loads(told.stdout)
    assert (told.returncode, verdict["sound"], verdict["problems"]) == (edge.DONE, True, [])
    assert len(verdict["head"]) == 64
    assert (
        run("verify", "--expect", f"0:{verdict['head']}", BASEREGISTRY_DATABASE_URL=database.url).returncode
        == edge.DONE
    )


@pytest.mark.parametrize(
    "expected", ["nonsense", "5:" + "z" * 64, "٥:" + "a" * 64, "5:" + "a" * 63, "5:" + "a" * 64 + "\n"]
)
def test_what_is_no_head_is_usage(expected: str) -> None:
    told = run("verify", "--expect", expected, BASEREGISTRY_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert (told.returncode, "64 hexadecimal digits" in told.stderr) == (edge.USAGE, True)


def test_psql_asks_in_the_registers_schema(database: Database) -> None:
    told = run("psql", "-At", "-c", "SELECT srid FROM installation", BASEREGISTRY_DATABASE_URL=database.url)
    assert (told.returncode, told.stdout) == (0, "5899\n")
    assert run("psql", "-c", "SELEKT", BASEREGISTRY_DATABASE_URL=database.url).returncode == 1


def test_the_embedded_database_is_started_looked_at_and_stopped(running_cluster: Cluster) -> None:
    with cluster.temporary() as own:
        folder = str(own.folder.path)
        assert run("db", "status", BASEREGISTRY_DATA=folder).returncode == edge.UNAVAILABLE
        assert run("db", "start", BASEREGISTRY_DATA=folder).stdout.startswith("Started: postgresql://")
        assert run("db", "start", BASEREGISTRY_DATA=folder).stdout.startswith("Runs already: ")
        told = run("db", "status", "--json", BASEREGISTRY_DATA=folder)
        facts = json.loads(told.stdout)
        assert (told.returncode, facts["running"], facts["stays"], facts["data"]) == (edge.DONE, True, True, folder)
        with psycopg.connect(facts["url"]) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert run("db", "stop", BASEREGISTRY_DATA=folder).stdout == "Stopped.\n"
        assert run("db", "stop", BASEREGISTRY_DATA=folder).stdout == "It did not run.\n"


def test_a_byte_changed_behind_the_back_ends_in_its_own_exit_code(database: Database, tmp_path: Path) -> None:
    units = tmp_path / "units.csv"
    units.write_text("code,name,level,since\n91216,Épinay-sur-Orge,COMMUNE,1900-01-01\n", encoding="utf-8")
    run("import", "administration.unit", str(units), "--valid-from", "since", BASEREGISTRY_DATABASE_URL=database.url)
    with psycopg.connect(database.url) as connection:
        connection.execute("ALTER TABLE baseregistry.administration_unit DISABLE TRIGGER USER")
        connection.execute("UPDATE baseregistry.administration_unit SET name = 'Épinay-sous-Orge'")
    told = run("verify", BASEREGISTRY_DATABASE_URL=database.url)
    assert told.returncode == edge.TAMPERED
    assert told.stdout.startswith("position 1: ")
    assert "first at position 1." in told.stderr
