"""Answers instead of data: what a grant has to say of an answer's arguments, so that many answers tell no more than it.

An answer is granted with the values it may be asked for (``person.ageIsAtLeast.years18``), about now.  Else whoever may
ask whether somebody is 18 finds the day of birth by asking for 17, 19 and all days between (decision 0024).
"""

import re
from collections.abc import Mapping
from enum import Enum

from baseregistry import naming
from baseregistry.registries.declare import Derived
from baseregistry.registries.derivations import Age, AgeAtLeast, Derivation, HeldBy, HoldsIn, Line, Percent

VALUE = re.compile("[0-9][A-Za-z0-9]*", re.ASCII)  # after the argument's name: years18, unitCode48


class Takes(Enum):
    """What a grant may say of an argument."""

    VALUES = "values"  # only these: each is a path of its own
    ANY = "any"  # the argument as a whole
    NOTHING = "nothing"  # who may ask it with this is granted the data


def arguments(rule: Derivation) -> Mapping[str, Takes] | None:
    """The arguments of an answer, by declared name; None for what is no answer to a question but says one thing."""
    match rule:
        case AgeAtLeast():
            return {"years": Takes.VALUES, "on": Takes.NOTHING}
        case Age():
            return {"on": Takes.NOTHING}
        case HoldsIn():
            return {"unit": Takes.NOTHING, "unit_code": Takes.VALUES, "kind": Takes.ANY}
        case HeldBy():
            return {"holder": Takes.ANY, "kind": Takes.ANY}
        case Line() | Percent():
            return None


def dated(rule: Derivation) -> str | None:
    """The attribute of which an answer tells how old it is; None for an answer about something else."""
    return rule.born if isinstance(rule, AgeAtLeast | Age) else None


def named(rule: Derivation) -> bool:
    """Whether it is only answered of a record that is named by a key: of a list it would find what one may not read."""
    return isinstance(rule, HeldBy)


def paths(derived: Derived) -> list[str]:
    """How it can be granted, after the path of its level."""
    field, taken = naming.field(derived.name), arguments(derived.rule)
    if taken is None or all(takes is Takes.NOTHING for takes in taken.values()):
        return [field]
    ends = {Takes.VALUES: "<value>", Takes.ANY: ""}
    return [f"{field}.{naming.field(name)}{ends[takes]}" for name, takes in taken.items() if takes in ends]


def grantable(derived: Derived, step: str) -> bool:
    """Whether a path may go on with `step` after an answer."""
    for name, takes in (arguments(derived.rule) or {}).items():
        rest = step.removeprefix(naming.field(name)) if step.startswith(naming.field(name)) else None
        if rest is not None and takes is Takes.VALUES and VALUE.fullmatch(rest):
            return True
        if rest == "" and takes is Takes.ANY:
            return True
    return False
