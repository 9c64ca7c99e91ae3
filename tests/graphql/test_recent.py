"""What was used last stays, up to a number and a weight."""

from hypothesis import given
from hypothesis import strategies as st

from baseregistry.graphql.recent import Recent


def test_the_least_recently_used_go_first() -> None:
    recent: Recent[str, int] = Recent(most=2, heaviest=100)
    for number, key in enumerate("ab"):
        recent.keep(key, number, 1)
    assert recent.get("a") == 0
    recent.keep("c", 2, 1)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (0, None, 2)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12))))
def test_it_never_holds_more_than_it_may(kept: list[tuple[int, int]]) -> None:
    recent: Recent[int, int] = Recent(most=3, heaviest=10)
    for key, weight in kept:
        assert recent.keep(key, weight, weight) == weight
        assert len(recent) <= 3
        assert recent.weight <= 10
        assert recent.get(key) == (weight if weight <= 10 else recent.get(key))
    assert recent.weight == sum(recent.get(key) or 0 for key in range(6))
