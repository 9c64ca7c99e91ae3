"""What a table refuses by itself, whichever door is broken."""

import sqlalchemy as sa

from tests.conftest import Database

DAYS = {
    "[1956-03-12,1956-03-13)": True,
    "[1956-02-01,1956-03-01)": True,
    "[1956-12-01,1957-01-01)": True,
    "[1956-01-01,1957-01-01)": True,
    "[0001-01-01,0001-01-02)": True,
    "[1956-03-12,1956-03-14)": False,
    "[1956-03-12,1956-04-12)": False,
    "[1956-01-01,1956-03-01)": False,
    "[1956-02-01,1957-02-01)": False,
    "[1956-01-01,1958-01-01)": False,
    "[1956-03-12,)": False,
    "(,1956-03-12)": False,
    "empty": False,
}


def test_a_partial_day_is_a_day_a_month_or_a_year(database: Database) -> None:
    """The table's own condition, on a table of one column."""
    with database.engine.connect() as connection:
        said = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'population_person_birth_date'"
        check = connection.execute(sa.text(said)).scalar_one()
        connection.exec_driver_sql(f"CREATE TEMPORARY TABLE born (birth_date daterange, {check})")
        assert {days: is_kept(connection, days) for days in DAYS} == DAYS


def is_kept(connection: sa.Connection, days: str) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(sa.text("INSERT INTO born VALUES (CAST(:days AS daterange))"), {"days": days})
    except sa.exc.IntegrityError:
        return False
    return True
