"""``traceparent``: what is a trace, and what only looks like one."""

import pytest

from baseregistry.telemetry.traces import trace

TRACE, SPAN = b"4bf92f3577b34da6a3ce929d0e0e4736", b"00f067aa0ba902b7"


@pytest.mark.parametrize(
    "said",
    [b"00-%b-%b-01" % (TRACE, SPAN), b"00-%b-%b-00" % (TRACE, SPAN), b"01-%b-%b-01-what-comes-later" % (TRACE, SPAN)],
)
def test_a_trace_is_continued_under_a_span_of_our_own(said: bytes) -> None:
    found, again = trace(said), trace(said)
    assert found is not None
    assert again is not None
    assert (found.trace_id, found.parent_id) == (TRACE.decode(), SPAN.decode())
    assert len(found.span_id) == 16
    assert len({found.span_id, again.span_id, found.parent_id}) == 3


@pytest.mark.parametrize(
    "said",
    [
        None,
        b"",
        b"00-%b-%b" % (TRACE, SPAN),
        b"00-%b-%b-1" % (TRACE, SPAN),
        b"00-%b-%b-01-more" % (TRACE, SPAN),
        b"00-%b-%b-01\n" % (TRACE, SPAN),
        b"ff-%b-%b-01" % (TRACE, SPAN),
        b"00-%b-%b-01" % (TRACE.upper(), SPAN),
        b"00-%b-%b-01" % (b"0" * 32, SPAN),
        b"00-%b-%b-01" % (TRACE, b"0" * 16),
        b"01-%b-%b-01-" % (TRACE, SPAN) + b"x" * 1000,
        b"\xff" * 55,
    ],
)
def test_what_is_no_trace_is_left_out(said: bytes | None) -> None:
    assert trace(said) is None
