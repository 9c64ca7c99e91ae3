"""The two times as simply as they can be said: a dictionary per record, one entry per elementary moment.

Written from DESIGN section 1 and not from the code it is held against.  Time has thirteen instants, so
fourteen cells: cell -1 before all of them, cell i from instant i to the next, cell 12 without an end.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

BEFORE, LAST = -1, 12  # the first and the last cell
Record = tuple[str, int]  # entity and a small number: ("place", 0)

# what the small register declares (register.py), said once more: at which moment a reference looks, and at what
REFERENCES: dict[str, dict[str, tuple[str, frozenset[str]]]] = {
    "thing": {
        "place": ("same", frozenset({"place"})),
        "born": ("begin", frozenset({"place"})),
        "last": ("latest", frozenset({"place", "thing"})),
    },
    "place": {"keeper": ("latest", frozenset({"thing"}))},
    "link": {"owner": ("same", frozenset({"place", "thing"}))},
}
KEYS: dict[str, tuple[str, ...]] = {"place": ("code",), "link": ("mark", "turn")}
ENDS = {"place", "link"}  # a thing gets a status
REQUIRED: dict[str, str] = {"thing": "name", "place": "code"}


@dataclass(frozen=True)
class Said:
    """One act.  `begin` and `end` are instants 0 to 12, None is unbounded."""

    verb: str
    record: Record
    begin: int | None
    end: int | None
    values: Mapping[str, Any] = field(default_factory=dict)
    across: bool = False

    @property
    def cells(self) -> range:
        return range(BEFORE if self.begin is None else self.begin, LAST + 1 if self.end is None else self.end)


@dataclass(frozen=True)
class Belief:
    """What is believed about one moment, and on the word of which change; 0 is the one being made."""

    values: dict[str, Any]
    word: int


Beliefs = dict[int, Belief]
State = dict[Record, Beliefs]


@dataclass(frozen=True)
class Run:
    """Neighbouring cells with one belief: a version.  `first` and `last` are cells."""

    first: int
    last: int
    belief: Belief


@dataclass
class Model:
    """All that was ever believed, by position."""

    head: int = 0
    positions: dict[int, State] = field(default_factory=lambda: {0: {}})

    @property
    def state(self) -> State:
        return self.positions[self.head]

    def refusals(self, said: Iterable[Said], *, corrects: bool = True) -> set[str]:
        """Every code with which the register may refuse this change; empty when it must take it.

        What does not correct tells what happened: it may not replace what is believed from its very begin.
        """
        return self._weigh(list(said), corrects)[1]

    def record(self, said: Iterable[Said]) -> bool:
        """Believe it at the next position, unless it is refused or says nothing new; answers whether it did."""
        after, refused = self._weigh(list(said), True)
        if refused or after == self.state:
            return False
        self.head += 1
        self.positions[self.head] = after
        return True

    def _weigh(self, said: list[Said], corrects: bool) -> tuple[State, set[str]]:
        after, refused = dict(self.state), set[str]()
        for record in {act.record for act in said}:
            before = self.state.get(record, {})
            beliefs = dict(before)
            of_record = [act for act in said if act.record == record]
            code = next(filter(None, (_say(beliefs, act, None if corrects else before) for act in of_record)), None)
            refused |= {code} if code else set()
            if record[0] not in ENDS and any(act.verb == "end" for act in of_record):
                refused.add("acts.not_a_relation")
            after[record] = {cell: self._worded(before.get(cell), belief) for cell, belief in beliefs.items()}
        after = {record: beliefs for record, beliefs in after.items() if beliefs}
        return after, refused | _unkeyed(after) | _dangling(after)

    def _worded(self, before: Belief | None, belief: Belief) -> Belief:
        if before is not None and before.values == belief.values:
            return before
        return belief if belief.word else Belief(belief.values, self.head + 1)


def runs(beliefs: Beliefs) -> Iterator[Run]:
    """The versions of one record, oldest first."""
    cells = sorted(beliefs)
    start = 0
    for place, cell in enumerate(cells):
        following = cells[place + 1] if place + 1 < len(cells) else None
        if following != cell + 1 or beliefs[cell] != beliefs[following]:
            yield Run(cells[start], cell, beliefs[cell])
            start = place + 1


def found(at: str, run: Run, target: Beliefs) -> bool:
    """Whether a reference of `run` finds its target at the moment at which it looks."""
    if at == "same":
        return all(cell in target for cell in range(run.first, run.last + 1))
    if run.first == BEFORE:
        return bool(target)
    return run.first in target if at == "begin" else bool(target) and min(target) <= run.first


def _say(beliefs: Beliefs, act: Said, kept: Beliefs | None) -> str | None:
    """Apply one act to one record; answers the code of its refusal.  `kept`: what may only be changed later than it began."""
    there = [cell for cell in act.cells if cell in beliefs]
    if act.verb == "register":
        beliefs.update({} if there else {cell: Belief(_known(act.values), 0) for cell in act.cells})
        return "versions.second_belief" if there else None
    if not there:
        return "versions.nothing_there"
    later = any(act.cells[0] < run.first for run in runs(beliefs))
    if act.verb in {"change", "end"} and act.end is None and not act.across and later:
        return "versions.later_facts_exist"
    if kept is not None and act.verb == "change" and _replaces_a_version(beliefs, act, kept):
        return "versions.correction_needs_its_kind"
    for cell in there:
        patched = _known(beliefs[cell].values | dict(act.values))
        if act.verb != "change":
            del beliefs[cell]
        elif patched != beliefs[cell].values:
            beliefs[cell] = Belief(patched, 0)
    return None


def _replaces_a_version(beliefs: Beliefs, act: Said, kept: Beliefs) -> bool:
    """Whether a version as it was before the change lies in the period, and none there begins earlier."""
    hit = [run for run in runs(beliefs) if any(run.first <= cell <= run.last for cell in act.cells)]
    earlier = act.begin is not None and any(run.first < act.begin for run in hit)
    return not earlier and any(run in runs(kept) for run in hit)


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _unkeyed(state: State) -> set[str]:
    """What a table refuses by itself: a missing name, two records with one key at one moment."""
    refused, holders = set[str](), set[Any]()
    for (entity, _), beliefs in state.items():
        for cell, belief in beliefs.items():
            if entity in REQUIRED and belief.values.get(REQUIRED[entity]) is None:
                refused.add("input.bad_value")
            key = [belief.values.get(name) for name in KEYS.get(entity, ())]
            holder = (entity, cell, *key)
            if key and None not in key:
                refused |= {"versions.duplicate_key"} if holder in holders else set()
                holders.add(holder)
    return refused


def _dangling(state: State) -> set[str]:
    """Every reference of every version, looked up afresh."""
    for (entity, _), beliefs in state.items():
        for run in runs(beliefs):
            for name, (at, allowed) in REFERENCES[entity].items():
                target = run.belief.values.get(name)
                if target and not (target[0] in allowed and found(at, run, state.get(target, {}))):
                    return {"versions.dangling_reference"}
    return set()
