"""The PostgreSQL of this machine: its programs, whether PostGIS came with them, and how a register wants it set.

Nothing here starts anything; `cluster` does.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from baseregistry import errors

OLDEST = 15
OLDEST_POSTGIS = (3, 3)

_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # PostgreSQL's own packages for Fedora and its kin
    "/usr/bin",  # Fedora, Arch
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/opt/homebrew/bin",
    "/usr/local/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_HINT = (
    "Install PostgreSQL 15 or newer with PostGIS 3.3 or newer (Debian: `apt install postgresql postgresql-postgis`;"
    " macOS: `brew install postgis`; Fedora: `dnf install postgresql-server postgresql-contrib postgis`),"
    " or use `docker compose up`, or set BASEREGISTRY_DATABASE_URL."
)


@dataclass(frozen=True, slots=True)
class Programs:
    """One installed PostgreSQL: the folder of its programs, its major version, the PostGIS it offers (``3.3.2``)."""

    folder: Path
    major: int
    postgis: str | None

    def __getitem__(self, name: str) -> str:
        """The path of a program: ``programs["pg_ctl"]``."""
        return str(self.folder / name)

    @property
    def has_postgis(self) -> bool:
        """Whether its PostGIS is new enough."""
        found = re.match(r"(\d+)\.(\d+)", self.postgis or "")
        return found is not None and (int(found[1]), int(found[2])) >= OLDEST_POSTGIS


def find(major: int | None = None) -> Programs:
    """The newest PostgreSQL with PostGIS on this machine, or the one of version `major`, which made a cluster.

    Raises Unavailable: ``cluster.no_postgresql``, ``cluster.no_postgis``, ``cluster.other_version``.
    """
    installed = sorted(_installed(), key=lambda programs: programs.major, reverse=True)
    if major is not None:
        if not any(programs.major == major for programs in installed):
            raise errors.Unavailable(
                f"The cluster was made by PostgreSQL {major}, which is not installed here.",
                code="cluster.other_version",
                hint=f"Install PostgreSQL {major} with PostGIS again, or choose another folder with BASEREGISTRY_DATA.",
            )
        installed = [programs for programs in installed if programs.major == major]
    if not any(programs.major >= OLDEST for programs in installed):
        versions = ", ".join(str(programs.major) for programs in installed) or "none"
        raise errors.Unavailable(
            f"PostgreSQL {OLDEST} or newer is not installed (found: {versions}).",
            code="cluster.no_postgresql",
            hint=_HINT,
        )
    for programs in installed:
        if programs.major >= OLDEST and programs.has_postgis:
            return programs
    raise errors.Unavailable(
        f"PostgreSQL {installed[0].major} is installed without PostGIS 3.3 or newer.",
        code="cluster.no_postgis",
        hint=_HINT,
    )


def _installed() -> Iterator[Programs]:
    seen = set()
    for folder in _folders():
        if folder in seen or not all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            continue
        seen.add(folder)
        version = re.search(r"\(PostgreSQL\) (\d+)", _output(folder / "postgres", "--version"))
        if version:
            yield Programs(folder, int(version[1]), _postgis(folder, version[1]))


def _folders() -> Iterator[Path]:
    configuration = shutil.which("pg_config")
    if configuration:
        yield Path(_output(Path(configuration), "--bindir").strip()).resolve()
    server = shutil.which("postgres")
    if server:
        yield Path(server).resolve().parent
    for pattern in _FOLDERS:
        for folder in Path("/").glob(pattern.lstrip("/")):
            yield (folder / "postgres").resolve().parent


def _postgis(folder: Path, major: str) -> str | None:
    """The version in PostGIS's control file, from the shared folder of the installation."""
    shared = [Path(f"/usr/share/postgresql/{major}"), Path("/usr/share/pgsql"), folder.parent / "share"]
    if (folder / "pg_config").exists():
        shared.insert(0, Path(_output(folder / "pg_config", "--sharedir").strip()))
    for place in shared:
        control = place / "extension" / "postgis.control"
        if control.is_file():
            version = re.search(r"default_version\s*=\s*'([^']+)'", control.read_text(encoding="utf-8"))
            return version[1] if version else None
    return None


def _output(program: Path, *arguments: str) -> str:
    """What a program prints; nothing when it cannot be run."""
    try:
        return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def locale() -> tuple[str, ...]:
    """initdb's locale options: code points decide on order, Unicode on letters and case."""
    return ("--locale=C", "--lc-ctype=en_US.UTF-8") if sys.platform == "darwin" else ("--locale=C.UTF-8",)


def memory() -> int:
    """Bytes of memory that this machine, or the container we run in, has."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text(encoding="ascii").strip() if limit.is_file() else ""
    return min(total, int(text)) if text.isdigit() else total


def configuration(socket: Path, *, connections: int, durable: bool) -> str:
    """The settings of a register's cluster: reachable by `socket` alone, safe against power loss when `durable`.

    A register's disk is an SSD and its statements are short: random reads cost little and compiling plans to
    machine code (`jit`) costs more than it saves.  Statements and row values stay out of the log: they are
    personal data.
    """
    megabytes = memory() >> 20
    safe = "on" if durable else "off"
    lines = {
        "listen_addresses": "''",
        "unix_socket_directories": "'\"" + str(socket).replace("'", "''") + "\"'",
        "unix_socket_permissions": "0700",
        "port": "5432",
        "max_connections": str(connections),
        "shared_buffers": f"{_within(128, megabytes // 6, 4096)}MB",
        "effective_cache_size": f"{max(256, megabytes // 2)}MB",
        "maintenance_work_mem": f"{_within(64, megabytes // 32, 512)}MB",
        "work_mem": "16MB",
        "temp_buffers": "32MB",
        "fsync": safe,
        "synchronous_commit": safe,
        "full_page_writes": safe,
        "wal_compression": "on",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "random_page_cost": "1.1",
        "jit": "off",
        "track_io_timing": "on",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "lc_messages": "'C'",
        "logging_collector": "on",
        "log_filename": "'postgresql-%a.log'",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_line_prefix": "'%m [%p] '",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
    }
    if sys.platform == "linux":
        lines["effective_io_concurrency"] = "200"
    head = "# Written again at every start.  Your own settings go into local.conf beside it, which is read later.\n"
    return head + "".join(f"{name} = {value}\n" for name, value in lines.items())


def _within(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))
