"""The embedded PostgreSQL: starts once, is found again after a crash, ends with its last user."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from baseregistry import cluster, errors, postgresql
from baseregistry.cluster import Cluster
from baseregistry.data_folder import DataFolder


@pytest.fixture
def own(running_cluster: Cluster) -> Iterator[Cluster]:
    """A cluster of this test's own, not started; without PostgreSQL the session's cluster skips the test."""
    with cluster.temporary() as made:
        yield made


def ask(made: Cluster, statement: str) -> object:
    with psycopg.connect(made.url()) as connection:
        row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0]


def test_it_runs_while_it_is_used_and_no_longer(own: Cluster) -> None:
    with own.used() as started:
        assert started
        assert own.status().running
        with own.used() as again:
            assert not again
        assert ask(own, "SELECT current_user") == "baseregistry"
    assert not own.status().running


def test_its_role_owns_the_database_and_is_no_superuser(own: Cluster) -> None:
    with own.used():
        assert ask(own, "SELECT usesuper FROM pg_user WHERE usename = current_user") is False
        assert (
            ask(own, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'baseregistry'") == "baseregistry"
        )
        found = ask(own, "SELECT array_agg(extname::text) FROM pg_extension")
        assert set(cluster.EXTENSIONS) <= set(found)  # type: ignore[call-overload]
        assert ask(own, "SELECT lower('ĐÀ NẴNG')") == "đà nẵng"


def test_nothing_listens_on_the_network_and_nobody_else_enters(own: Cluster) -> None:
    with own.used():
        assert ask(own, "SHOW listen_addresses") == ""
        assert own.folder.socket.stat().st_mode & 0o777 == 0o700
        assert own.folder.cluster.stat().st_mode & 0o077 == 0


def test_a_killed_server_finds_its_cluster_again(own: Cluster) -> None:
    own = Cluster(own.folder)
    assert own.keep()
    with psycopg.connect(own.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    pid = own.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with own.used() as started:
        assert started
        assert ask(own, "SELECT one FROM kept") == 1
    assert not own.status().running


def test_a_kept_cluster_stays_until_it_is_stopped(own: Cluster) -> None:
    assert own.keep()
    with own.used() as started:
        assert not started
    assert own.status().stays
    assert own.stop()
    assert not own.stop()
    assert not own.status().running


def test_starts_do_not_race(own: Cluster) -> None:
    def use(_: int) -> bool:
        with own.used() as started:
            assert ask(own, "SELECT 1") == 1
            return started

    with own.used(), ThreadPoolExecutor(6) as pool:
        assert list(pool.map(use, range(6))) == [False] * 6
    with ThreadPoolExecutor(4) as pool:
        assert any(pool.map(use, range(4)))
    assert not own.status().running


def test_a_path_too_long_for_a_socket_gets_a_short_one(own: Cluster) -> None:
    long = Cluster(DataFolder(own.folder.path / ("x" * 110)), durable=False)
    with long.used():
        socket = long.folder.socket
        assert len(str(socket)) < 40
        assert ask(long, "SELECT 1") == 1
    with long.used():
        assert long.folder.socket == socket
    socket.rmdir()
    with long.used():
        assert long.folder.socket != socket
    long.folder.socket.rmdir()


def test_a_lost_socket_is_mended(own: Cluster) -> None:
    with own.used():
        (own.folder.socket / ".s.PGSQL.5432").unlink()
        with own.used() as started:
            assert started
            assert ask(own, "SELECT 1") == 1


def test_what_postgresql_complains_of_is_told(own: Cluster) -> None:
    with own.used():
        pass
    (own.folder.cluster / "local.conf").write_text("shared_buffers = 'a lot'\n", encoding="utf-8")
    with pytest.raises(errors.Unavailable, match="shared_buffers") as caught, own.used():
        pass
    assert caught.value.code == "cluster.start_failed"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the cluster to another user")
def test_a_folder_closed_to_the_unprivileged_user_is_refused(own: Cluster) -> None:
    closed = own.folder.path / "closed"
    closed.mkdir(mode=0o700)
    with (
        pytest.raises(errors.Unavailable, match="is closed to user") as caught,
        Cluster(DataFolder(closed / "data")).used(),
    ):
        pass
    assert caught.value.code == "cluster.folder_unusable"


def test_ctrl_c_leaves_nothing_running(own: Cluster) -> None:
    program = (
        "import signal, sys, time, pathlib; from baseregistry.cluster import *; from baseregistry.data_folder import *\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's job in the background ignores it
        "with Cluster(DataFolder(pathlib.Path(sys.argv[1])), durable=False).used():\n"
        "    print('up', flush=True)\n"
        "    while True: time.sleep(0.1)"  # in turns: a signal just before a sleep begins is heard only when it ends
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(own.folder.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert own.status().running
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert not own.status().running


def test_what_a_killed_process_left_is_put_away(running_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_YOUNG", 0)
    program = (
        "import time; from baseregistry import cluster\n"
        "with cluster.temporary() as made, made.used():\n"
        "    print(made.folder.path, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        left = Cluster(DataFolder(Path(process.stdout.readline().strip())))
        with cluster.temporary():
            assert left.status().running  # its process lives
        process.kill()
    assert left.status().running
    with cluster.temporary():
        assert not left.status().running
        assert not left.folder.path.exists()
    assert running_cluster.status().running


def test_an_older_version_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def installed(*found: postgresql.Programs) -> Callable[[], Iterator[postgresql.Programs]]:
        return lambda: iter(found)

    old, bare = postgresql.Programs(tmp_path, 14, "3.4.0"), postgresql.Programs(tmp_path, 16, "3.2.9")
    good, newer = postgresql.Programs(tmp_path, 15, "3.3.2"), postgresql.Programs(tmp_path, 17, "3.10.0")
    for found, code in [
        ((), "cluster.no_postgresql"),
        ((old,), "cluster.no_postgresql"),
        ((old, bare), "cluster.no_postgis"),
    ]:
        monkeypatch.setattr(postgresql, "_installed", installed(*found))
        with pytest.raises(errors.Unavailable) as caught:
            postgresql.find()
        assert caught.value.code == code
        assert "docker compose up" in str(caught.value.hint)
    monkeypatch.setattr(postgresql, "_installed", installed(good, bare, newer))
    assert postgresql.find() == newer
    assert postgresql.find(15) == good
    with pytest.raises(errors.Unavailable, match="made by PostgreSQL 18"):
        postgresql.find(18)


def test_memory_decides_on_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "memory", lambda: 8 << 30)
    settings = postgresql.configuration(Path("/a 'b'/c"), connections=40, durable=True)
    assert "shared_buffers = 1365MB\n" in settings
    assert "fsync = on\n" in settings
    assert "unix_socket_directories = '\"/a ''b''/c\"'\n" in settings
