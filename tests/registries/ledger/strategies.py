"""Random histories: mostly sensible, sometimes not.  A model goes along, so that a draw knows what is believed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.registries.ledger.model import BEFORE, ENDS, LAST, REFERENCES, Model, Record, Run, Said, found, runs

RECORDS: tuple[Record, ...] = (
    ("place", 0), ("place", 1), ("place", 2), ("thing", 0), ("thing", 1), ("thing", 2), ("link", 0), ("link", 1),
)  # fmt: skip
VALUES: dict[str, dict[str, Sequence[Any]]] = {
    "thing": {"name": ("Hoà", "Hòa", "An"), "n": (0, 1, 999_999_999)},
    "place": {
        "code": ("A", "B", "C", "D"),
        "size": ("0.00", "12.50", "9999999999.99"),
        "since": ((date(1956, 1, 1), date(1957, 1, 1)), (date(1956, 3, 12), date(1956, 3, 13))),
        "spot": ("POINT (0 0)", "POINT (500000 1780000.0000001)", "POINT (500000 1780000)"),
    },
    "link": {
        "mark": ("x", "y"),
        "turn": (1, 2),
        "share": ("1/3", "1/1"),
        "open": (True, False),
        "day": (date(1, 1, 1), date(2025, 7, 1)),
    },
}
MANY, FEW = (4, 6, 9), (1, 1, 1, 2, 3)
MUST = {"place": "code", "thing": "name"}


@st.composite
def histories(draw: DrawFn, longest: int = 8) -> list[list[Said]]:
    """Changes in the order in which they are said; the register refuses some."""
    model = Model()
    history = []
    for number in range(draw(st.sampled_from(range(2, longest + 1)))):
        change = draw(changes(model, MANY if number == 0 else FEW))
        model.record(change)
        history.append(change)
    return history


@st.composite
def changes(draw: DrawFn, model: Model, sizes: tuple[int, ...]) -> list[Said]:
    """Some acts, each drawn for what the acts before it would have made of the register.

    An act for which the change would be refused is mostly left out, so that histories go on.
    """
    said: list[Said] = []
    focus = draw(st.sampled_from(RECORDS))
    if model.state.get(focus) and draw(_once_in(5)):
        return draw(back_and_forth(model, focus))
    for _ in range(draw(st.sampled_from(sizes))):
        ahead = Model(model.head, {model.head: model.state})
        ahead.record(said)
        record = draw(st.sampled_from((focus, *RECORDS)))
        act = draw(acts(ahead, record))
        if not model.refusals([*said, act]) or draw(_once_in(4)):
            said.append(act)
    return said or [draw(acts(model, focus))]


@st.composite
def back_and_forth(draw: DrawFn, model: Model, record: Record) -> list[Said]:
    """One attribute of one record, said again and again: some of it comes back to what it was."""
    run = draw(st.sampled_from(list(runs(model.state[record]))))
    name = draw(st.sampled_from(sorted(VALUES[record[0]])))
    pool = st.sampled_from((*VALUES[record[0]][name][:2], run.belief.values.get(name)))
    whole = st.just(_bounds(run.first, run.last))
    times = draw(st.integers(2, 5))
    cuts = [draw(st.one_of(whole, _within(run.first, run.last))) for _ in range(times)]
    return [Said("change", record, begin, end, {name: draw(pool)}, not draw(_once_in(4))) for begin, end in cuts]


@st.composite
def acts(draw: DrawFn, model: Model, record: Record) -> Said:
    """One act on `record`, drawn for what is believed about it; one in twelve without looking."""
    believed = list(runs(model.state.get(record, {})))
    blind = draw(_once_in(12))
    verbs = ("register", "change", "end", "retract")
    if not blind:
        verbs = (
            ("change", "change", "change", "change", "change", "change", "register", "end", "retract")
            if believed
            else ("register",)
        )
    if record[0] not in ENDS and not blind:
        verbs = tuple(verb for verb in verbs if verb != "end")
    verb = draw(st.sampled_from(verbs))
    begin, end = draw(_periods(believed, gap=verb == "register", blind=blind))
    if verb == "end":
        end = None
    act = Said(verb, record, begin, end, {}, verb == "retract" or (end is None and not draw(_once_in(4))))
    return (
        act if verb in {"end", "retract"} else Said(*_without_values(act), draw(values(model, act, blind)), act.across)
    )


def _without_values(act: Said) -> tuple[Any, ...]:
    return act.verb, act.record, act.begin, act.end


@st.composite
def values(draw: DrawFn, model: Model, act: Said, blind: bool) -> dict[str, Any]:
    """Some attributes with values, among them references that are there if they can be, and None."""
    entity = act.record[0]
    pools: dict[str, SearchStrategy[Any]] = {name: st.sampled_from(pool) for name, pool in VALUES[entity].items()}
    pools |= {name: _targets(model, act, name, blind) for name in REFERENCES[entity]}
    few, many = (1, 3) if act.verb == "change" else (0, len(pools))
    names = draw(st.lists(st.sampled_from(sorted(pools)), unique=True, min_size=few, max_size=many))
    said = {name: None if draw(_once_in(8)) else draw(pools[name]) for name in names}
    must = MUST.get(entity)
    if must and not blind and said.get(must) is None and (act.verb == "register" or must in said):
        said[must] = draw(pools[must])
    return said


def _targets(model: Model, act: Said, name: str, blind: bool) -> SearchStrategy[Record]:
    """Records that the reference finds where the act says it, or any at all."""
    at, allowed = REFERENCES[act.record[0]][name]
    cells = act.cells
    whole = Run(cells[0], cells[-1], None)  # type: ignore[arg-type]
    there = [record for record in RECORDS if record[0] in allowed and found(at, whole, model.state.get(record, {}))]
    return st.sampled_from(RECORDS if blind or not there else (*there, *there, *there, *RECORDS))


def _periods(believed: list[Run], *, gap: bool, blind: bool) -> SearchStrategy[tuple[int | None, int | None]]:
    """Half-open periods; for a register among the gaps of what is believed, else inside or across it."""
    if blind or not believed:
        wide = st.sampled_from(((None, None), (None, None), (0, None), (0, None), (2, None), (None, 9), (1, 11)))
        return wide if not blind else _within(BEFORE, LAST)
    if gap:
        gaps = _gaps(believed)
        return st.sampled_from(gaps).flatmap(lambda cells: _within(*cells)) if gaps else _within(BEFORE, LAST)
    run = st.sampled_from(believed)
    inside = run.flatmap(lambda run: _within(run.first, run.last))
    exactly = run.map(lambda run: _bounds(run.first, run.last))
    onward = st.sampled_from(believed).flatmap(lambda run: _within(run.first, run.last).map(lambda cut: (cut[0], None)))
    return st.one_of(inside, exactly, onward, _within(BEFORE, LAST))


def _gaps(believed: list[Run]) -> list[tuple[int, int]]:
    taken = {cell for run in believed for cell in range(run.first, run.last + 1)}
    free = [cell for cell in range(BEFORE, LAST + 1) if cell not in taken]
    starts = [cell for cell in free if cell - 1 not in free]
    ends = [cell for cell in free if cell + 1 not in free]
    return list(zip(starts, ends, strict=True))


def _within(first: int, last: int) -> SearchStrategy[tuple[int | None, int | None]]:
    """A period made of cells between `first` and `last`, both included."""
    pairs = st.tuples(st.integers(first, last), st.integers(first, last))
    return pairs.map(lambda pair: _bounds(min(pair), max(pair)))


def _bounds(first: int, last: int) -> tuple[int | None, int | None]:
    return None if first == BEFORE else first, None if last == LAST else last + 1


def _once_in(times: int) -> SearchStrategy[bool]:
    return st.sampled_from((False,) * (times - 1) + (True,))
