"""How many people live where, and in which portions the province is loaded.

A portion is some communes, or a part of one, with about as many people as one change should carry.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from baseregistry.seed.cells import Cells
from baseregistry.seed.gazetteer import Gazetteer, Place

PORTION = 10_000  # people whose records one change may carry
LEAST_PORTION = 1_500
LEAST_PEOPLE = 25  # a commune with fewer people is left empty
PER_KM2 = 1.2  # weight that one square kilometre of a cell can carry
SPLIT_SHARE = 3  # a commune that will be split gets at least this many times the least


@dataclass(frozen=True, slots=True)
class Settlement:
    """People of one old commune, or of a part of it.  `whole`: how many live in all of the commune."""

    place: Place
    people: int
    whole: int


Portion = tuple[Settlement, ...]


def portions(gazetteer: Gazetteer, cells: Cells, people: int) -> list[Portion]:
    """Share `people` out over the old communes, and these into portions, district by district."""
    size = max(LEAST_PORTION, min(PORTION, people // 8))
    ready: list[Portion] = []
    waiting: list[Settlement] = []
    for settlement in _settlements(gazetteer, cells, people, size):
        if waiting and sum(one.people for one in waiting) + settlement.people > size:
            ready.append(tuple(waiting))
            waiting = []
        waiting.append(settlement)
    return [*ready, tuple(waiting)] if waiting else ready


def _settlements(gazetteer: Gazetteer, cells: Cells, people: int, size: int) -> Iterator[Settlement]:
    for place, whole in _shares(gazetteer, cells, people):
        parts = -(-whole // size)
        for part in range(parts):
            yield Settlement(place, whole // parts + (part < whole % parts), whole)


def _shares(gazetteer: Gazetteer, cells: Cells, people: int) -> list[tuple[Place, int]]:
    """The people of each commune: by its kind, within what its cell can carry; few people fill few communes."""
    split = {one.old for one in gazetteer.successors if not one.whole}
    places = _inhabited(gazetteer, people, split)
    weights = {place.code: _weight(place, cells) for place in places}
    least = min(LEAST_PEOPLE, max(1, people // len(places)))
    left, unit = people, sum(weights.values())
    shares = []
    for place in places:
        wanted = round(people * weights[place.code] / unit)
        share = min(left, max(wanted, least * (SPLIT_SHARE if place.code in split else 1)))
        shares.append((place, share))
        left -= share
    return [(place, share + (left if place is places[-1] else 0)) for place, share in shares if share]


def _inhabited(gazetteer: Gazetteer, people: int, split: set[str]) -> list[Place]:
    """All communes, or, for few people, every n-th and the one that will be split."""
    communes = gazetteer.communes
    count = max(1, min(len(communes), people // (2 * LEAST_PEOPLE)))
    chosen = {communes[round(number * (len(communes) - 1) / max(1, count - 1))].code for number in range(count)} | split
    return [place for place in communes if place.code in chosen]


def _weight(place: Place, cells: Cells) -> float:
    wanted = {"PHUONG": 2.2, "THI_TRAN": 1.5}.get(place.kind, 0.45 if place.mountain else 1.0)
    return min(wanted, PER_KM2 * float(cells.old[place.code].area) / 1e6)
