"""One frozen Settings, read once by the entry point and passed on; nothing reads the environment at import."""

import os
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data_folder() -> Path:
    """The user's data folder (XDG Base Directory): ``~/.local/share/baseregistry``.

    For root ``/var/lib/baseregistry``: root's home is closed to the unprivileged user who has to run PostgreSQL.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/baseregistry")
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "baseregistry"


class Settings(BaseSettings):
    """Everything that differs between installations.  Each is an environment variable ``BASEREGISTRY_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="BASEREGISTRY_", frozen=True, extra="forbid", populate_by_name=True)

    data: Path = Field(
        default_factory=default_data_folder, description="Folder of the embedded cluster and local keys."
    )
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL URL; without it the embedded cluster serves."
    )
    schema_name: str = Field(
        default="baseregistry",
        validation_alias="BASEREGISTRY_SCHEMA",
        pattern=r"^[a-z][a-z0-9_]{0,40}$",
        description="The one PostgreSQL schema that holds all tables of this installation.",
    )
    srid: int = Field(default=5899, description="EPSG code of the storage CRS, chosen when the database is created.")
    time_zone: str = Field(
        default="Asia/Ho_Chi_Minh", description="Zone whose midnight begins a day given without a time."
    )
    host: str = Field(default="127.0.0.1", description="Address to serve on; loopback only until access control lands.")
    port: int = Field(
        default=8000,
        validation_alias=AliasChoices("BASEREGISTRY_PORT", "PORT"),
        ge=0,
        le=65535,
        description="Port to serve on (or PORT); 0 takes a free one.",
    )
    read_connections: int = Field(default=8, ge=1, le=200, description="Database connections that answer questions.")
