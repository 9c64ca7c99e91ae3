"""What processes have cost, from the kernel's own books (/proc): CPU seconds and resident memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

TICK = 1 / os.sysconf("SC_CLK_TCK")
BACKENDS = (  # of another role's backends the type is not told
    "SELECT pid FROM pg_stat_activity WHERE coalesce(backend_type, 'client backend') = 'client backend'"
    " AND datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass
class Spent:
    """CPU seconds of a server and of the database's backends that worked for it, over a block."""

    server: float = 0.0
    database: float = 0.0


def cpu(pid: int) -> float:
    """CPU seconds of a process with all its threads, user and system; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * TICK


def resident(pid: int, name: str = "VmRSS") -> int:
    """Bytes of memory that a process holds now; `RssAnon` leaves out what it shares with others."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"/proc/{pid}/status says nothing of {name}")


def backends(connection: psycopg.Connection[Any]) -> list[int]:
    """The processes of PostgreSQL that serve clients of this database, this connection's aside."""
    pids = [row[0] for row in connection.execute(BACKENDS)]
    connection.rollback()  # the activity is looked at anew in each transaction
    return pids


@contextmanager
def metered(pid: int, connection: psycopg.Connection[Any]) -> Iterator[Spent]:
    """What a server and all backends of the database spend while the block runs; a backend that ends in it is not counted."""
    spent, before = Spent(), {each: cpu(each) for each in backends(connection)}
    began = cpu(pid)
    yield spent
    spent.server = cpu(pid) - began
    spent.database = sum(cpu(each) - before.get(each, 0.0) for each in backends(connection))
