"""What can go wrong, in the register's words.  Nothing here knows HTTP, GraphQL or a terminal.

RegisterError
├── DeclarationError      a declaration contradicts itself (D001 …), found at start-up
├── BadInput              what was given cannot be read as what was asked for
│   ├── BadValue          one attribute's value
│   ├── BadFile           a file that cannot be read or mapped
│   └── BadQuestion       a question that cannot be asked
├── Refused               understood, and against a rule of the register
│   ├── RuleBroken        a rule across facts
│   ├── Conflict          another record or belief stands in the way
│   ├── DanglingReference a reference without a target at its moment
│   └── StaleVersion      the facts changed since they were read
├── NotFound              no such record, unit, file, position
├── Busy                  the ledger is held; retry after a while
├── Forked                the ledger is not the one that was asked about
├── Tampered              what is stored is not what was recorded
├── NotAllowed            no token, a bad token, or no right
│   └── NotGranted        known, and not allowed what is asked
├── TooMuch               allowed, but not so much of it now; repeat after a while
└── Unavailable           the database or the disk does not serve
"""

from collections.abc import Mapping
from typing import Any


class RegisterError(Exception):
    """Every error of ours: a stable `code`, a message for people, a `hint` that says what to do, and the place."""

    code = "register.error"

    def __init__(
        self, message: str, *, code: str | None = None, hint: str | None = None, where: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.hint = hint
        self.where = dict(where or {})


class DeclarationError(RegisterError):
    code = "D000"


class BadInput(RegisterError):
    code = "input.bad"


class BadValue(BadInput):
    code = "input.bad_value"


class BadFile(BadInput):
    code = "input.bad_file"


class BadQuestion(BadInput):
    code = "question.bad"


class Refused(RegisterError):
    code = "register.refused"


class RuleBroken(Refused):
    code = "register.rule_broken"


class Conflict(Refused):
    code = "versions.conflict"


class DanglingReference(Refused):
    code = "versions.dangling_reference"


class StaleVersion(Refused):
    code = "versions.stale"


class NotFound(RegisterError):
    code = "register.not_found"


class Busy(RegisterError):
    code = "ledger.busy"


class Forked(RegisterError):
    code = "ledger.forked"


class Tampered(RegisterError):
    code = "ledger.tampered"


class NotAllowed(RegisterError):
    code = "access.not_allowed"


class NotGranted(NotAllowed):
    code = "access.field_not_granted"


class TooMuch(RegisterError):
    code = "access.rate_limited"


class Unavailable(RegisterError):
    code = "register.unavailable"
