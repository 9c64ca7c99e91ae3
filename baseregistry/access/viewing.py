"""What is needed to look into the access log: each field of each view by its own path (``subjectAccess.purpose``).

A view lies in no unit, so no grant that is bound to units opens one; and nothing of it is public.
"""

from collections.abc import Iterator

from baseregistry import naming
from baseregistry.access.levels import Needs, unknown
from baseregistry.access.needs import Need, Sort
from baseregistry.registries.accesses import SHOWN, View
from baseregistry.registries.question import Accesses, Field

PERSONAL = frozenset({"case_id", "caller", "official", "told", "records", "asked_hash"})
ROOTS = {naming.field(view.value): frozenset(naming.field(name) for name in names) for view, names in SHOWN.items()}
BY = {
    "official": "official",
    "case": "case_id",
    "record": "records",
    "subject": "records",
}  # filters, and the fields they look at


def needs(asked: Accesses, fields: tuple[Field, ...]) -> Needs:
    """What a page of a view delivers, and what it is narrowed by; naming the person is part of the subject's view."""
    yield Need(root(asked.view), "__typename", "__typename", "", Sort.THERE)
    for field in _shown(fields):
        if field.name in SHOWN[asked.view]:
            yield _need(asked.view, field.name)
        elif field.name != "__typename":
            raise unknown(f"the field {field.name!r} of {asked.view.value}")
    for word, name in BY.items():
        if getattr(asked, word) is not None:
            yield _need(asked.view, name, condition=True)


def root(view: View) -> str:
    """What the view is called in paths."""
    return naming.field(view.value)


def _need(view: View, name: str, *, condition: bool = False) -> Need:
    field = naming.field(name)
    return Need(root(view), name, field, "", Sort.FACT, personal=name in PERSONAL, condition=condition)


def _shown(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        match field.name:
            case "nodes":
                yield from field.fields
            case "edges":
                yield from (one for inner in field.fields if inner.name == "node" for one in inner.fields)
            case "page_info" | "__typename":
                pass
            case _:
                raise unknown(f"the field {field.name!r} of a page of accesses")
