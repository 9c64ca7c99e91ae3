"""Every D-code is found, at its place, in a declaration that is wrong in exactly one way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from baseregistry.errors import DeclarationError
from baseregistry.registries import check
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.declare import (
    Attribute,
    Code,
    CodeList,
    Declarations,
    Derived,
    Edition,
    Entity,
    Geometry,
    Key,
    Kind,
    Lookup,
    Number,
    PartialDay,
    Reference,
    Registry,
    Sensitivity,
    Text,
    Title,
)
from baseregistry.registries.derivations import Age, Line

TITLE = Title("Tên", "Name")
HEADER = "edition,code,title_vi,title_en,note\n"


def attribute(name: str, kind: Kind) -> Attribute:
    return Attribute(name, kind, TITLE, "What it is.", Sensitivity.PUBLIC, "Sở")


UNIT = Entity("administration", "unit", TITLE, "A unit.", (attribute("code", Text()),), (Key("code", ("code",)),))
PLOT = Entity(
    "land",
    "plot",
    TITLE,
    "A plot.",
    (attribute("commune", Reference(("administration.unit",), back="plots")), attribute("label", Text(20))),
    territory="commune",
)
CLAIM = Entity(
    "land",
    "claim",
    TITLE,
    "A claim.",
    (attribute("plot", Reference(("land.plot",), back="claims")), attribute("number", Text(20))),
    territory="plot.commune",
)


def declared(*land: Entity, code_lists: tuple[CodeList, ...] = ()) -> Declarations:
    administration = Registry("administration", TITLE, "Units.", (UNIT,))
    return Declarations((administration, Registry("land", TITLE, "Land.", land or (PLOT, CLAIM), code_lists)))


def aged(*derived: Derived) -> Declarations:
    """A plot with a day of birth and what is derived from it."""
    return declared(plot_with(attribute("born", PartialDay()), derived=derived))


def plot_with(*more: Attribute, **changes: object) -> Entity:
    return replace(PLOT, attributes=PLOT.attributes + more, **changes)


def test_the_registers_of_this_service_are_declared_well() -> None:
    check.check(DECLARATIONS)


def test_the_small_declaration_that_the_faults_are_made_from_is_well() -> None:
    assert list(check.faults(declared())) == []


FAULTS: dict[str, tuple[str, str, Callable[[], Declarations]]] = {
    "attribute in camelCase": (
        "D001",
        "land.plot.mapSheet",
        lambda: declared(plot_with(attribute("mapSheet", Text()))),
    ),
    "way back with a space": (
        "D001",
        "land.plot.parent",
        lambda: declared(plot_with(attribute("parent", Reference(("land.plot",), back="all children")))),
    ),
    "attribute twice": ("D002", "land.plot.label", lambda: declared(plot_with(attribute("label", Text())))),
    "entity twice": ("D002", "land.plot", lambda: declared(PLOT, PLOT)),
    "entity in another registry": ("D002", "land.plot", lambda: Declarations((Registry("x", TITLE, "X.", (PLOT,)),))),
    "key and lookup of one name": (
        "D002",
        "land.plot.label",
        lambda: declared(
            plot_with(keys=(Key("label", ("label",)),), lookups=(Lookup("label", "land.claim", "number", "plot"),)),
            CLAIM,
        ),
    ),
    "attribute named as a column of every version": (
        "D003",
        "land.plot.valid",
        lambda: declared(plot_with(attribute("valid", Text()))),
    ),
    "attribute named as a word of SQL": (
        "D003",
        "land.plot.group",
        lambda: declared(plot_with(attribute("group", Text()))),
    ),
    "attribute named as a key's column": (
        "D003",
        "land.plot.key_label",
        lambda: declared(plot_with(attribute("key_label", Text()))),
    ),
    "key named id": ("D003", "land.plot.id", lambda: declared(plot_with(keys=(Key("id", ("label",)),)))),
    "reference to nowhere": (
        "D004",
        "land.plot.owner",
        lambda: declared(plot_with(attribute("owner", Reference(("population.persn",), back="plots")))),
    ),
    "two ways back of one name": (
        "D005",
        "land.plot.second",
        lambda: declared(plot_with(attribute("second", Reference(("administration.unit",), back="plots")))),
    ),
    "way back named as an attribute": (
        "D005",
        "land.plot.other",
        lambda: declared(plot_with(attribute("other", Reference(("administration.unit",), back="code")))),
    ),
    "way back named history": (
        "D005",
        "land.plot.other",
        lambda: declared(plot_with(attribute("other", Reference(("land.plot",), back="history")))),
    ),
    "way back named as the history of another": (
        "D005",
        "land.plot.other",
        lambda: declared(plot_with(attribute("other", Reference(("land.plot",), back="plots_history")))),
    ),
    "attribute named as the history of a way back": (
        "D003",
        "land.plot.plots_history",
        lambda: declared(plot_with(attribute("plots_history", Text()))),
    ),
    "unknown code list": ("D006", "land.plot.use", lambda: declared(plot_with(attribute("use", Code("land.uses"))))),
    "key of an unknown attribute": (
        "D007",
        "land.plot.label",
        lambda: declared(plot_with(keys=(Key("label", ("sheet", "label")),))),
    ),
    "key of nothing": ("D007", "land.plot.label", lambda: declared(plot_with(keys=(Key("label", ()),)))),
    "lookup through an unknown entity": (
        "D008",
        "land.plot.claim",
        lambda: declared(plot_with(lookups=(Lookup("claim", "land.clam", "number", "plot"),)), CLAIM),
    ),
    "lookup at an unknown attribute": (
        "D008",
        "land.plot.claim",
        lambda: declared(plot_with(lookups=(Lookup("claim", "land.claim", "serial", "plot"),)), CLAIM),
    ),
    "lookup with an unknown fixed value": (
        "D008",
        "land.plot.claim",
        lambda: declared(
            plot_with(lookups=(Lookup("claim", "land.claim", "number", "plot", (("kind", "A"),)),)), CLAIM
        ),
    ),
    "lookup that leads elsewhere": (
        "D008",
        "land.plot.claim",
        lambda: declared(plot_with(lookups=(Lookup("claim", "land.claim", "number", "number"),)), CLAIM),
    ),
    "lookup in force by an unknown value": (
        "D008",
        "land.plot.claim",
        lambda: declared(
            plot_with(lookups=(Lookup("claim", "land.claim", "number", "plot", (), (("kind", "A"),)),)), CLAIM
        ),
    ),
    "lookup that leads here and elsewhere": (
        "D008",
        "administration.unit.claim",
        lambda: Declarations(
            (
                Registry(
                    "administration",
                    TITLE,
                    "Units.",
                    (replace(UNIT, lookups=(Lookup("claim", "land.plot", "label", "keeper"),)),),
                ),
                Registry(
                    "land",
                    TITLE,
                    "Land.",
                    (plot_with(attribute("keeper", Reference(("land.plot", "administration.unit"), back="kept"))),),
                ),
            )
        ),
    ),
    "derived field of an unknown attribute": (
        "D019",
        "land.plot.age",
        lambda: aged(Derived("age", Age("birth"), TITLE, "Its age.")),
    ),
    "derived field of another kind": (
        "D019",
        "land.plot.age",
        lambda: aged(Derived("age", Age("label"), TITLE, "Its age.")),
    ),
    "derived field along a path that ends": (
        "D019",
        "land.plot.line",
        lambda: declared(plot_with(derived=(Derived("line", Line("label", ("label",)), TITLE, "A line."),))),
    ),
    "derived field named as an attribute": (
        "D002",
        "land.plot.label",
        lambda: aged(Derived("label", Age("born"), TITLE, "Its age.")),
    ),
    "derived field without words": (
        "D016",
        "land.plot.age",
        lambda: aged(Derived("age", Age("born"), TITLE, "")),
    ),
    "derived field in camelCase": (
        "D001",
        "land.plot.fullAge",
        lambda: aged(Derived("fullAge", Age("born"), TITLE, "Its age.")),
    ),
    "territory through a text": (
        "D009",
        "land.plot.territory",
        lambda: declared(replace(PLOT, territory="commune.code")),
    ),
    "territory that stops at a plot": (
        "D009",
        "land.claim.territory",
        lambda: declared(PLOT, replace(CLAIM, territory="plot")),
    ),
    "retired by a text": (
        "D018",
        "land.plot",
        lambda: declared(replace(PLOT, retired=("code", "GONE"))),
    ),
    "pattern that is none": (
        "D010",
        "land.plot.n",
        lambda: declared(plot_with(attribute("n", Text(9, pattern="^[$")))),
    ),
    "pattern that may match a part": (
        "D010",
        "land.plot.n",
        lambda: declared(plot_with(attribute("n", Text(9, pattern="[0-9]+")))),
    ),
    "pattern only Python reads so": (
        "D010",
        "land.plot.n",
        lambda: declared(plot_with(attribute("n", Text(9, pattern=r"^\d+$")))),
    ),
    "text of no length": ("D011", "land.plot.n", lambda: declared(plot_with(attribute("n", Text(0))))),
    "number of more decimals than digits": (
        "D011",
        "land.plot.n",
        lambda: declared(plot_with(attribute("n", Number(2, 3)))),
    ),
    "unknown shape": ("D011", "land.plot.n", lambda: declared(plot_with(attribute("n", Geometry("Blob"))))),
    "reference to no entity": (
        "D011",
        "land.plot.n",
        lambda: declared(plot_with(attribute("n", Reference((), back="x")))),
    ),
    "more attributes than bits": (
        "D011",
        "land.plot",
        lambda: declared(plot_with(*[attribute(f"a{number}", Text()) for number in range(62)])),
    ),
    "two entities of one GraphQL type": (
        "D012",
        "land.unit",
        lambda: declared(replace(UNIT, registry="land")),
    ),
    "an entity that is another's plural": (
        "D012",
        "land.units",
        lambda: declared(replace(UNIT, registry="land", name="units")),
    ),
    "a table of the ledger": (
        "D012",
        "ledger.change",
        lambda: Declarations((Registry("ledger", TITLE, "X.", (replace(UNIT, registry="ledger", name="change"),)),)),
    ),
    "a union that is a type": (
        "D012",
        "land.plot.claim",
        lambda: declared(
            plot_with(attribute("claim", Reference(("land.plot", "land.claim"), back="sub_plots"))),
            CLAIM,
            replace(CLAIM, name="plot_claim", attributes=(attribute("n", Text()),), territory=None),
        ),
    ),
    "a name too long": ("D013", "land.plot", lambda: declared(plot_with(attribute("a" * 60, Text())))),
    "no Vietnamese title": ("D016", "land.plot", lambda: declared(replace(PLOT, title=Title(" ", "Plot")))),
    "no source": ("D016", "land.plot.n", lambda: declared(plot_with(replace(attribute("n", Text()), source="")))),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_declaration_fails_with_code_and_place(name: str) -> None:
    code, place, make = FAULTS[name]
    found = list(check.faults(make()))
    assert (code, place) in [(fault.code, fault.where["place"]) for fault in found], found
    with pytest.raises(DeclarationError) as raised:
        check.check(make())
    assert raised.value.message.startswith(f"{raised.value.code} {raised.value.where['place']} ")


def test_the_message_says_what_is_wrong_and_where() -> None:
    wrong = declared(plot_with(attribute("owner", Reference(("population.persn",), back="plots"))))
    with pytest.raises(
        DeclarationError, match=r"^D004 land\.plot\.owner refers to unknown entity 'population\.persn'$"
    ):
        check.check(wrong)


def listed(folder: Path, text: str, *editions: Edition) -> Declarations:
    path = folder / "use.csv"
    path.write_text(text, encoding="utf-8")
    uses = CodeList("land.use", TITLE, editions or (Edition("1", "Law 1"),), path)
    return declared(plot_with(attribute("use", Code("land.use"))), code_lists=(uses,))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("D014", "edition,code,title\n1,A,a\n"),
        ("D014", HEADER + "1,A\n"),
        ("D014", HEADER + "1,A,a,a,,too many\n"),
        ("D015", HEADER + "2,A,Một,One,\n"),
        ("D015", HEADER + "1,A,Một,One,\n1,A,Hai,Two,\n"),
        ("D015", HEADER + "1,A,Một,,\n"),
        ("D015", HEADER + "1,,Một,One,\n"),
    ],
)
def test_a_code_list_must_be_readable_and_whole(tmp_path: Path, code: str, text: str) -> None:
    assert {fault.code for fault in check.faults(listed(tmp_path, text))} == {code}


def test_a_missing_code_list_is_named(tmp_path: Path) -> None:
    wrong = listed(tmp_path, HEADER)
    (tmp_path / "use.csv").unlink()
    assert [(fault.code, fault.where["place"]) for fault in check.faults(wrong)] == [("D014", "land.use")]


def test_editions_are_distinct_end_after_they_begin_and_lists_stand_in_their_registry(tmp_path: Path) -> None:
    twice = listed(tmp_path, HEADER, Edition("1", "Law 1"), Edition("1", "Law 2"))
    backwards = listed(tmp_path, HEADER, Edition("1", "Law 1", date(2024, 8, 1), date(2024, 8, 1)))
    stray = declared(code_lists=(CodeList("tax.use", Title("", "Use"), (), tmp_path / "use.csv"),))
    assert {fault.code for fault in check.faults(twice)} == {"D002"}
    assert {fault.code for fault in check.faults(backwards)} == {"D017"}
    assert {fault.code for fault in check.faults(stray)} == {"D001", "D016"}


def test_every_code_of_the_docstring_has_a_fault_here() -> None:
    documented = {word for word in (check.__doc__ or "").split() if word.startswith("D0") and len(word) == 4}
    tried = {code for code, _, _ in FAULTS.values()} | {"D014", "D015", "D017"}
    assert documented == tried
