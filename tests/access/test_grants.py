"""What is in force now: who may ask for what, where, and from when until when."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from baseregistry import errors
from baseregistry.access import grants as module
from baseregistry.access.errands import Errand
from baseregistry.access.grants import NOBODY, Granted, Grants, kept
from baseregistry.access.territories import Map
from baseregistry.access.tokens import ANONYMOUS
from baseregistry.registries.acts import Period
from tests.access.register import OLD, REFORM, Register, caller, errand
from tests.conftest import Database

AFTER = Period(REFORM)


@pytest.fixture
def register(database: Database) -> Register:
    """Units and callers; no grant."""
    made = Register(database)
    made.before()
    made.callers()
    return made


@pytest.fixture
def in_force(register: Register) -> Grants:
    return renewed(Grants(register.database.engine))


def renewed(grants: Grants) -> Grants:
    grants.renew()
    return grants


def one(grants: Grants) -> Granted:
    """The only grant of the tax department for its purpose."""
    (grant,) = grants.of(caller(), errand()).grants
    return grant


def code(grants: Grants, *asked: object) -> str:
    with pytest.raises(errors.NotGranted) as refusal:
        grants.of(*asked)  # type: ignore[arg-type]
    assert refusal.value.hint
    return refusal.value.code


# --- who, and for what -----------------------------------------------------------------------------


@pytest.mark.parametrize("said", [errand(), errand(None)], ids=["purpose", "none"])
def test_an_empty_register_refuses_every_token_and_says_how_to_begin(database: Database, said: Errand) -> None:
    grants = renewed(Grants(database.engine))
    assert grants.of(ANONYMOUS, said) is NOBODY
    with pytest.raises(errors.NotGranted) as refusal:
        grants.of(caller(), said)
    assert refusal.value.code == "access.unknown_client"
    assert "baseregistry access load DIR" in str(refusal.value.hint)


def test_a_token_whose_client_is_not_active_is_refused_for_what_is_public_too(
    register: Register, in_force: Grants
) -> None:
    register.write(register.change("access.client", "tax", OLD + timedelta(days=1), status="ENDED"))
    assert code(renewed(in_force), caller(), errand(None)) == "access.client_not_active"
    assert code(in_force, caller("other"), errand(None)) == "access.unknown_client"
    assert in_force.of(ANONYMOUS, errand(None)) is NOBODY


def test_a_grant_tells_its_paths_law_and_version(register: Register, in_force: Grants) -> None:
    register.grant("rates", "parcel.documentedArea", "~parcel.rights.holder.fullName")
    grant = one(renewed(in_force))
    assert grant.record_id == str(register.id("rates"))
    assert grant.paths == {"parcel.documentedArea", "parcel.rights.holder.fullName"}
    assert grant.masked == {"parcel.rights.holder.fullName"}
    assert (grant.units, grant.splits, grant.legal_basis) == (None, (), "Điều 1")
    assert grant.recorded_from > 0
    found = in_force.of(caller(), errand())
    assert (found.agency, found.client, found.purpose) == ("H17.TAX", "tax", "land-tax")
    assert in_force.of(caller(), errand()) is found  # found once


def test_without_a_token_or_a_purpose_there_is_what_is_public(in_force: Grants) -> None:
    assert in_force.of(None, errand()) is NOBODY
    assert in_force.of(caller(), errand(None)) is NOBODY


def test_what_is_unknown_is_refused(register: Register, in_force: Grants) -> None:
    assert code(in_force, caller("other"), errand()) == "access.unknown_client"
    assert code(in_force, caller(None), errand()) == "access.unknown_client"
    assert code(in_force, caller(), errand("other")) == "access.unknown_purpose"
    assert code(in_force, caller(), errand()) == "access.no_grant"
    register.grant("rates", "parcel.documentedArea")
    renewed(in_force)
    assert code(in_force, caller(), errand(official="cb02")) == "access.unknown_official"
    assert in_force.of(caller(), errand(official="cb01")).grants
    assert in_force.role("tax", "cb01") == "HANDLING"
    assert in_force.role("tax", "cb02") is None


@pytest.mark.parametrize(
    "who",
    [
        ("access.client", "tax", "access.client_not_active"),
        ("access.agency", "department", "access.agency_not_active"),
        ("access.purpose", "land-tax", "access.purpose_not_active"),
        ("access.official", "cb01", "access.unknown_official"),
    ],
)
@pytest.mark.parametrize("status", ["SUSPENDED", "ENDED"])
def test_who_is_not_active_is_refused(register: Register, who: tuple[str, str, str], status: str) -> None:
    entity, name, wanted = who
    in_force = Grants(register.database.engine)
    register.grant("rates", "parcel.documentedArea")
    assert renewed(in_force).of(caller(), errand(official="cb01")).grants
    register.write(register.change(entity, name, OLD + timedelta(days=1), status=status))
    assert code(renewed(in_force), caller(), errand(official="cb01")) == wanted


def test_a_client_of_one_issuer_is_not_named_by_anothers_token(register: Register, in_force: Grants) -> None:
    register.grant("rates", "parcel.documentedArea")
    register.write(register.change("access.client", "tax", OLD + timedelta(days=1), issuer="https://id.gov.example"))
    assert code(renewed(in_force), caller(), errand()) == "access.unknown_client"
    assert in_force.of(caller(issuer="https://id.gov.example"), errand()).grants
    assert code(in_force, caller(), errand()) == "access.unknown_client"


def test_another_agency_has_nothing_of_it(register: Register, in_force: Grants) -> None:
    register.grant("rates", "parcel.documentedArea")
    register.write(
        register.register("access.agency", "justice", code="H17.STP", name_vi="Sở Tư pháp", status="ACTIVE"),
        register.register(
            "access.client", "stp", client_id="stp", name="Hộ tịch", status="ACTIVE", agency=str(register.id("justice"))
        ),
    )
    assert code(renewed(in_force), caller("stp"), errand()) == "access.no_grant"


# --- where -----------------------------------------------------------------------------------------


def ids(register: Register, *names: str) -> set[str]:
    return {str(register.id(name)) for name in names}


def test_before_the_reform_a_commune_is_itself(register: Register, in_force: Grants) -> None:
    register.grant("rates", "parcel.documentedArea", units=("A",))
    grant = one(renewed(in_force))
    assert grant.units is not None
    assert (set(grant.units), grant.splits) == (ids(register, "A"), ())


def test_a_province_is_all_that_lies_in_it_and_went_into_it(register: Register, in_force: Grants) -> None:
    register.reform()
    register.grant("rates", "parcel.documentedArea", units=("Đà Nẵng",), period=AFTER)
    grant = one(renewed(in_force))
    assert grant.units is not None
    assert set(grant.units) == ids(register, "Đà Nẵng", "X", "Y", "A", "B", "C", "Quảng Nam")
    assert grant.splits == ()


def test_after_the_reform_old_units_follow_into_new_ones(register: Register, in_force: Grants) -> None:
    register.reform()
    register.grant("rates", "parcel.documentedArea", units=("X",), period=AFTER)
    grant = one(renewed(in_force))
    assert grant.units is not None
    assert set(grant.units) == ids(register, "X", "A")
    assert grant.splits == ((str(register.id("B")), str(register.id("X"))),)


def test_a_code_used_again_opens_nothing_of_its_old_unit(register: Register, in_force: Grants) -> None:
    """Y has nothing of A, and X bears the code of B: who has X has of B only what went into X."""
    register.reform()
    register.grant("rates", "parcel.documentedArea", units=("X",), period=AFTER)
    grant = one(renewed(in_force))
    assert grant.units is not None
    assert not set(grant.units) & ids(register, "B", "C", "Y", "Quảng Nam")


def test_a_split_unit_is_whole_to_who_has_both_halves(register: Register, in_force: Grants) -> None:
    register.reform()
    register.grant("rates", "parcel.documentedArea", units=("X", "Y"), period=AFTER)
    grant = one(renewed(in_force))
    assert grant.units is not None
    assert set(grant.units) == ids(register, "X", "Y", "A", "B", "C")
    assert grant.splits == ()


def test_a_granted_unit_that_ended_opens_nothing_and_hinders_no_reform(register: Register, in_force: Grants) -> None:
    register.grant("rates", "parcel.documentedArea", units=("A",))
    register.reform()
    grant = one(renewed(in_force))
    assert (grant.units, grant.splits) == ((), ())


def test_the_digest_covers_what_a_check_depends_on_and_no_units(register: Register, in_force: Grants) -> None:
    register.reform()
    register.grant("rates", "parcel.documentedArea", units=("Y", "X"), period=AFTER)
    both = renewed(in_force).of(caller(), errand())
    register.write(register.end("access.granted_unit", "rates Y", REFORM + timedelta(days=1)))
    split = renewed(in_force).of(caller(), errand())
    assert (both.grants[0].splits, len(split.grants[0].splits)) == ((), 1)
    assert both.digest != split.digest  # a statement that asks geometry is another one
    register.write(register.end("access.granted_unit", "rates X", REFORM + timedelta(days=1)))
    nowhere = renewed(in_force).of(caller(), errand())
    assert nowhere.digest == both.digest


def test_successions_are_followed_over_several_reforms() -> None:
    """a → b wholly, b split into c and d, d → e wholly; f went into a unit that ended without an heir."""
    units = Map(
        {"p": None, "c": "p", "e": "p"}, (("a", "b"), ("b", "c"), ("b", "d"), ("d", "e"), ("f", "g"), ("f", "c"))
    )
    assert units.within(["c"]) == (("c",), (("a", "c"), ("b", "c"), ("f", "c")))
    assert units.within(["e"]) == (("d", "e"), (("a", "e"), ("b", "e")))
    assert units.within(["p"]) == (("a", "b", "c", "d", "e", "p"), (("f", "c"),))
    assert units.within(["a", "nowhere"]) == ((), ())


def test_units_that_went_into_each_other_end_the_search() -> None:
    assert Map({"c": None}, (("a", "b"), ("b", "a"))).within(["c"]) == (("c",), ())


def test_a_unit_that_still_stands_keeps_what_it_gave_away() -> None:
    """Part of a went to b, and a goes on: its records are a's."""
    assert Map({"a": None, "b": None}, (("a", "b"),)).within(["b"]) == (("b",), ())


# --- when ------------------------------------------------------------------------------------------


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_grant_holds_in_its_period_only(register: Register, in_force: Grants) -> None:
    register.grant("past", "parcel.documentedArea", period=Period(OLD, soon(-60)))
    register.grant("to come", "parcel.documentedArea", period=Period(soon(3600)))
    assert code(renewed(in_force), caller(), errand()) == "access.no_grant"
    assert in_force.pause() == module.LOOK  # nothing begins or ends sooner


def test_a_period_that_begins_and_ends_is_seen_in_time(register: Register, in_force: Grants) -> None:
    register.grant("short", "parcel.documentedArea", period=Period(soon(0.5), soon(1.2)))
    assert code(renewed(in_force), caller(), errand()) == "access.no_grant"
    assert in_force.pause() < 0.6
    time.sleep(in_force.pause() + 0.05)
    assert one(renewed(in_force)).paths == {"parcel.documentedArea"}
    assert in_force.pause() < 0.8
    time.sleep(in_force.pause() + 0.05)
    assert code(renewed(in_force), caller(), errand()) == "access.no_grant"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(4):
        while not true():  # noqa: ASYNC110 - what it waits for happens in a thread and tells nobody
            await asyncio.sleep(0.02)


def test_a_change_is_in_force_as_soon_as_the_ledger_is_heard(register: Register) -> None:
    """`beyond` stands for `Heads.beyond`: it returns when the ledger has moved."""

    async def scene() -> None:
        moved = asyncio.Event()

        async def beyond(_: int) -> None:
            await moved.wait()
            moved.clear()

        async with kept(register.database.engine, beyond) as grants:
            assert code(grants, caller(), errand()) == "access.no_grant"
            await asyncio.to_thread(register.grant, "rates", "parcel.documentedArea")
            moved.set()
            await until(lambda: _has_grants(grants))
            ended = register.end("access.granted_path", "rates parcel.documentedArea", OLD + timedelta(days=1))
            await asyncio.to_thread(register.write, ended)
            moved.set()
            await until(lambda: one(grants).paths == frozenset())

    asyncio.run(scene())


def _has_grants(grants: Grants) -> bool:
    try:
        return bool(grants.of(caller(), errand()).grants)
    except errors.NotGranted:
        return False


def test_a_change_that_nobody_told_of_is_seen_at_the_next_look(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK", 0.1)

    async def scene() -> None:
        async with kept(register.database.engine) as grants:
            await asyncio.to_thread(register.grant, "rates", "parcel.documentedArea")
            await until(lambda: _has_grants(grants))

    asyncio.run(scene())


def test_other_changes_leave_what_is_in_force_as_it_is(register: Register, in_force: Grants) -> None:
    register.grant("rates", "parcel.documentedArea")
    before = renewed(in_force).of(caller(), errand())
    person = register.register("population.person", "an", full_name="Nguyễn Văn An", status="ALIVE")
    register.write(person)
    assert renewed(in_force).of(caller(), errand()) is before
    register.write(register.unit("D", "20104", "Quảng Nam"))
    assert renewed(in_force).of(caller(), errand()) is not before


def test_what_cannot_be_read_counts_for_a_while_and_then_no_more(
    register: Register, in_force: Grants, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.grant("rates", "parcel.documentedArea")
    renewed(in_force)
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(module.standing, "HEAD", "SELECT position FROM nowhere")
        with pytest.raises(errors.Unavailable):
            in_force.renew()
    assert in_force.of(caller(), errand()).grants
    now = time.monotonic()
    monkeypatch.setattr(module.time, "monotonic", lambda: now + module.HELD + 1)
    with pytest.raises(errors.Unavailable) as refusal:
        in_force.of(caller(), errand())
    assert refusal.value.code == "access.grants_unknown"
    with pytest.raises(errors.Unavailable):  # also for what is public
        in_force.of(None, errand(None))


def test_what_is_in_force_is_told_in_microseconds(register: Register, in_force: Grants) -> None:
    register.grant("rates", "parcel.documentedArea")
    renewed(in_force)
    who, what = caller(), errand(official="cb01")
    in_force.of(who, what)
    best = min(_seconds(lambda: in_force.of(who, what)) for _ in range(5))
    assert best < 20e-6


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(1000):
        work()
    return (time.perf_counter() - begun) / 1000
