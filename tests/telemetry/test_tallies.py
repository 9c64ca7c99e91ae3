"""Counting: buckets, rows, and labels that stay few whatever is asked."""

import orjson
import pytest

from baseregistry.telemetry.tallies import (
    BOUNDS,
    EVERY,
    LONGEST_NAME,
    MOST_DOCUMENTS,
    MOST_OPERATIONS,
    NONE,
    OTHERS,
    Tallies,
    Tally,
    rows,
)


def digest(number: int) -> bytes:
    return number.to_bytes(32)


def test_an_answer_falls_into_the_bucket_that_holds_it() -> None:
    tally = Tally("Person")
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] * 1.01, BOUNDS[-1], 1e9):
        tally.answered(seconds, 3, b"{}")
    expected = [0] * (len(BOUNDS) + 1)
    expected[0], expected[1], expected[-2], expected[-1] = 2, 1, 1, 1
    assert tally.buckets == expected
    assert (tally.cost, tally.bytes, tally.rows) == (15, 10, 5)


@pytest.mark.parametrize(
    ("body", "held"),
    [
        (b'{"data":{"person":{"id":"1","sex":{"code":"M"}}}}', 1),
        (b'{"data":{"parcels":{"nodes":[]}}}', 1),
        (b'{"data":{"parcels":{"nodes":[{"id":"1"}]}}}', 1),
        (b'{"data":{"parcels":{"nodes":[{"id":"1"}, {"id":"2"}, {"id":"3"}]}}}', 3),
        (b'{"data":{"parcels":{"nodes":[{"rights":{"nodes":[{"id":"1"}, {"id":"2"}]}}, {"rights":{"nodes":[]}}]}}}', 4),
    ],
)
def test_rows_are_the_records_in_lists(body: bytes, held: int) -> None:
    assert orjson.loads(body)
    assert rows(body) == held


def test_rows_of_large_answers_are_counted_now_and_then() -> None:
    tally = Tally("Parcels")
    answers = [
        b'{"data":{"parcels":{"nodes":[%b]}}}' % b", ".join([b'{"id":"0192f3a0-1111-7abc-8def"}'] * size)
        for size in (100, 200, 400)
    ]
    for number in range(EVERY + 1):
        tally.answered(0.001, 1, answers[number % 3])
    truth = sum(rows(answers[number % 3]) for number in range(EVERY + 1))
    assert tally.rows == pytest.approx(truth, rel=0.02)


def test_an_operation_is_known_by_its_name_and_without_one_by_its_document() -> None:
    tallies = Tallies()
    assert tallies.of(digest(1), None) is None
    named = tallies.add(digest(1), None, "Person")
    assert tallies.of(digest(1), None) is named
    assert tallies.add(digest(2), "Person", "Person") is named
    assert tallies.add(digest(3), None, None).operation == "0" * 12
    assert tallies.add(digest(4), None, "x" * 500).operation == "x" * LONGEST_NAME


def test_labels_and_documents_stay_few() -> None:
    tallies = Tallies()
    for number in range(MOST_DOCUMENTS + MOST_OPERATIONS):
        tallies.add(digest(number), None, f"Q{number}").refusals["question.bad"] += 1
    assert len(tallies.operations) == MOST_OPERATIONS + 1
    assert tallies.named(OTHERS).refusals["question.bad"] == MOST_DOCUMENTS
    assert tallies.named(NONE).operation == NONE
    held = sum(tallies.of(digest(number), None) is not None for number in range(MOST_DOCUMENTS + MOST_OPERATIONS))
    assert 0 < held <= MOST_DOCUMENTS
