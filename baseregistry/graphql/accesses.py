"""Roots and types of the views of the access log: the data subject's, the agency's own, the auditor's.

Fields stand for the words of `registries/accesses.py`; each is granted by its own path.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
)

from baseregistry import naming
from baseregistry.graphql.entities import Entities
from baseregistry.graphql.fields import declared, page_arguments
from baseregistry.graphql.roots import Root
from baseregistry.registries.accesses import FORMS, SHOWN, View
from baseregistry.registries.answer.told import PERSON
from baseregistry.registries.question import Form

Keys = Mapping[str, tuple[str, ...]]
TEXT, TEXTS = GraphQLString, GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLString)))
OWN_CASES = "Cases that the portal knows to be the person's own: an access in one of them tells it, any other none."
SAID = {
    View.SUBJECT: (
        "SubjectAccess",
        "A request in which data about the person were told.",
        "Who saw what of one person, for which purpose and when, newest first; nothing of anybody else. What a law lets be"
        " shown later is left out until then. That it is read is in the log, too.",
    ),
    View.AGENCY: (
        "AgencyAccess",
        "A request of a client of the agency.",
        "What the clients of the caller's own agency asked, and what they were told or refused, newest first.",
    ),
    View.LOG: (
        "LoggedAccess",
        "A request in the access log.",
        "The access log of all agencies, newest first: for whoever audits it. That it is read is in the log, too.",
    ),
}


class Accesses:
    """The types of one schema."""

    def __init__(self, types: Entities) -> None:
        self.types = types
        self.how = _enum("AccessHow", {"OPENED": "Asked for by a key.", "SEARCH_HIT": "Found by a search."}, {})
        told = {form.upper(): f"Logged as `{form}`." for form in FORMS}
        self.form = _enum("AccessForm", told, {form.upper(): form for form in FORMS})
        self.agency = _object("AccessAgency", "Who asked.", {"code": TEXT, "name_vi": TEXT, "name_en": TEXT})
        words = {"code": TEXT, "title_vi": TEXT, "title_en": TEXT, "legal_basis": TEXT}
        self.purpose = _object("AccessPurpose", "What for.", words)
        field = _object("AccessField", "A field that was told.", {"name": TEXT, "title_vi": TEXT, "title_en": TEXT})
        of_level: dict[str, GraphQLOutputType] = {
            "entity": TEXT,
            "title_vi": TEXT,
            "title_en": TEXT,
            "how": self.how,
            "fields": _list(field),
        }
        self.told = _object("AccessTold", "What was told of records of one sort.", of_level)
        self.level = _object(
            "AccessLevel",
            "What was asked of records of one sort, and by what they were found.",
            {**of_level, "conditions": TEXTS},
        )
        ids = types.scalars["ID"]
        record: dict[str, GraphQLOutputType] = {
            "entity": TEXT,
            "record_id": ids,
            "version": types.scalars["Position"],
            "subject": ids,
            "how": self.how,
        }
        self.record = _object("AccessRecord", "A record that was told, and whom it is about.", record)

    def roots(self, person: Mapping[str, GraphQLArgument], ways: Keys) -> dict[str, GraphQLField]:
        """The root fields; `person` and `ways`: how a person is named."""
        asked = {
            "asked": GraphQLArgument(self.types.inputs.period, description="Asked in this period."),
            **page_arguments(),
        }
        texts = {"client": "By this client.", "official": "On behalf of this official.", "purpose": "For this purpose."}
        named = {**texts, "case": "In this case (X-Case)."}
        narrowed = {name: GraphQLArgument(GraphQLString, description=said) for name, said in named.items()}
        narrowed["forms"] = GraphQLArgument(
            GraphQLList(GraphQLNonNull(self.form)), description="Of one of these forms."
        )
        ids = self.types.scalars["ID"]
        whose = {
            "agency": GraphQLArgument(GraphQLString, description="By this agency (its code)."),
            "record": GraphQLArgument(ids, description="That told of this record."),
            "subject": GraphQLArgument(ids, description="That told of this person."),
        }
        cases = GraphQLList(GraphQLNonNull(GraphQLString))
        own = {"ownCases": GraphQLArgument(cases, out_name="own_cases", description=OWN_CASES)}
        return {
            "subjectAccess": self._root(View.SUBJECT, {**person, **own, **asked}, ways),
            "agencyAccess": self._root(View.AGENCY, {**narrowed, **asked}),
            "accessLog": self._root(View.LOG, {**whose, **narrowed, **asked}),
        }

    def _root(self, view: View, args: dict[str, GraphQLArgument], ways: Keys | None = None) -> GraphQLField:
        name, one, all_of_it = SAID[view]
        node = GraphQLObjectType(name, {naming.field(word): self._field(word) for word in SHOWN[view]}, description=one)
        page = GraphQLNonNull(self.types.feeds.connection(node, f"{name}Connection", self.types.page_info))
        root = Root(PERSON if view is View.SUBJECT else view.value, Form.ACCESS, ways or {}, view)
        return GraphQLField(page, args=args, resolve=_answered, description=all_of_it, extensions={"root": root})

    def _field(self, word: str) -> GraphQLField:
        kind, description = self._kinds()[word]
        args = {"first": page_arguments()["first"]} if word == "records" else None
        return declared(kind, word, description, args)

    def _kinds(self) -> dict[str, tuple[GraphQLOutputType, str]]:
        instant, whole = GraphQLNonNull(self.types.scalars["DateTime"]), GraphQLInt
        return {
            "at": (instant, "When it was asked."),
            "answered_at": (instant, "When the answer was ready to leave."),
            "agency": (self.agency, "The agency, as it was called then."),
            "official": (TEXT, "The official, by the pseudonym that his agency can resolve."),
            "role": (self.types.code, "The official's role."),
            "purpose": (self.purpose, "The purpose, as it was worded then."),
            "legal_bases": (TEXTS, "The laws of the grants under which it was answered."),
            "case_id": (TEXT, "The case that was named."),
            "told": (_list(self.told), "What was told of the person, in words."),
            "levels": (_list(self.level), "What was asked, and by what it was found."),
            "client": (TEXT, "The client that asked."),
            "caller": (TEXT, "The subject of its token."),
            "form": (GraphQLNonNull(self.form), "As what it was logged."),
            "operation": (TEXT, "The name of the operation."),
            "document": (TEXT, "SHA-256 of the document."),
            "paths": (TEXTS, "All paths that were asked."),
            "status": (whole, "The status of the response."),
            "code": (TEXT, "The code of the refusal."),
            "record_count": (whole, "How many rows of records and subjects it told."),
            "records": (_list(self.record), "The records that it told."),
            "position": (self.types.scalars["Position"], "The group that committed it: its place in the chain."),
            "place": (whole, "Its place in the group."),
            "head": (TEXT, "The head of the chain after its group."),
            "answer": (TEXT, "SHA-256 of the bytes of the answer."),
            "asked_hash": (TEXT, "Keyed hashes of the personal values that were asked by."),
            "known": (TEXT, "The ledger positions that it was answered from; of `REFUSALS` how many there were."),
            "valid_at": (TEXT, "The moments in the world that it was answered for."),
        }


def _answered(root: Mapping[str, Any], info: Any, **_: Any) -> Any:
    """As `schema._answered`: the fragment waits under its key."""
    return root[str(info.path.key)]


def _object(name: str, description: str, fields: Mapping[str, GraphQLOutputType]) -> GraphQLObjectType:
    made = {naming.field(word): declared(kind, word, WORDS[word]) for word, kind in fields.items()}
    return GraphQLObjectType(name, made, description=description)


WORDS = {
    "code": "Its code.",
    "name_vi": "Its name in Vietnamese.",
    "name_en": "Its name in English.",
    "title_vi": "In Vietnamese.",
    "title_en": "In English.",
    "legal_basis": "The law that sets it.",
    "name": "As a document asks for it.",
    "entity": "The entity (land.parcel).",
    "how": "Whether it was opened or found by a search.",
    "fields": "The fields that were told.",
    "conditions": "By what it was found.",
    "record_id": "The record.",
    "version": "The ledger position that wrote the version.",
    "subject": "The person whom it is about.",
}


def _list(kind: GraphQLOutputType) -> GraphQLOutputType:
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(kind)))


def _enum(name: str, values: Mapping[str, str], inner: Mapping[str, str]) -> GraphQLEnumType:
    made = {value: GraphQLEnumValue(inner.get(value, value), description=said) for value, said in values.items()}
    return GraphQLEnumType(name, made, description=f"{name.removeprefix('Access')} of an access.")
