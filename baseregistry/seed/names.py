"""What people, streets and firms are called: frequent real words (names.csv), put together at random.

Family names follow their frequency among the Vietnamese, with the spellings of the centre (Huỳnh, Võ).  Order:
family, middle, given.  Whoever finds a real name here found a coincidence.
"""

import csv
from collections import defaultdict
from pathlib import Path
from random import Random

from baseregistry.seed.chance import Urn

KINH, CO_TU, GIE_TRIENG, XO_DANG, MNONG, CO = "01", "26", "27", "14", "20", "30"  # codes of population.ethnicity
MODERN = 1985  # born before, named Văn and Thị


def _urns() -> dict[str, Urn[str]]:
    words: dict[str, dict[str, float]] = defaultdict(dict)
    with (Path(__file__).parent / "names.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            words[row["list"]][row["word"]] = float(row["weight"])
    return {name: Urn(weights) for name, weights in words.items()}


WORDS = _urns()
STREETS, HAMLETS, FIRMS = WORDS["street"], WORDS["hamlet"], WORDS["firm"]


def full_name(random: Random, people: str, sex: str, born_in: int, family: str | None = None) -> tuple[str, str]:
    """The family name, and the whole name: ``Nguyễn``, ``Nguyễn Thị Ngọc Lan``.  `people` is a code of ethnicity."""
    family = family or WORDS[f"family {people}"].draw(random)
    if people in {CO_TU, GIE_TRIENG} and random.random() < 0.5:
        return family, f"{family} {WORDS[f'given {sex}'].draw(random)}"
    middle = WORDS[f"middle {'old' if born_in < MODERN else 'young'} {sex}"].draw(random)
    given = WORDS[f"given {sex}"].draw(random)
    while given in middle.split():
        given = WORDS[f"given {sex}"].draw(random)
    return family, f"{family} {middle} {given}"
