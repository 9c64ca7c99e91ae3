"""A set of access files: what a folder of TOML says is to be in force, read whole and checked before anything is written.

Tables may stand in any file of the folder: [decision], [[agency]], [[client]], [[official]], [[purpose]], [[grant]].
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from baseregistry import errors
from baseregistry.access.needs import STAR, above
from baseregistry.access.spelling import check_path
from baseregistry.registries.codes import known
from baseregistry.registries.days import instant
from baseregistry.registries.declare import Declarations, Reference
from baseregistry.registries.values import read

RECORDS = ("agency", "client", "official", "purpose")
OWN = {"grant": ("from", "to", "paths", "masked", "units")}
DECISION = ("agency", "legal_basis", "document", "document_date")
DEFAULTS: dict[str, dict[str, Any]] = {
    **{name: {"status": "ACTIVE"} for name in RECORDS},
    "client": {"status": "ACTIVE", "trusted_only": False},
    "grant": {"everywhere": False},
}
KEYS = {
    "agency": ("code",),
    "client": ("client_id",),
    "official": ("agency", "pseudonym"),
    "purpose": ("code",),
    "grant": ("agency", "purpose", "name"),
}
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One record that a file says: its values (references as the code of their target), and where it stands."""

    place: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SaidGrant(Said):
    """A grant: since and until when, its paths (True: masked), and the codes of its units."""

    begin: datetime
    end: datetime | None
    paths: Mapping[str, bool]
    units: tuple[str, ...]


@dataclass(frozen=True)
class AccessFiles:
    """What is to be in force, by key; `decision` says on whose word."""

    decision: Mapping[str, Any]
    records: Mapping[str, Mapping[Key, Said]]
    grants: Mapping[Key, SaidGrant] = field(default_factory=dict)


def read_files(folder: Path, declarations: Declarations, zone: str) -> AccessFiles:
    """What the TOML files of `folder` say.  Raises errors.BadFile with the file and the place; nothing is asked of the
    database."""
    return _Reader(declarations, zone).read(folder)


class _Reader:
    def __init__(self, declarations: Declarations, zone: str) -> None:
        self.declarations = declarations
        self.zone = zone
        self.codes = known(declarations)
        self.records: dict[str, dict[Key, Any]] = {name: {} for name in KEYS}
        self.decision: dict[str, Any] = {}

    def read(self, folder: Path) -> AccessFiles:
        for place, table, given in _tables(folder):
            if table == "decision":
                self._decide(place, given)
            else:
                self._take(place, table, given)
        if not self.decision:
            hint = '[decision] with agency = "…" (who decided it), and legal_basis, document, document_date.'
            raise _bad(str(folder), "says nowhere who decided it", hint, "no_decision")
        self._check_references()
        grants = self.records.pop("grant")
        return AccessFiles(self.decision, self.records, grants)

    def _decide(self, place: str, given: Mapping[str, Any]) -> None:
        if self.decision:
            raise _bad(place, "is a second decision", "A set has one.", "said_twice")
        _check_names(place, given, DECISION)
        agency, dated = given.get("agency"), given.get("document_date")
        if not isinstance(agency, str) or not agency.strip():
            raise _bad(place, "names no agency that decided it", 'agency = "Sở Tư pháp"')
        if dated is not None and (not isinstance(dated, date) or isinstance(dated, datetime)):
            raise _bad(place, f"document_date = {dated!r} is no day", "document_date = 2026-11-01")
        self.decision = dict(given)

    def _take(self, place: str, table: str, given: Mapping[str, Any]) -> None:
        entity = self.declarations.entities[f"access.{table}"]
        own = OWN.get(table, ())
        _check_names(place, given, (*entity.by_name, *own))
        plain = DEFAULTS[table] | {name: value for name, value in given.items() if name not in own}
        values = {name: self._value(place, table, name, raw) for name, raw in plain.items()}
        for name, attribute in entity.by_name.items():
            if attribute.required and name not in values:
                raise _bad(place, f"lacks {name!r}", f"{attribute.title.en}: {attribute.description}")
        if ("disclosure_delay" in values) is not ("delay_basis" in values):
            hint = "disclosure_delay = 180 (days), and delay_basis = the law that lets it be told so late."
            raise _bad(place, "says only one of disclosure_delay and delay_basis", hint)
        key = tuple(str(values[name]) for name in KEYS[table])
        if key in self.records[table]:
            other = self.records[table][key].place
            raise _bad(place, f"says {' '.join(key)} again", f"It stands at {other} already.", "said_twice")
        self.records[table][key] = self._grant(place, values, given) if table == "grant" else Said(place, values)

    def _value(self, place: str, table: str, name: str, raw: Any) -> Any:
        """A value in its kind's Python type; of a reference the code as it was said."""
        kind = self.declarations.entities[f"access.{table}"].by_name[name].kind
        if isinstance(kind, Reference):
            if not isinstance(raw, str):
                raise _bad(place, f"{name} = {raw!r} is no code", f'{name} = "…", the code of its {name}.')
            return raw
        try:
            return read(kind, raw, place=name, codes=self.codes)
        except errors.BadValue as failure:
            raise _bad(place, failure.message.rstrip("."), failure.hint or "", failure.code) from failure

    def _grant(self, place: str, values: Mapping[str, Any], given: Mapping[str, Any]) -> SaidGrant:
        if given.get("from") is None:
            raise _bad(place, "says no day from which it holds", "from = 2026-01-01")
        begin = self._moment(place, "from", given["from"])
        end = self._moment(place, "to", given["to"]) if "to" in given else None
        if end is not None and end <= begin:
            raise _bad(place, "ends before it begins", "`to` is the first day on which it holds no longer.")
        units = _texts(place, given, "units")
        if values["everywhere"] is bool(units):
            raise _bad(
                place,
                "is granted everywhere and in units" if units else "is granted nowhere",
                'Say either everywhere = true, or units = ["20194", …] (codes of today\'s units).',
                "bad_territory",
            )
        return SaidGrant(place, values, begin, end, self._paths(place, given), units)

    def _moment(self, place: str, name: str, raw: Any) -> datetime:
        try:
            return instant(raw, self.zone, place=name)
        except errors.BadValue as failure:
            raise _bad(place, failure.message.rstrip("."), failure.hint or "", failure.code) from failure

    def _paths(self, place: str, given: Mapping[str, Any]) -> dict[str, bool]:
        plain, masked = _texts(place, given, "paths"), _texts(place, given, "masked")
        if not plain + masked:
            raise _bad(place, "opens no path", 'paths = ["parcel.documentedArea", …]')
        for listed, named in (("paths", plain), ("masked", masked)):
            for number, path in enumerate(named):
                check_path(self.declarations, path, f"{place}.{listed}[{number}]", masked=listed == "masked")
        both = [path for path in masked if path in plain or f"{above(path)}.{STAR}" in plain]
        if both:
            hint = "Name the plain paths of that level one by one, without the masked one."
            raise _bad(place, f"opens {both[0]} masked, and plain as well", hint, "masked_in_vain")
        return {**dict.fromkeys(plain, False), **dict.fromkeys(masked, True)}

    def _check_references(self) -> None:
        """Every agency and purpose that is named stands in the files too: a set is whole."""
        for records in self.records.values():
            for said in records.values():
                for name in {"agency", "purpose"} & set(said.values):
                    if (said.values[name],) not in self.records[name]:
                        near = _near(said.values[name], [key[0] for key in self.records[name]])
                        raise _bad(said.place, f"names the {name} {said.values[name]!r}, which no file says", near)


def _tables(folder: Path) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each table of each file with its place: ``grants.toml: grant 3 (Thuế)``."""
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not files:
        raise _bad(str(folder), "has no file *.toml", "Name a folder as `baseregistry/seed/access`.")
    for file in files:
        for table, given in _parsed(file).items():
            if table not in (*KEYS, "decision"):
                raise _bad(file.name, f"has a table {table!r}, which is unknown", _near(table, [*KEYS, "decision"]))
            if table == "decision" and isinstance(given, dict):
                yield f"{file.name}: decision", table, given
            elif table != "decision" and isinstance(given, list) and all(isinstance(one, dict) for one in given):
                yield from ((_place(file, table, number, one), table, one) for number, one in enumerate(given, 1))
            else:
                wanted = "[decision]" if table == "decision" else f"[[{table}]]"
                raise _bad(file.name, f"has {table} otherwise than as {wanted}", f"Begin it with {wanted}.")


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as failure:
        raise _bad(file.name, f"cannot be read as TOML: {failure}", "https://toml.io") from failure


def _place(file: Path, table: str, number: int, given: Mapping[str, Any]) -> str:
    named = next((str(given[name]) for name in ("name", "client_id", "code", "pseudonym") if name in given), "")
    return f"{file.name}: {table} {number}" + (f" ({named})" if named else "")


def _texts(place: str, given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = given.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise _bad(place, f"{name} is no list of texts", f'{name} = ["…", "…"]')
    if len(found) != len(set(found)):
        raise _bad(place, f"{name} says something twice", "Say it once.", "said_twice")
    return tuple(found)


def _check_names(place: str, given: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            raise _bad(place, f"says {name!r}, which is unknown", _near(name, list(names)))


def _near(name: str, names: list[str]) -> str:
    return f"There is: {', '.join(get_close_matches(name, names, n=3, cutoff=0.5) or names)}."


def _bad(place: str, said: str, hint: str, code: str = "bad_file") -> errors.BadFile:
    code = code if "." in code else f"access.{code}"
    return errors.BadFile(f"{place} {said}.", code=code, hint=hint, where={"place": place})
