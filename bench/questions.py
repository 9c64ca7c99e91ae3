"""The questions that are measured: what each target is asked, with which keys, and whether two answers say the same."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from bench import load_generator
from bench.province import Province

SEED = 49

POINT = """query Person($key: String!) { person(personalId: $key) { id fullName otherName birthDate sex { code } status { code }
 version { validFrom change { position recordedAt kind agency documentNumber recordedBy } } } }"""
POINT_PEER = """query Person($key: String!) { person: personByPersonalId(personalId: $key) { id: rowId fullName otherName birthDate sex
 status validFrom change: changeByChange { position recordedAt kind agency documentNumber recordedBy } } }"""

RIGHTS = """query Rights($key: String!) { person(personalId: $key) { id fullName rights(first: 20) { nodes { id kind { code } share
 parcel { id mapSheet parcelNumber documentedArea address } } } } }"""
RIGHTS_PEER = """query Rights($key: String!) { person: personByPersonalId(personalId: $key) { id: rowId fullName
 rights: landRightsByHolder(first: 20) { nodes { id: rowId kind share
 parcel: parcelByParcel { id: rowId mapSheet parcelNumber documentedArea address } } } } }"""

PARCEL = "mapSheet parcelNumber documentedArea surveyedArea nationalParcelId address"
PARCELS = f"""query Parcels($key: ID!) {{ parcels(where: {{commune: {{eq: $key}}}}, first: ROWS)
 {{ nodes {{ id {PARCEL} status {{ code }} }} }} }}"""
PARCELS_PEER = f"""query Parcels($key: UUID!) {{ parcels: allParcels(condition: {{commune: $key}}, first: ROWS)
 {{ nodes {{ id: rowId {PARCEL} status }} }} }}"""
PARCELS_PLAIN = f"""query Parcels($key: ID!) {{ parcels(commune: $key, first: ROWS)
 {{ nodes {{ id {PARCEL} status {{ code }} }} }} }}"""

SEARCH = """query Search($key: String!) { persons(where: {fullName: {search: $key}}, first: 20) {
 nodes { id fullName birthDate status { code } } } }"""

# In the order of a digest: at random, and the same ones each time.
NUMBERS = """SELECT number FROM population_identifier WHERE scheme = 'PERSONAL_ID'
 AND recorded_to IS NULL AND valid @> now() ORDER BY key_number LIMIT 20000"""
HOLDERS = """SELECT number FROM population_identifier i WHERE scheme = 'PERSONAL_ID' AND recorded_to IS NULL AND valid @> now()
 AND EXISTS (SELECT FROM land_right r WHERE r.holder = i.person AND r.recorded_to IS NULL AND r.valid @> now())
 ORDER BY key_number LIMIT 20000"""
NAMES = """SELECT full_name FROM population_person WHERE recorded_to IS NULL AND valid @> now()
 ORDER BY digest LIMIT 5000"""
COMMUNES = """SELECT commune::text FROM land_parcel WHERE recorded_to IS NULL AND valid @> now()
 GROUP BY commune ORDER BY count(*) DESC LIMIT 30"""


@dataclass(frozen=True)
class Case:
    """One question, as each target spells it, and the keys to ask it with."""

    name: str
    queries: Mapping[str, str]
    keys: Sequence[str]

    def bodies(self, target: str) -> list[bytes]:
        return load_generator.bodies(self.queries[target], [{"key": key} for key in self.keys])


def cases(province: Province) -> list[Case]:
    """The questions, with keys of this province.  The communes are those with most parcels; of a small province they hold
    fewer than 1,000 each."""
    with province.connect() as connection:
        numbers, holders, communes = (
            [str(row[0]) for row in connection.execute(statement)] for statement in (NUMBERS, HOLDERS, COMMUNES)
        )
    return [
        Case("person by personal ID, 6 fields + provenance", _spelled(POINT, POINT_PEER), numbers),
        Case("person → rights → parcels", _spelled(RIGHTS, RIGHTS_PEER), holders),
        _parcels(100, communes),
        _parcels(1000, communes),
    ]


def searches(province: Province) -> list[Case]:
    """Names that are searched for: whole ones, without diacritics and in any order of their words; and the commonest beginnings,
    which thousands bear."""
    with province.connect() as connection:
        names = [str(row[0]) for row in connection.execute(NAMES)]
    chance = Random(SEED)
    plain = [folded(name).split() for name in names]
    shuffled = [" ".join(chance.sample(words, len(words))) for words in plain]
    common = [beginning for beginning, _ in Counter(" ".join(words[:2]) for words in plain).most_common(20)]
    return [
        Case("name search, whole name, any order", {"ours": SEARCH}, shuffled),
        Case("name search, as registered", {"ours": SEARCH}, names),
        Case("name search, the 20 commonest beginnings", {"ours": SEARCH}, common),
    ]


def folded(name: str) -> str:
    """A name without diacritics, in lower case."""
    apart = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).lower()


def _spelled(query: str, peer: str, plain: str | None = None) -> dict[str, str]:
    return {"ours": query, "strawberry": plain or query, "empty": query, "postgraphile": peer}


def _parcels(rows: int, communes: Sequence[str]) -> Case:
    queries = [text.replace("ROWS", str(rows)) for text in (PARCELS, PARCELS_PEER, PARCELS_PLAIN)]
    return Case(f"{rows:,} parcels x 8 fields", _spelled(*queries), communes)


def leaves(data: Any) -> list[Any]:
    """The values of an answer in the order of its document, each list opened by its length.

    Two targets name and nest fields each in its own way; where their documents ask in the same order, equal facts make
    equal leaves.  Instants are written with `Z`.
    """
    return list(_leaves(data))


def _leaves(data: Any) -> Iterator[Any]:
    match data:
        case dict():
            for value in data.values():
                yield from _leaves(value)
        case list():
            yield len(data)
            for value in data:
                yield from _leaves(value)
        case str() if data.endswith("+00:00"):
            yield data.removesuffix("+00:00") + "Z"
        case _:
            yield data


def refuse_different(case: Case, answered: Mapping[str, Mapping[str, Any]], key: str) -> None:
    """End the bench when two targets say something different, or an answer has errors or finds nothing."""
    for name, answer in answered.items():
        if answer.get("errors") or not any(answer["data"].values()):
            raise SystemExit(f"{case.name}: {name} does not answer for {key}: {str(answer)[:500]}")
    facts = {name: leaves(answer["data"]) for name, answer in answered.items()}
    first, *others = facts
    for other in others:
        if facts[other] != facts[first]:
            raise SystemExit(
                f"{case.name}: {first} and {other} answer differently for {key}:\n{facts[first]}\n{facts[other]}"
            )
