"""What documents leave behind: plans, never the documents themselves."""

import gc
import weakref

import pytest

from baseregistry.graphql import plans
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.plans import Plans
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.schema import build
from baseregistry.registries.answer.plan import Plan
from baseregistry.registries.declarations import DECLARATIONS
from baseregistry.registries.question import Question
from baseregistry.settings import Settings


def compiled(_: tuple[Question, ...], /, *, sets: bool = False) -> Plan:
    return Plan("SELECT", b"q", (), (), ())


def test_a_plan_keeps_no_document_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_DOCUMENTS", 2)
    made = Plans(build(DECLARATIONS), compiled, Limits.of(Settings()))
    documents = []
    for number in range(6):
        known = made.known(Asked(f'{{ a{number}: unit(code: "1") {{ name }} }}'))
        assert made.prepared(known, {}) is made.prepared(known, {})
        documents.append(weakref.ref(known.document))
    del known
    gc.collect()
    assert [document() is not None for document in documents] == [False] * 4 + [True] * 2


def test_operations_of_one_document_have_plans_of_their_own() -> None:
    made = Plans(build(DECLARATIONS), compiled, Limits.of(Settings()))
    text = 'query a { unit(code: "1") { name } } query b { unit(code: "1") { code } }'
    one, other = (made.prepared(made.known(Asked(text, name)), {}) for name in "ab")
    assert one.translation.questions != other.translation.questions


def test_what_was_asked_before_is_not_compiled_again() -> None:
    made = Plans(build(DECLARATIONS), compiled, Limits.of(Settings()))
    texts = (
        'query a { unit(code: "1") { name } }',
        'query b { unit(code: "2") { ...f } } fragment f on Unit { name @skip(if: false) }',
        'query c { unit(code: "1") { name code } }',
    )
    one, same, other = (made.prepared(made.known(Asked(text)), {}).plan for text in texts)
    assert one is same
    assert one is not other
