"""The database's roles, and the URL with which each part of the program connects.

The owner makes and migrates the schema; the others may do what `migrations/rights.py` grants them and no more.  They
are called after the owner, so that a server can hold several installations: ``registers``, ``registers_reading``.
"""

from dataclasses import dataclass
from enum import Enum

from baseregistry.errors import BadInput
from baseregistry.settings import Settings


class Role(Enum):
    """What a connection is for."""

    READING = "reading"
    WRITING = "writing"
    LOGGING = "logging"
    AUDITING = "auditing"

    def of(self, owner: str) -> str:
        """What the role is called in the database whose schema `owner` owns."""
        return f"{owner}_{self.value}"


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the database is, for each role; None where this process was not told."""

    owner: str | None
    reading: str | None
    writing: str | None
    logging: str | None
    auditing: str | None

    def of(self, role: Role | None) -> str:
        """The URL of a role, without one the owner's.  Raises BadInput ``settings.bad`` when it was not given."""
        name = role.value if role else "owner"
        url: str | None = getattr(self, name)
        if url is None:
            variable = f"BASEREGISTRY_{'DATABASE' if role is None else name.upper()}_URL"
            raise BadInput(
                f"{variable} is not set, and this needs it.",
                code="settings.bad",
                hint="Give the URL of that role; docs/how-to/run-it-on-your-own-postgresql.md says which there are.",
            )
        return url


def given(settings: Settings) -> Urls | None:
    """The URLs of a database of one's own, None where the embedded one serves; what has no URL takes the owner's."""
    said = [settings.database_url, *(getattr(settings, f"{role.value}_url") for role in Role)]
    if not any(said):
        return None
    urls = [url.get_secret_value() if url else None for url in said]
    return Urls(urls[0], *(url or urls[0] for url in urls[1:]))


def place(url: str) -> tuple[str, ...]:
    """Which database a URL leads to: hosts, ports and name, whoever connects."""
    from psycopg.conninfo import conninfo_to_dict  # slow to import; the commands that connect to nothing do without

    said = conninfo_to_dict(url)
    return tuple(str(said.get(name) or default) for name, default in (("host", ""), ("port", "5432"), ("dbname", "")))
