"""`baseregistry access load`: readable files into the access register, all or nothing, by two people after the first set."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from baseregistry import db, errors
from baseregistry.access import loading, tokens
from baseregistry.access.files import read_files
from baseregistry.access.four_eyes import refuse_alone
from baseregistry.access.grants import Grants
from baseregistry.access.loading import BOOTSTRAP, Load, Loaded, People
from baseregistry.access.spelling import check_path
from baseregistry.access.tokens import Caller
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.verification import verify
from baseregistry.settings import Settings
from tests.access.register import Register, caller, errand
from tests.conftest import Database

SAMPLE = Path(loading.__file__).parents[1] / "seed" / "access"
CALLERS = """
[decision]
agency = "Sở Tư pháp"
legal_basis = "Luật 91/2025/QH15"
document = "12/QĐ-STP"
document_date = 2026-01-05

[[agency]]
code = "H17.TAX"
name_vi = "Thuế thành phố"

[[client]]
client_id = "tax"
agency = "H17.TAX"
name = "eTax"

[[purpose]]
code = "land-tax"
title_vi = "Thu thuế sử dụng đất"
kind = "TASK"
legal_basis = "Luật 48/2010/QH12"
"""
GRANT = """
[[grant]]
agency = "H17.TAX"
purpose = "land-tax"
name = "rates"
legal_basis = "Điều 10"
from = 2026-01-01
everywhere = true
paths = ["parcel.documentedArea", "parcel.rights.holder.fullName"]
masked = ["parcel.rights.holder.identifiers.number"]
"""
TWO = People("lan.tran", "minh.le")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set with one of each."""
    made = tmp_path / "set"
    made.mkdir()
    (made / "callers.toml").write_text(CALLERS, encoding="utf-8")
    (made / "grants.toml").write_text(GRANT, encoding="utf-8")
    return made


@pytest.fixture
def register(database: Database) -> Register:
    made = Register(database)
    made.before()
    made.reform()
    return made


def edited(folder: Path, old: str, new: str) -> None:
    """Say something else in the files."""
    for file in folder.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(old, new), encoding="utf-8")


def loaded(register: Register, folder: Path, people: People | None = None, *, dry_run: bool = False) -> Loaded:
    return loading.load(register.database.engine, register.database.installation, Load(folder, people, dry_run))


def counts(result: Loaded) -> dict[str, dict[str, int]]:
    return {table: dict(found) for table, found in result.difference.counts.items()}


def change(register: Register, position: int | None) -> Any:
    with register.database.engine.connect() as connection:
        asked = sa.text("SELECT * FROM ledger_change WHERE position = :position")
        return connection.execute(asked, {"position": position}).one()


def in_force(register: Register) -> Grants:
    grants = Grants(register.database.engine)
    grants.renew()
    return grants


def is_empty(register: Register) -> bool:
    with db.reading(register.database.engine) as reading:
        return loading.is_empty(reading)


def paths(register: Register) -> set[str]:
    (grant,) = in_force(register).of(caller(), errand()).grants
    return set(grant.paths)


# --- the first set ---------------------------------------------------------------------------------


def test_the_first_set_is_a_logged_bootstrap(register: Register, folder: Path) -> None:
    assert is_empty(register)
    result = loaded(register, folder)
    assert result.bootstrap
    said = change(register, result.position)
    assert (said.kind, said.reason, said.approved_by) == ("REGISTRATION", BOOTSTRAP, None)
    assert (said.agency, said.legal_basis, said.document_number) == ("Sở Tư pháp", "Luật 91/2025/QH15", "12/QĐ-STP")
    assert said.recorded_by == loading.getpass.getuser()
    grants = in_force(register)
    assert not is_empty(register)
    (grant,) = grants.of(caller(), errand()).grants
    assert grant.masked == {"parcel.rights.holder.identifiers.number"}
    assert grant.paths == grant.masked | {"parcel.documentedArea", "parcel.rights.holder.fullName"}
    assert (grant.units, grant.legal_basis) == (None, "Điều 10")


def test_the_sample_province_has_a_first_set(register: Register) -> None:
    """With units of its codes; every path of it leads somewhere, and the ledger holds."""
    names = (("Hải Vân", "20194"), ("Liên Chiểu", "20197"))
    register.write(*(register.unit(name, code, "Đà Nẵng", datetime(2025, 7, 1, tzinfo=UTC)) for name, code in names))
    result = loaded(register, SAMPLE)
    assert {table: found["new"] for table, found in counts(result).items()} | {"granted_path": 0} == {
        "agency": 5,
        "client": 8,
        "official": 4,
        "purpose": 10,
        "grant": 11,
        "granted_path": 0,
        "granted_unit": 2,
    }
    grants = in_force(register)
    (branch,) = grants.of(caller("land-registration"), errand("mortgage")).grants
    assert set(branch.units or ()) == {str(register.id(name)) for name, _ in names}
    assert [one.masked for one in grants.of(caller("one-stop"), errand("permanent-residence")).grants] == [
        {"person.identifiers.number"}
    ]
    assert grants.of(caller("local"), errand("land-transfer", "dat-dai.01")).grants
    with db.reading(register.database.engine) as reading:
        assert not verify(reading, register.database.installation).problems


def test_a_dry_run_writes_nothing(register: Register, folder: Path) -> None:
    result = loaded(register, folder, dry_run=True)
    assert result.position is None
    assert counts(result)["granted_path"] == {"new": 3}
    assert is_empty(register)


def test_units_are_those_of_today(register: Register, folder: Path) -> None:
    """The code 20102 was B's and is X's."""
    edited(folder, "everywhere = true", 'units = ["20102"]')
    loaded(register, folder)
    (grant,) = in_force(register).of(caller(), errand()).grants
    assert set(grant.units or ()) == {str(register.id("X")), str(register.id("A"))}
    assert grant.splits == ((str(register.id("B")), str(register.id("X"))),)


def test_a_code_of_yesterday_is_refused(register: Register, folder: Path) -> None:
    edited(folder, "everywhere = true", 'units = ["20101"]')
    with pytest.raises(errors.NotFound, match="20101") as refusal:
        loaded(register, folder)
    assert refusal.value.code == "access.unknown_unit"
    assert is_empty(register)  # nothing of the rest was written


# --- later sets ------------------------------------------------------------------------------------


def test_a_later_set_needs_two_people(register: Register, folder: Path) -> None:
    loaded(register, folder)
    edited(folder, '"parcel.documentedArea"', '"parcel.surveyedArea"')
    with pytest.raises(errors.NotGranted) as refusal:
        loaded(register, folder)
    assert refusal.value.code == "access.four_eyes"
    assert "parcel.documentedArea" in paths(register)
    result = loaded(register, folder, TWO)
    said = change(register, result.position)
    assert (said.kind, said.recorded_by, said.approved_by) == ("REAL_WORLD_CHANGE", "lan.tran", "minh.le")
    assert counts(result)["granted_path"] == {"new": 1, "unchanged": 2, "ended": 1}
    assert "parcel.surveyedArea" in paths(register)
    assert "parcel.documentedArea" not in paths(register)


def test_an_emptied_register_is_no_empty_one(register: Register, folder: Path) -> None:
    """Ending everything does not give the bootstrap back."""
    loaded(register, folder)
    bare = CALLERS.partition("[[agency]]")[0]
    (folder / "callers.toml").write_text(bare, encoding="utf-8")
    (folder / "grants.toml").unlink()
    result = loaded(register, folder, TWO)
    assert counts(result)["client"] == {"ended": 1}
    assert not is_empty(register)
    with pytest.raises(errors.NotGranted):
        loaded(register, folder)
    again = loaded(register, folder, TWO)
    assert again.position is None  # all of it is said already


def test_the_same_set_again_writes_nothing(register: Register, folder: Path) -> None:
    loaded(register, folder)
    result = loaded(register, folder, TWO)
    assert result.position is None
    assert {what for found in counts(result).values() for what in found} == {"unchanged"}


def test_what_differs_is_changed_from_now_on(register: Register, folder: Path) -> None:
    loaded(register, folder)
    edited(folder, 'name = "eTax"', 'name = "eTax"\nstatus = "SUSPENDED"')
    edited(folder, "Điều 10", "Điều 11")
    edited(folder, "masked = [", 'masked = ["parcel.rights.holder.birthDate", ')
    result = loaded(register, folder, TWO)
    found = counts(result)
    assert (found["client"], found["grant"]) == ({"changed": 1}, {"changed": 1})
    assert found["granted_path"] == {"unchanged": 3, "new": 1}
    with pytest.raises(errors.NotGranted) as refusal:
        in_force(register).of(caller(), errand())
    assert refusal.value.code == "access.client_not_active"
    edited(folder, '\nstatus = "SUSPENDED"', "")
    assert counts(loaded(register, folder, TWO))["client"] == {"changed": 1}
    (grant,) = in_force(register).of(caller(), errand()).grants
    assert grant.legal_basis == "Điều 11"
    assert "parcel.rights.holder.birthDate" in grant.masked


def test_a_period_can_be_ended_and_gone_on(register: Register, folder: Path) -> None:
    loaded(register, folder)
    edited(folder, "from = 2026-01-01", "from = 2026-01-01\nto = 2090-01-01")
    assert counts(loaded(register, folder, TWO))["grant"] == {"unchanged": 1, "changed": 1}
    assert paths(register)
    assert loaded(register, folder, TWO).position is None
    edited(folder, "to = 2090-01-01", "to = 2095-01-01")
    loaded(register, folder, TWO)
    assert loaded(register, folder, TWO).position is None
    edited(folder, "from = 2026-01-01", "from = 2026-02-01")
    with pytest.raises(errors.Refused) as refusal:
        loaded(register, folder, TWO)
    assert refusal.value.code == "access.begun_otherwise"


def test_a_grant_that_is_in_no_file_any_more_ends_with_its_paths(register: Register, folder: Path) -> None:
    loaded(register, folder)
    (folder / "grants.toml").unlink()
    found = counts(loaded(register, folder, TWO))
    assert (found["grant"], found["granted_path"]) == ({"ended": 1}, {"ended": 3})
    with pytest.raises(errors.NotGranted) as refusal:
        in_force(register).of(caller(), errand())
    assert refusal.value.code == "access.no_grant"


# --- two people ------------------------------------------------------------------------------------


def test_two_tokens_are_two_people(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    files = {}
    for subject in ("lan.tran", "minh.le"):
        files[subject] = tmp_path / subject
        files[subject].write_text(tokens.issue(settings, subject) + "\n", encoding="ascii")
    assert loading.authenticated(settings, files["lan.tran"], files["minh.le"]) == TWO
    other = tmp_path / "again"
    other.write_text(tokens.issue(settings, "lan.tran"), encoding="ascii")
    with pytest.raises(errors.NotGranted) as refusal:
        loading.authenticated(settings, files["lan.tran"], other)
    assert refusal.value.code == "access.four_eyes"
    other.write_text(tokens.issue(Settings(data=tmp_path / "elsewhere"), "minh.le"), encoding="ascii")
    with pytest.raises(errors.NotAllowed) as forged:
        loading.authenticated(settings, files["lan.tran"], other)
    assert forged.value.code == "access.bad_token"
    with pytest.raises(errors.BadFile):
        loading.authenticated(settings, files["lan.tran"], tmp_path / "nowhere")


def test_two_issuers_may_name_two_people_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter(caller(issuer=issuer) for issuer in ("https://a.example", "https://b.example"))

    async def both(*_: object) -> list[Caller]:
        return list(said)

    monkeypatch.setattr(loading, "_callers", both)
    for name in ("one", "two"):
        (tmp_path / name).write_text("token", encoding="ascii")
    people = loading.authenticated(Settings(data=tmp_path), tmp_path / "one", tmp_path / "two")
    assert people == People("lan.tran (https://a.example)", "lan.tran (https://b.example)")


def test_one_caller_alone_changes_nothing_of_it(register: Register) -> None:
    person = register.register("population.person", "an", full_name="Nguyễn Văn An", status="ALIVE")
    refuse_alone([person])
    agency = register.register("access.agency", "mine", code="H17.ME", name_vi="Tôi", status="ACTIVE")
    with pytest.raises(errors.NotGranted) as refusal:
        refuse_alone([person, agency])
    assert refusal.value.code == "access.four_eyes"


# --- bad files -------------------------------------------------------------------------------------

BAD = [
    ("parcel.documentedArea", "parcel.documentArea", "access.no_such_path", "documentedArea"),
    ("parcel.documentedArea", "parcle.documentedArea", "access.no_such_path", "parcel"),
    ("parcel.rights.holder.fullName", "parcel.rigths.holder.fullName", "access.no_such_path", "rights"),
    ('"parcel.rights.holder.fullName"', '"parcel.rights"', "access.no_such_path", "parcel.rights.share"),
    ('"parcel.documentedArea"', '"parcel.documentedArea.value"', "access.no_such_path", "parcel.documentedArea"),
    ('"parcel.documentedArea"', '"parcel"', "access.no_such_path", "parcel.*"),
    ('"parcel.documentedArea"', '"person.ageIsAtLeast"', "access.no_such_path", "ageIsAtLeast.years<value>"),
    ('"parcel.documentedArea"', '"person.ageIsAtLeast.years"', "access.no_such_path", "ageIsAtLeast.years<value>"),
    ('"parcel.documentedArea"', '"person.age.on"', "access.no_such_path", "age"),
    ('"parcel.documentedArea"', '"parcel.isHeldBy.holder7"', "access.no_such_path", "isHeldBy.holder"),
    ('"parcel.documentedArea"', '"parcel.rights.holder.identifiers.*"', "access.masked_in_vain", "one by one"),
    ("everywhere = true", "", "access.bad_territory", "everywhere = true"),
    ("everywhere = true", 'everywhere = true\nunits = ["48"]', "access.bad_territory", "units"),
    ("from = 2026-01-01", "", "access.bad_file", "from ="),
    ("from = 2026-01-01", "from = 2026-01-01\nto = 2025-01-01", "access.bad_file", "first day"),
    ('name = "rates"', 'name = "rates"\nterritory = "48"', "access.bad_file", "There is"),
    ('kind = "TASK"', 'kind = "ERRAND"', "input.unknown_code", ""),
    ('agency = "H17.TAX"\npurpose', 'agency = "H17.TAXES"\npurpose', "access.bad_file", "H17.TAX"),
    ('legal_basis = "Điều 10"', "", "access.bad_file", "law"),
    ("[[purpose]]", "[[purposes]]", "access.bad_file", "purpose"),
    ("[decision]", "[[decision]]", "access.bad_file", "[decision]"),
    ('name = "eTax"', 'name = "eTax', "access.bad_file", "toml"),
    ("[[client]]", '[[agency]]\ncode = "H17.TAX"\nname_vi = "Khác"\n[[client]]', "access.said_twice", "already"),
    ('client_id = "tax"', 'client_id = "thuế và phí"', "input.bad_pattern", ""),
]


@pytest.mark.parametrize("bad", BAD, ids=[f"{number} {one[2]}" for number, one in enumerate(BAD)])
def test_a_bad_file_is_refused_with_its_place_and_what_there_is(folder: Path, bad: tuple[str, str, str, str]) -> None:
    old, new, code, hint = bad
    edited(folder, old, new)
    with pytest.raises(errors.BadFile) as refusal:
        read_files(folder, DECLARATIONS, "Asia/Ho_Chi_Minh")
    assert refusal.value.code == code
    assert hint in f"{refusal.value.hint}"
    assert ".toml" in str(refusal.value.where["place"])


def test_a_folder_without_files_or_decision_is_refused(tmp_path: Path, folder: Path) -> None:
    for empty in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(errors.BadFile):
            read_files(empty, DECLARATIONS, "Asia/Ho_Chi_Minh")
    (folder / "callers.toml").unlink()
    with pytest.raises(errors.BadFile) as refusal:
        read_files(folder, DECLARATIONS, "Asia/Ho_Chi_Minh")
    assert refusal.value.code == "access.no_decision"
    shutil.rmtree(folder)


GOOD = (
    *("parcel.*", "parcel.id", "parcel.commune", "parcel.commune.parent.name", "parcel.history", "parcel.changes"),
    *("parcel.version", "parcel.rights.history", "parcel.rights.holder.name", "parcel.rights.holder.members.share"),
    *("person.holdsRightIn.unitCode48", "person.holdsRightIn.kind", "parcel.isHeldBy.holder", "person.age"),
    *(
        "person.ageIsAtLeast.years18",
        "parcel.rights.holder.ageIsAtLeast.years60",
        "parcel.addressLine",
        "change.*",
        "change.recordedBy",
        "change.case",
        "grant.paths.path",
    ),
)


@pytest.mark.parametrize("path", GOOD)
def test_what_a_document_can_ask_can_be_granted(path: str) -> None:
    check_path(DECLARATIONS, path, "here")


def test_a_delay_names_its_law(register: Register, tmp_path: Path) -> None:
    folder = tmp_path / "late"
    shutil.copytree(SAMPLE, folder)
    purposes = folder / "purposes.toml"
    text = purposes.read_text(encoding="utf-8")
    purposes.write_text(f"{text}disclosure_delay = 30\n", encoding="utf-8")
    with pytest.raises(errors.BadFile, match="only one of disclosure_delay and delay_basis"):
        loaded(register, folder)
