"""One frozen Settings, read once by the entry point and passed on; nothing reads the environment at import."""

import json
import os
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

SECRETS = ("database_url", "reading_url", "writing_url", "logging_url", "auditing_url", "proxy_secret")
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]


def default_data_folder() -> Path:
    """The user's data folder (XDG Base Directory): ``~/.local/share/baseregistry``.

    For root ``/var/lib/baseregistry``: root's home is closed to the unprivileged user who has to run PostgreSQL.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/baseregistry")
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "baseregistry"


class Issuer(BaseModel):
    """An identity provider whose tokens are believed: an item of ``BASEREGISTRY_ISSUERS``."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str = Field(min_length=1, description="The claim `iss` of its tokens, to the letter.")
    audience: str = Field(min_length=1, description="What stands in `aud` of a token for this service.")
    keys: str = Field(description="Where its JWK Set is: an https URL, a URL on this machine, or the path of a file.")
    algorithms: tuple[Algorithm, ...] = Field(
        default=("RS256", "PS256", "ES256"), min_length=1, description="Signatures that are believed, no others."
    )
    subject_claim: str = Field(default="sub", min_length=1, description="The claim that says who asks.")
    client_claims: tuple[str, ...] = Field(
        default=("client_id", "azp"), description="Claims that may name the client; the first one that is there does."
    )
    bound: bool = Field(default=False, description="Whether tokens without a certificate (RFC 8705) are refused.")
    longest_hours: float = Field(
        default=24, gt=0, description="Tokens that are good for longer are refused: none can be called back earlier."
    )

    @field_validator("keys")
    @classmethod
    def _refuse_what_others_can_change(cls, location: str) -> str:
        parts = urlsplit(location)
        if location.startswith("/") or (parts.scheme == "https" and parts.hostname):
            return location
        if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
            return location
        raise ValueError("it is neither an https URL, nor an http URL of this machine, nor the full path of a file")


class Settings(BaseSettings):
    """Everything that differs between installations.  Each is an environment variable ``BASEREGISTRY_<NAME>``."""

    model_config = SettingsConfigDict(
        env_prefix="BASEREGISTRY_",
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        hide_input_in_errors=True,  # a URL has a password in it
    )

    data: Path = Field(
        default_factory=default_data_folder, description="Folder of the embedded cluster and local keys."
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL URL of the role that owns the schema; without any URL the embedded cluster serves.",
    )
    reading_url: SecretStr | None = Field(
        default=None, description="URL of the role that answers questions, maybe on a replica; default: database_url."
    )
    writing_url: SecretStr | None = Field(
        default=None, description="URL of the role that records changes, on the primary; default: database_url."
    )
    logging_url: SecretStr | None = Field(
        default=None, description="URL of the role that writes the access log, on the primary; default: database_url."
    )
    auditing_url: SecretStr | None = Field(
        default=None, description="URL of the role that reads ledger and access log; default: database_url."
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
    host: str = Field(
        default="127.0.0.1", description="Address to serve on: of this machine alone, where a proxy ends TLS."
    )
    port: int = Field(
        default=8000,
        validation_alias=AliasChoices("BASEREGISTRY_PORT", "PORT"),
        ge=0,
        le=65535,
        description="Port to serve on (or PORT); 0 takes a free one.",
    )
    read_connections: int = Field(default=8, ge=1, le=200, description="Database connections that answer questions.")
    subscriptions: int = Field(default=1_000, ge=0, description="Subscriptions that may be open at once.")
    write_connections: int = Field(default=2, ge=1, le=50, description="Database connections that record changes.")
    write_seconds: float = Field(
        default=60, gt=0, le=3_600, description="Seconds until a change being recorded is stopped."
    )
    idempotency_days: int = Field(
        default=30,
        ge=1,
        le=3_650,
        description="Days for which the result of a change is kept under its idempotency key.",
    )
    limit_body: int = Field(default=1_048_576, ge=1_000, description="Bytes of a request, or of a query string.")
    limit_batch: int = Field(default=10, ge=0, le=1_000, description="Requests in one list; 0 takes no lists.")
    limit_document: int = Field(default=50_000, ge=2_000, description="Characters of a document.")
    limit_tokens: int = Field(default=3_000, ge=100, le=100_000, description="Lexical tokens of a document.")
    limit_depth: int = Field(default=15, ge=1, le=100, description="Selection sets inside one another.")
    limit_fields: int = Field(default=500, ge=1, le=5_000, description="Fields, with every fragment written out.")
    limit_aliases: int = Field(default=100, ge=0, le=5_000, description="Aliases, counted in the same way.")
    limit_directives: int = Field(default=100, ge=0, le=5_000, description="Directives, counted in the same way.")
    limit_roots: int = Field(default=20, ge=1, le=1_000, description="Root fields of one operation.")
    limit_rows: int = Field(default=100_000, ge=1, description="Rows an answer could hold, by its nested pages.")
    limit_cost: int = Field(default=1_000_000, ge=1, description="Points a question may cost.")
    limit_connections: int = Field(default=2_000, ge=0, description="Streams that may be open at once in a worker.")
    limit_caller_connections: int = Field(default=200, ge=0, description="Streams of one caller, in the same way.")
    limit_seconds: float = Field(default=30.0, gt=0, le=3_600, description="Seconds until a statement is stopped.")

    client_requests_per_second: int = Field(
        default=100,
        ge=0,
        le=999_999,
        description="Requests of a client in the long run, where its record says none; 0: any.",
    )
    client_burst: int = Field(
        default=0, ge=0, le=999_999, description="Its requests at once, in the same way; 0: those of ten seconds."
    )
    client_cost_per_minute: int = Field(
        default=10_000_000, ge=0, le=999_999_999, description="Points of its questions, in the same way; 0: any."
    )
    client_personal_records_per_day: int = Field(
        default=100_000, ge=0, le=999_999_999, description="Personal records told to it, in the same way; 0: any."
    )
    anonymous_requests_per_second: int = Field(
        default=100, ge=0, le=999_999, description="Requests of all together who come without a token; 0: any."
    )
    anonymous_cost_per_minute: int = Field(
        default=10_000_000, ge=0, le=999_999_999, description="Points of their questions; 0: any."
    )

    production: bool = Field(
        default=False, description="Whether real data is served: the local issuer of tokens is closed."
    )
    issuers: Annotated[tuple[Issuer, ...], NoDecode] = Field(
        default=(), description="Identity providers whose tokens are believed: JSON, one object or a list."
    )
    token_leeway: int = Field(default=5, ge=0, le=120, description="Seconds by which an issuer's clock may differ.")
    keys_refresh_seconds: float = Field(
        default=300, ge=10, le=86_400, description="Seconds between two fetches of an issuer's keys."
    )
    keys_keep_seconds: float = Field(
        default=3_600, ge=60, le=604_800, description="Seconds for which keys work whose issuer cannot be reached."
    )
    certificate_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9-]{1,64}$",
        description="Header in which the proxy passes the client's certificate on (RFC 8705).",
    )
    proxy_secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        validate_default=True,
        description="What the proxy sends as X-Proxy-Secret to be believed.",
    )

    hsts_seconds: int = Field(
        default=0,
        ge=0,
        description="Seconds for which browsers shall insist on TLS; only where a proxy ends TLS in front.",
    )

    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="How log lines look; auto: console where stderr is a terminal, else JSON."
    )
    log_requests: bool = Field(
        default=False, description="Whether every request has a log line, not only those in trouble."
    )
    slow_seconds: float = Field(
        default=1, gt=0, le=3_600, description="Seconds from which on a request has a log line as slow."
    )
    boundary_accuracy: Decimal = Field(
        default=Decimal("0.15"),
        ge=Decimal("0.01"),
        le=10,
        description="Standard error of a boundary point in metres: how far a parcel's area may be from its geometry's.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """A variable, or the file that ``<VARIABLE>_FILE`` names (both are refused), goes before ``/run/secrets``."""
        return init_settings, SecretFiles(settings_cls), env_settings, file_secret_settings

    @field_validator(*SECRETS, mode="before")
    @classmethod
    def _refuse_what_cannot_be_read(cls, given: Any) -> Any:
        if isinstance(given, Unread):
            raise ValueError(given.why)
        return given

    @field_validator("issuers", mode="before")
    @classmethod
    def _read_issuers(cls, given: Any) -> Any:
        if isinstance(given, str):
            try:
                given = json.loads(given) if given.strip() else ()
            except ValueError:
                raise ValueError("it is not JSON") from None
        return [given] if isinstance(given, dict) else given

    @field_validator("issuers")
    @classmethod
    def _hold_issuers_apart(cls, issuers: tuple[Issuer, ...]) -> tuple[Issuer, ...]:
        if len({each.issuer for each in issuers}) < len(issuers):
            raise ValueError("an issuer stands twice")
        return issuers

    @field_validator("proxy_secret")
    @classmethod
    def _know_the_proxy(cls, secret: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        if secret is None and others.data.get("certificate_header"):
            raise ValueError("BASEREGISTRY_CERTIFICATE_HEADER needs it: a header alone proves nothing")
        return secret

    @field_validator("database_url", "reading_url", "writing_url", "logging_url", "auditing_url")
    @classmethod
    def _read_url(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None and not _is_postgresql(given.get_secret_value()):
            raise ValueError(
                "it is no URL of a PostgreSQL database (postgresql://user:password@host:5432/database;"
                " in the password, write %20 for a space, %2F for / and so on)"
            )
        return given

    @field_validator("schema_name")
    @classmethod
    def _spare_what_is_taken(cls, name: str) -> str:
        from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS  # slow to import; the default needs no check

        if name in RESERVED_WORDS | {"public", "information_schema"} or name.startswith("pg_"):
            raise ValueError(f"{name} is PostgreSQL's own; the registers need a schema of theirs")
        return name


@dataclass(frozen=True, slots=True)
class Unread:
    """A secret that was said to be in a file, and why it could not be had."""

    why: str


class SecretFiles(PydanticBaseSettingsSource):
    """Secrets in files that the environment names: ``BASEREGISTRY_DATABASE_URL_FILE=/run/secrets/url``."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The content of the field's file, without the newline at its end."""
        variable = f"BASEREGISTRY_{field_name.upper()}"
        path = os.environ.get(f"{variable}_FILE") if field_name in SECRETS else None
        if not path:
            return None, field_name, False
        if os.environ.get(variable):
            return Unread(f"{variable}_FILE is set too: say it once"), field_name, False
        try:
            said = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as failure:
            why = failure.strerror if isinstance(failure, OSError) else "it is not UTF-8"
            return Unread(f"the file that {variable}_FILE names cannot be read: {why}"), field_name, False
        return said or Unread(f"the file that {variable}_FILE names is empty"), field_name, False

    def __call__(self) -> dict[str, Any]:
        """The secrets that are in files."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_postgresql(url: str) -> bool:
    """Whether libpq and SQLAlchemy both read it; what they say of a bad one may quote the password."""
    import psycopg.conninfo  # slow to import, as SQLAlchemy; the embedded database needs no check
    import sqlalchemy as sa

    if not url.startswith(("postgresql://", "postgres://")) or not url.isprintable() or " " in url:
        return False
    try:
        sa.make_url(url)
        ports = str(psycopg.conninfo.conninfo_to_dict(url).get("port") or "5432").split(",")
    except (sa.exc.ArgumentError, ValueError, psycopg.Error):
        return False
    return all(port.isdecimal() or not port for port in ports)
