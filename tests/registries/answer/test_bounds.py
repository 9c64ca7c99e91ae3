"""Which questions are bounded: found by keys, and read as they lie in an index."""

import pytest

from baseregistry.registries import answer
from baseregistry.registries.question import Bind, Comparison, Field, Form, Operator, Order, Page, Question
from tests.conftest import Database
from tests.registries.answer.asking import want

PAGE = Page(Bind(1))


def parcel(fields: tuple[Field, ...], **said: object) -> Question:
    return Question("root", "land.parcel", Form.ONE, fields, key_name="id", key_values=(Bind(0),), **said)  # type: ignore[arg-type]


def rights(*inner: Field, **said: object) -> tuple[Field, ...]:
    return (Field("rights", "rights", inner, page=PAGE, **said),)  # type: ignore[arg-type]


NODES = Field("nodes", "nodes", want("id share", page=PAGE))
EDGES = Field("edges", "edges", (Field("node", "node", want("id", page=PAGE)),))
INFO = Field("info", "page_info", (Field("more", "has_next_page"),))
IDS = Field("nodes", "nodes", want("id", page=PAGE))
CASES = {
    "attributes, references": (
        parcel(want("id map_sheet commune{name parent{name}} version{digest}", page=PAGE)),
        True,
    ),
    "a page of a way back": (parcel(rights(NODES)), True),
    "edges and cursors": (parcel(rights(EDGES, INFO)), True),
    "counted": (parcel(rights(Field("total", "total_count"))), False),
    "searched": (parcel(rights(NODES, where=Comparison("share", Operator.EQ, Bind(2)))), False),
    "put in order": (parcel(rights(NODES, order=(Order("kind"),))), False),
    "a history": (parcel(want("history{nodes{id}}", page=PAGE)), False),
    "many": (Question("root", "land.parcel", Form.MANY, (IDS,), page=PAGE), False),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_bounded(name: str, shared: Database) -> None:
    question, bounded = CASES[name]
    assert answer.compile(shared.installation, (question,)).bounded is bounded


def test_one_that_is_not_makes_all_roots_unbounded(shared: Database) -> None:
    good, bad = CASES["a page of a way back"][0], CASES["counted"][0]
    assert not answer.compile(shared.installation, (good, bad)).bounded
