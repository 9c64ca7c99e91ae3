"""Code lists as they stand in their CSV files: edition, code, the two titles, a note."""

import csv
from dataclasses import dataclass

from baseregistry import errors
from baseregistry.registries.declare import CodeList, Declarations

COLUMNS = ("edition", "code", "title_vi", "title_en", "note")


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code of one edition.  A code may stand in several editions, under other titles."""

    edition: str
    code: str
    title_vi: str
    title_en: str
    note: str


def entries(codes: CodeList) -> tuple[CodeEntry, ...]:
    """The codes of every edition, in the order of the file (UTF-8).  Raises errors.BadFile."""
    try:
        with codes.path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise _unreadable(codes, f"its columns are {rows.fieldnames}, not {', '.join(COLUMNS)}")
            return tuple(_entry(codes, rows.line_num, row) for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as failure:
        raise _unreadable(codes, str(failure)) from failure


def _entry(codes: CodeList, line: int, row: dict[str | None, str | None]) -> CodeEntry:
    if None in row or None in row.values():
        raise _unreadable(codes, f"line {line} has not {len(COLUMNS)} fields")
    return CodeEntry(*[row[name] or "" for name in COLUMNS])


def _unreadable(codes: CodeList, why: str) -> errors.BadFile:
    return errors.BadFile(
        f"The code list {codes.name} cannot be read from {codes.path.name}: {why}.",
        code="input.bad_code_list",
        hint="Give a UTF-8 CSV with the columns " + ", ".join(COLUMNS) + ".",
        where={"list": codes.name},
    )


def known(declarations: Declarations) -> dict[str, frozenset[str]]:
    """The codes of each list, of every edition: what an attribute may hold."""
    return {
        name: frozenset(entry.code for entry in entries(listed)) for name, listed in declarations.code_lists.items()
    }
