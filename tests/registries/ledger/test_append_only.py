"""The past is never rewritten: the database refuses every update but a closing and a redaction, and every delete."""

import psycopg
import pytest

from baseregistry import cluster
from tests.registries.ledger.register import SCHEMA, TABLES, Ground

REWRITES = [
    *[
        f"UPDATE {table} SET {column} = {column}"
        for table in TABLES.values()
        for column in ("valid", "digest", "change")
    ],
    *[f"UPDATE {table} SET recorded_from = recorded_from + 100" for table in TABLES.values()],
    *[f"UPDATE {table} SET recorded_to = NULL WHERE recorded_to IS NOT NULL" for table in TABLES.values()],
    *[f"UPDATE {table} SET recorded_to = recorded_to + 1 WHERE recorded_to IS NOT NULL" for table in TABLES.values()],
    "UPDATE test_thing SET recorded_to = 7, n = 3 WHERE recorded_to IS NULL",
    "UPDATE test_thing SET n = 3",
    "UPDATE test_thing SET n = NULL",
    "UPDATE test_thing SET n = NULL, salt = NULL, salts = '{}'",
    """UPDATE test_thing SET n = 3, salt = NULL, salts = '{}', redacted = '{"n": "00"}'""",
    """UPDATE test_thing SET n = NULL, salt = NULL, salts = '{"n": "00"}', redacted = '{"n": "00"}'""",
    """UPDATE test_thing SET n = NULL, salt = NULL, salts = '{}', redacted = '{"n": "00"}', recorded_to = 7""",
    """UPDATE test_thing SET n = NULL, name = 'B', salt = NULL, salts = '{}', redacted = '{"n": "00"}'""",
    "UPDATE ledger_change SET reason = 'another'",
    "UPDATE ledger_change SET head = head",
    "UPDATE record SET entity = 'test.place'",
    *[f"DELETE FROM {table}" for table in (*TABLES.values(), "ledger_change", "record")],
    *[f"TRUNCATE {table} CASCADE" for table in (*TABLES.values(), "ledger_change", "record")],
]


@pytest.mark.parametrize("role", [cluster.ROLE, "postgres"])
@pytest.mark.parametrize("statement", REWRITES)
def test_the_past_is_never_rewritten(told: Ground, running_cluster: cluster.Cluster, statement: str, role: str) -> None:
    path = f"-c search_path={SCHEMA},public"
    with psycopg.connect(running_cluster.url(told.name, role), options=path) as connection:
        with pytest.raises(psycopg.errors.Error) as refusal:
            connection.execute(statement)  # type: ignore[call-overload]
        assert refusal.value.sqlstate == "BR001", refusal.value
        assert "never rewritten" in str(refusal.value)


def test_a_version_closes_once(told: Ground, running_cluster: cluster.Cluster) -> None:
    path = f"-c search_path={SCHEMA},public"
    with psycopg.connect(running_cluster.url(told.name), options=path) as connection:
        assert connection.execute("UPDATE test_thing SET recorded_to = 99 WHERE recorded_to IS NULL").rowcount == 3
        with pytest.raises(psycopg.errors.Error, match="never rewritten"):
            connection.execute("UPDATE test_thing SET recorded_to = 100 WHERE recorded_to = 99")
