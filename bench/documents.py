"""Documents that nobody has sent before: aliases of their own, a choice of fields in an order of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bench.questions import Case

CODE = "code titleVi"
PERSON = (
    *("id", "fullName", "otherName", "birthDate", f"sex {{ {CODE} }}", f"status {{ {CODE} }}"),
    *("version { validFrom change { position agency } }", "deathDate", "birthplace { name }"),
)
PARCEL = ("id", "mapSheet", "parcelNumber", "documentedArea", "surveyedArea", "address", "commune { name }")


@dataclass(frozen=True)
class Keys:
    """What the questions of the bench are asked with."""

    people: Sequence[str]
    holders: Sequence[str]
    communes: Sequence[str]

    @classmethod
    def of(cls, asked: Sequence[Case]) -> "Keys":
        return cls(asked[0].keys, asked[1].keys, asked[2].keys)


def fresh(number: int, keys: Keys, chance: Random) -> tuple[str, dict[str, str]]:
    """The text of document `number`, and its variables."""
    name = f"Q{number}_{chance.randrange(1 << 60):x}"
    match chance.randrange(3):
        case 0:
            text = f"query {name}($key: String!) {{ person(personalId: $key) {{ {_chosen(PERSON, number, chance)} }} }}"
            return text, {"key": chance.choice(keys.people)}
        case 1:
            inner = f"nodes {{ share parcel {{ {_chosen(PARCEL, number, chance)} }} }}"
            text = (
                f"query {name}($key: String!) {{ person(personalId: $key) {{ id rights(first: 20) {{ {inner} }} }} }}"
            )
            return text, {"key": chance.choice(keys.holders)}
        case _:
            page = f"nodes {{ {_chosen(PARCEL, number, chance)} }} pageInfo {{ hasNextPage }}"
            text = f"query {name}($key: ID!) {{ parcels(where: {{commune: {{eq: $key}}}}, first: 10) {{ {page} }} }}"
            return text, {"key": chance.choice(keys.communes)}


def _chosen(fields: Sequence[str], number: int, chance: Random) -> str:
    chosen = chance.sample(fields, chance.randint(2, len(fields)))
    return " ".join(f"a{number}_{place}: {each}" for place, each in enumerate(chosen))
