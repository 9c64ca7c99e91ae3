"""The embedded PostgreSQL: a private cluster in the data folder, reached by a Unix socket and by nothing else.

Whoever uses the cluster holds a shared lock on it; the last to leave stops it, unless `db start` asked it to stay.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from baseregistry import errors, postgresql
from baseregistry.data_folder import DataFolder, become_sole
from baseregistry.roles import Role, Urls, given
from baseregistry.settings import Settings

ROLE = DATABASE = "baseregistry"
EXTENSIONS = ("postgis", "btree_gist", "unaccent", "pg_trgm")
_SUPERUSER = "postgres"
_TEMPORARY = "baseregistry-temporary-"
_YOUNG = 60  # seconds in which a temporary folder may not have its lock yet
_PATIENCE = 300  # seconds; recovery after a crash replays up to max_wal_size


@dataclass(frozen=True, slots=True)
class Status:
    """What `db status` says.  `stays`: whether it goes on when the last command that uses it ends."""

    running: bool
    stays: bool
    pid: int | None
    data: str
    url: str | None
    postgresql: int | None


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster of one data folder.  `durable=False` gives up safety against power loss: for tests only."""

    folder: DataFolder
    connections: int = 100
    durable: bool = True

    # --- using it --------------------------------------------------------------------------------

    @contextmanager
    def used(self) -> Iterator[bool]:
        """The cluster runs while the block does; says whether it had to be started."""
        self.folder.make()
        with self.folder.locked("users", shared=True) as users:
            try:
                yield self._start()
            finally:
                if become_sole(users) and not self._stays.exists():
                    self.stop()

    def keep(self) -> bool:
        """Start the cluster and let it stay; says whether it had to be started."""
        with self.used() as started:
            self._stays.touch()
        return started

    def stop(self) -> bool:
        """End the cluster, whoever uses it; says whether it ran.  Open transactions are rolled back."""
        if not self.folder.cluster.exists():
            return False
        with self.folder.locked("start"):
            self._stays.unlink(missing_ok=True)
            running = self._pid() is not None
            if running:
                self._end()
            return running

    def status(self) -> Status:
        """Looks, and starts nothing."""
        pid = self._pid()
        return Status(
            running=pid is not None,
            stays=pid is not None and self._stays.exists(),
            pid=pid,
            data=str(self.folder.path),
            url=self.url() if pid else None,
            postgresql=self._major(),
        )

    def url(self, database: str = DATABASE, role: str = ROLE) -> str:
        """A URL that libpq, psycopg and SQLAlchemy read: the socket's folder stands in ``host``."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.folder.socket), safe='/')}&port=5432"

    def urls(self, database: str = DATABASE) -> Urls:
        """The URL of each role."""
        return Urls(self.url(database), *(self.url(database, role.of(ROLE)) for role in Role))

    def make_database(self, name: str = DATABASE) -> None:
        """The roles, and a database of their own with the extensions; what exists is left alone."""
        with self._superuser("postgres") as connection:
            for role in (ROLE, *(role.of(ROLE) for role in Role)):
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                create = sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0")
                connection.execute(create.format(sql.Identifier(name), sql.Identifier(ROLE)))
            self._close(connection, name)
        with self._superuser(name) as connection:
            there = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
            for extension in (extension for extension in EXTENSIONS if extension not in there):
                connection.execute(sql.SQL("CREATE EXTENSION {} SCHEMA public").format(sql.Identifier(extension)))
            if "postgis" not in there:  # a migration adds the reference systems that PostGIS lacks
                grant = sql.SQL("GRANT INSERT, UPDATE ON public.spatial_ref_sys TO {}")
                connection.execute(grant.format(sql.Identifier(ROLE)))

    def _close(self, connection: psycopg.Connection[Any], name: str) -> None:
        """Only our roles may enter the database, and of those only who writes makes temporary tables."""
        known = {"database": sql.Identifier(name), "writing": sql.Identifier(Role.WRITING.of(ROLE))}
        every = sql.SQL(", ").join(sql.Identifier(role.of(ROLE)) for role in Role)
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**known))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {database} TO {every}").format(**known, every=every))
        connection.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {database} TO {writing}").format(**known))

    # --- starting and ending ---------------------------------------------------------------------

    def _start(self) -> bool:
        with self.folder.locked("start"):
            running = self._pid() is not None and self._answers()
            if not running:
                self._launch(postgresql.find(self._major()))
            self.make_database()
            return not running

    def _launch(self, programs: postgresql.Programs) -> None:
        self._stays.unlink(missing_ok=True)
        if self._pid() is not None:  # it runs, but its socket is gone
            self._end()
        socket, data = self.folder.make_socket_folder(), self.folder.cluster
        if not data.exists():
            self._create(programs)
        settings = postgresql.configuration(socket, connections=self.connections, durable=self.durable)
        self.folder.write(data / "baseregistry.conf", settings)
        log = self.folder.path / "start.log"
        self.folder.write(log, "")
        until = time.monotonic() + 15
        while True:
            outcome = self._pg_ctl(programs, "start", "-t", str(_PATIENCE), "-l", str(log))
            if outcome.returncode == 0:
                return
            said = self._last_words(log)
            leftovers = "still in use" in said or "already exists" in said  # the last processes of a killed server
            if not leftovers or time.monotonic() > until:
                raise errors.Unavailable(
                    f"PostgreSQL did not start: {said or outcome.stdout.strip()}",
                    code="cluster.start_failed",
                    hint=f"See {log} and {data / 'log'}.",
                )
            time.sleep(0.5)

    def _create(self, programs: postgresql.Programs) -> None:
        """initdb into a folder beside, renamed when it is whole: an interrupted start leaves no half cluster."""
        staging = self.folder.path / "cluster.new"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        self.folder.give(staging)
        options = ("--username", _SUPERUSER, "--encoding=UTF8", "--auth=trust", "--data-checksums", "--no-instructions")
        sync = () if self.durable else ("--no-sync",)
        outcome = self.folder.run(programs["initdb"], "-D", str(staging), *options, *sync, *postgresql.locale())
        if outcome.returncode != 0:
            raise errors.Unavailable(
                f"The cluster cannot be made: {outcome.stdout.strip()}",
                code="cluster.not_made",
                hint=f"The folder {self.folder.path} needs room, and must be open to the user that runs PostgreSQL.",
            )
        with (staging / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude = 'baseregistry.conf'\ninclude = 'local.conf'\n")
        self.folder.write(staging / "local.conf", "# Settings of your own; read after baseregistry.conf.\n")
        self.folder.write(
            staging / "pg_hba.conf", "# Only the owner and root can enter the socket's folder.\nlocal all all trust\n"
        )
        staging.rename(self.folder.cluster)

    def _end(self) -> None:
        outcome = self._pg_ctl(postgresql.find(self._major()), "stop", "-m", "fast", "-t", "120")
        if outcome.returncode != 0 and self._pid() is not None:
            raise errors.Unavailable(f"PostgreSQL did not stop: {outcome.stdout.strip()}", code="cluster.stop_failed")

    def _pg_ctl(self, programs: postgresql.Programs, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.folder.run(programs["pg_ctl"], "-w", "-D", str(self.folder.cluster), *arguments)

    # --- what is there ---------------------------------------------------------------------------

    @property
    def _stays(self) -> Path:
        return self.folder.path / "stays"

    def _major(self) -> int | None:
        version = self.folder.cluster / "PG_VERSION"
        return int(version.read_text(encoding="ascii").split(".")[0]) if version.exists() else None

    def _pid(self) -> int | None:
        """The server's process, if the one that postmaster.pid names is alive and is this cluster's."""
        try:
            pid = (self.folder.cluster / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0]
        except FileNotFoundError:
            return None
        return int(pid) if os.fsencode(self.folder.cluster) in _command(pid) else None

    def _answers(self) -> bool:
        """Whether a connection succeeds; waits while the server begins or recovers."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self._superuser("postgres").close()
            except psycopg.OperationalError as failure:
                if "the database system is" not in str(failure) or time.monotonic() > until:
                    return "connection slots" in str(failure) or "too many clients" in str(failure)
                time.sleep(0.1)
            else:
                return True

    def _superuser(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(database, _SUPERUSER), autocommit=True, connect_timeout=30)

    def _last_words(self, log: Path) -> str:
        """The last lines of the server, from before its collector of logs began or after."""
        logs = sorted((log, *self.folder.cluster.glob("log/*.log")), key=lambda path: path.stat().st_mtime)
        lines = [line for path in logs[-2:] for line in path.read_text(errors="replace").splitlines()]
        return "; ".join(line.partition("] ")[2] or line for line in lines[-4:])


def _command(pid: str) -> bytes:
    """The command line of a process; nothing when there is none."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""
    return subprocess.run(["ps", "-ww", "-o", "command=", "-p", pid], capture_output=True, check=False).stdout


def of(settings: Settings) -> Cluster:
    """The cluster of an installation."""
    folder = DataFolder(settings.data.expanduser().absolute())
    return Cluster(folder, connections=max(100, 2 * settings.read_connections + 40))


@contextmanager
def temporary() -> Iterator[Cluster]:
    """A cluster in a folder of its own that is gone after the block: quick, and not safe against power loss.

    Those whose process was killed before it could put them away are put away by the next.
    """
    _put_away_orphans()
    cluster = Cluster(DataFolder(Path(tempfile.mkdtemp(prefix=_TEMPORARY))), durable=False)
    cluster.folder.path.chmod(0o711)
    with cluster.folder.locked("temporary"):
        try:
            yield cluster
        finally:
            _put_away(cluster)


def _put_away_orphans() -> None:
    for mark in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*/temporary.lock"):
        with suppress(OSError, errors.Unavailable):  # just put away by another, or not to be had
            ours = mark.parent.lstat().st_uid == os.geteuid()
            if ours and time.time() - mark.stat().st_mtime > _YOUNG:
                with mark.open("a") as lock:
                    if become_sole(lock):
                        _put_away(Cluster(DataFolder(mark.parent), durable=False))


def _put_away(cluster: Cluster) -> None:
    cluster.stop()
    shutil.rmtree(cluster.folder.path)


@contextmanager
def connected(settings: Settings) -> Iterator[Urls]:
    """The URLs of the database while the block lasts: those given, else the embedded cluster's, started if need be."""
    urls = given(settings)
    if urls:
        yield urls
        return
    cluster = of(settings)
    with cluster.used():
        yield cluster.urls()
