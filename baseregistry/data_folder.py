"""The data folder: where the embedded PostgreSQL keeps its files, its socket and its locks, and who owns them.

PostgreSQL refuses to run as root, so root hands the cluster's files and processes to an unprivileged user,
for whom every folder on the way must be open.
"""

import fcntl
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from baseregistry import errors

_LONGEST_SOCKET = 100  # bytes; the path of a Unix socket ends at 107 on Linux and 103 on macOS


@dataclass(frozen=True, slots=True)
class Owner:
    """The user to whom the cluster's files and processes belong."""

    user: int
    group: int
    name: str


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The folder of one installation's embedded cluster."""

    path: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.path / "cluster"

    @property
    def owner(self) -> Owner:
        """Who we are; for root, who owns the cluster already, else the user ``postgres`` or the like."""
        if os.geteuid() != 0:
            return Owner(os.geteuid(), os.getegid(), "you")
        if self.cluster.exists() and (uid := self.cluster.stat().st_uid):
            entry = pwd.getpwuid(uid)
        else:
            names = {entry.pw_name: entry for entry in pwd.getpwall()}
            entry = next(names[name] for name in ("postgres", "_postgres", "nobody") if name in names)
        return Owner(entry.pw_uid, entry.pw_gid, entry.pw_name)

    @property
    def socket(self) -> Path:
        """The folder of the socket: here, or where this path is too long for one, a short one that is noted here."""
        plain = self.path / "socket"
        if len(os.fsencode(plain / ".s.PGSQL.5432")) <= _LONGEST_SOCKET:
            return plain
        note = self.path / "socket-folder"
        return Path(note.read_text(encoding="utf-8")) if note.exists() else plain

    def make(self) -> None:
        """The folder itself.  Raises Unavailable ``cluster.folder_unusable``, which says what is in the way."""
        try:
            self.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        except OSError as failure:
            raise self._unusable(failure.strerror or str(failure)) from failure
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise self._unusable("it belongs to another user")
        if self.cluster.exists() and os.geteuid() not in (0, self.cluster.stat().st_uid):
            raise self._unusable("its cluster belongs to another user")
        owner = self.owner
        for folder in (self.path, *self.path.parents):
            facts = folder.stat()
            if os.geteuid() == 0 and facts.st_uid != owner.user and not facts.st_mode & 0o001:
                raise self._unusable(f"{folder} is closed to user {owner.name}, who has to run PostgreSQL for root")

    def make_socket_folder(self) -> Path:
        """The folder of the socket, which only the owner can enter."""
        folder = self.socket
        if not self._is_ours(folder):
            if len(os.fsencode(self.path / "socket" / ".s.PGSQL.5432")) <= _LONGEST_SOCKET:
                folder.mkdir(mode=0o700)
            else:
                folder = Path(tempfile.mkdtemp(prefix="baseregistry-", dir="/tmp"))
                self.write(self.path / "socket-folder", str(folder))
            self.give(folder)
        folder.chmod(0o700)
        return folder

    def write(self, path: Path, text: str) -> None:
        """A file of the owner's, instead of what stood there."""
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
        self.give(path)

    def give(self, path: Path) -> None:
        """Hand a file or folder to the owner."""
        if os.geteuid() == 0:
            os.chown(path, self.owner.user, self.owner.group)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program as the owner, out of reach of Ctrl-C and of ``PG…`` variables; its words are in ``stdout``."""
        root, owner = os.geteuid() == 0, self.owner
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR")}
        return subprocess.run(
            command,
            cwd="/",
            env={**kept, "LC_ALL": "C", "HOME": "/"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
            start_new_session=True,
            user=owner.user if root else None,
            group=owner.group if root else None,
            extra_groups=[] if root else None,
        )

    @contextmanager
    def locked(self, name: str, *, shared: bool = False) -> Iterator[IO[str]]:
        """Hold the lock `name`, alone or with others who share it."""
        with (self.path / f"{name}.lock").open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield file

    def _is_ours(self, folder: Path) -> bool:
        return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == self.owner.user

    def _unusable(self, reason: str) -> errors.Unavailable:
        return errors.Unavailable(
            f"The data folder {self.path} cannot be used: {reason}.",
            code="cluster.folder_unusable",
            hint="Choose another folder with BASEREGISTRY_DATA.",
        )


def become_sole(lock: IO[str]) -> bool:
    """Hold a lock alone without waiting; false, and not even a shared lock any more, when others hold it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
