"""Whether time tells a record that is hidden from one that is not there: the same lookups of both, mixed at random."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from bench import tables
from bench.client import Client
from bench.province import Province
from bench.questions import SEED
from bench.servers import Target

WANTED, WARM_UP, IN_A_BATCH = 5.0, 300, 10  # per cent; lookups; keys
LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz"  # of a national parcel ID
FORMS = {
    "by id": "query($key: ID!) { parcel(id: $key) { id mapSheet } }",
    "by key": "query($key: String!) { parcel(nationalParcelId: $key) { id mapSheet } }",
    "by batch": "query($key: [ID!]!) { parcelBatch(id: $key) { items { node { id mapSheet } } } }",
    "by filter": "query($key: String!) { parcels(where: {nationalParcelId: {eq: $key}}, first: 5) { totalCount nodes { id mapSheet } } }",
}
ELSEWHERE = """SELECT p.record_id::text, p.national_parcel_id FROM land_parcel p JOIN administration_unit u ON u.record_id = p.commune
 AND u.recorded_to IS NULL AND u.valid @> now() WHERE p.recorded_to IS NULL AND p.valid @> now()
 AND p.national_parcel_id IS NOT NULL AND u.code <> %s ORDER BY p.digest LIMIT 20000"""


@dataclass
class Side:
    """Keys of one sort, and what their lookups took, in microseconds."""

    draw: Callable[[], object]
    spent: list[float] = field(default_factory=list)


def measure(province: Province, target: Target, unit: str, lookups: int) -> None:
    """Ask for parcels outside the commune `unit`, and for some that nobody has; print medians and how far they differ."""
    with province.connect() as connection:
        found = [(str(row[0]), str(row[1])) for row in connection.execute(ELSEWHERE, [unit])]
    ids, numbers = [one for one, _ in found], [number for _, number in found]
    chance, client = Random(SEED), Client(target)
    rows = []
    for form, query in FORMS.items():
        sides = _sides(form, chance, ids if form in {"by id", "by batch"} else numbers)
        _ask(client, query, sides, chance, WARM_UP)
        for side in sides.values():
            side.spent.clear()
        _ask(client, query, sides, chance, lookups)
        medians = [tables.of(side.spent, 0.5) for side in sides.values()]
        differ = 100 * (medians[0] / medians[1] - 1)
        rows.append([form, *(f"{median:,.1f}" for median in medians), f"{differ:+.1f} %"])
    client.close()
    title = f"What is hidden against what is not there, {lookups:,} lookups each; wanted: medians differ by under {WANTED:g} %"
    tables.show(title, ("lookup", "hidden, p50 µs", "not there, p50 µs", "difference"), rows)


def _sides(form: str, chance: Random, hidden: Sequence[str]) -> dict[str, Side]:
    def nobody() -> str:
        """A key that nobody has, of the same sort."""
        if form in {"by id", "by batch"}:
            return str(UUID(int=chance.getrandbits(128), version=4))
        return "".join(chance.choice(LETTERS) for _ in range(12))

    if form == "by batch":
        return {
            "hidden": Side(lambda: chance.sample(hidden, min(IN_A_BATCH, len(hidden)))),
            "absent": Side(lambda: [nobody() for _ in range(min(IN_A_BATCH, len(hidden)))]),
        }
    return {"hidden": Side(lambda: chance.choice(hidden)), "absent": Side(nobody)}


def _ask(client: Client, query: str, sides: dict[str, Side], chance: Random, times: int) -> None:
    order = [side for side in sides.values() for _ in range(times)]
    chance.shuffle(order)
    for side in order:
        answer = client.ask(query, {"key": side.draw()})
        if answer.codes or b"mapSheet" in answer.body:
            raise SystemExit(f"what is hidden or not there was answered: {answer.body[:500]!r}")
        side.spent.append(answer.seconds * 1e6)
