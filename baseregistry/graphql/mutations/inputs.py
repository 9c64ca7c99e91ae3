"""What a client may state: for every entity and verb of the declarations one field of `ActInput`, exactly one of which
is given.

Required attributes are non-null where a record is registered; a change names only what it changes.  Coerced values
carry the declared names (`out_name`).
"""

from collections.abc import Iterator
from functools import cache

from graphql import (
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
)

from baseregistry import naming
from baseregistry.graphql.inputs import Scalars, input_scalar
from baseregistry.graphql.mutations.geometry import geometry_scalar
from baseregistry.registries.acts import Verb
from baseregistry.registries.declare import Attribute, Declarations, Entity, Geometry, Reference

MOST_ACTS = 10_000  # of one change
MOST_ON_ONE = 100  # of them on one record: each is composed after the one before
FROM = "From this moment on; absent: as far back as can be (an unknown begin)."
TO = "Up to this moment, exclusive; absent: for good."
EXPECTED = (
    "The `version.digest` that was read of the record, for the moment at which this act begins. If another version is "
    "believed there by now, the change is refused as `versions.stale`, which shows that one."
)
ACROSS = "Say on purpose that an open end goes over facts already known for later; else that is refused."
RECORD_ID = "The record's identity."


def act_name(verb: Verb, entity: Entity) -> str:
    """``registerParcel``: the field of `ActInput`."""
    return f"{verb.value}{naming.type_name(entity.full_name)}"


def verbs(entity: Entity) -> tuple[Verb, ...]:
    """What can be said of a record: only a relation ends, what else ceases gets a status."""
    return tuple(verb for verb in Verb if verb is not Verb.END or entity.relation)


def said_by(declarations: Declarations) -> dict[str, tuple[Verb, Entity]]:
    """What each field of `ActInput` says, and of which entity."""
    entities = declarations.entities.values()
    return {act_name(verb, entity): (verb, entity) for entity in entities for verb in verbs(entity)}


class ChangeInputs:
    """The input types of mutations, each built once."""

    def __init__(self, declarations: Declarations, scalars: Scalars, kind: GraphQLEnumType) -> None:
        self.declarations = declarations
        self.scalars = scalars
        self.kind = kind
        self.record = cache(self._record)
        self.geometry = cache(self._geometry)
        self.end = cache(self._end)
        self.retraction = cache(self._retraction)

    def change(self) -> GraphQLInputObjectType:
        """``ChangeInput``."""
        acts = GraphQLNonNull(GraphQLList(GraphQLNonNull(self._act())))
        return _object(
            "ChangeInput",
            "One change: acts that are believed together or not at all, on somebody's word.",
            _field(
                "idempotencyKey",
                GraphQLNonNull(GraphQLString),
                "The caller's own name for this request, of at most 200 characters (a UUID will do). Sent again with "
                "the same content, the first result is told again; with another content it is refused.",
                "key",
            ),
            _field("provenance", GraphQLNonNull(self._provenance()), "On whose word the change stands."),
            _field("acts", acts, f"What is said, in this order; from 1 to {MOST_ACTS:,} acts."),
        )

    def _act(self) -> GraphQLInputObjectType:
        fields = (
            _field(name, self._said(verb, entity), _described(verb, entity))
            for name, (verb, entity) in said_by(self.declarations).items()
        )
        return GraphQLInputObjectType(
            "ActInput", dict(fields), is_one_of=True, description="One act on one record: exactly one field is given."
        )

    def _said(self, verb: Verb, entity: Entity) -> GraphQLInputObjectType:
        match verb:
            case Verb.REGISTER:
                return self._registration(entity)
            case Verb.CHANGE:
                return self._alteration(entity)
            case Verb.END:
                return self.end()
            case Verb.RETRACT:
                return self.retraction()

    def _registration(self, entity: Entity) -> GraphQLInputObjectType:
        name = naming.type_name(entity.full_name)
        return _object(
            f"Register{name}Input",
            f"A {entity.title.en.lower()} that is registered.",
            _field("id", self.scalars["ID"], "The record's identity, when the client chooses it; else one is made."),
            _field("local", GraphQLString, "A name by which other acts of this change refer to this record."),
            _field("from", self.scalars["DateTime"], FROM, "begin"),
            _field("to", self.scalars["DateTime"], TO, "end"),
            _field("values", GraphQLNonNull(self._values(entity)), "What is registered of it."),
        )

    def _alteration(self, entity: Entity) -> GraphQLInputObjectType:
        name = naming.type_name(entity.full_name)
        return _object(
            f"Change{name}Input",
            f"Attributes of a {entity.title.en.lower()} that take other values.",
            _field("id", GraphQLNonNull(self.scalars["ID"]), RECORD_ID),
            _field("from", self.scalars["DateTime"], FROM, "begin"),
            _field("to", self.scalars["DateTime"], TO, "end"),
            _field(
                "values", GraphQLNonNull(self._patch(entity)), "What changes: absent is untouched, null is emptied."
            ),
            _flag("overLaterFacts", ACROSS, "across"),
            _field("expectedVersion", GraphQLString, EXPECTED, "expected"),
        )

    def _end(self) -> GraphQLInputObjectType:
        return _object(
            "EndInput",
            "A relation that holds no longer.",
            _field("id", GraphQLNonNull(self.scalars["ID"]), RECORD_ID),
            _field("at", GraphQLNonNull(self.scalars["DateTime"]), "The first moment at which it holds no longer."),
            _flag("overLaterFacts", ACROSS, "across"),
            _field("expectedVersion", GraphQLString, EXPECTED, "expected"),
        )

    def _retraction(self) -> GraphQLInputObjectType:
        return _object(
            "RetractInput",
            "What was never so.",
            _field("id", GraphQLNonNull(self.scalars["ID"]), RECORD_ID),
            _field("from", self.scalars["DateTime"], FROM, "begin"),
            _field("to", self.scalars["DateTime"], TO, "end"),
            _field("expectedVersion", GraphQLString, EXPECTED, "expected"),
        )

    def _values(self, entity: Entity) -> GraphQLInputObjectType:
        name = naming.type_name(entity.full_name)
        fields = self._attributes(entity, patch=False)
        return _object(f"{name}Values", f"The facts of a {entity.title.en.lower()}.", *fields)

    def _patch(self, entity: Entity) -> GraphQLInputObjectType:
        name = naming.type_name(entity.full_name)
        fields = self._attributes(entity, patch=True)
        return _object(f"{name}Patch", f"Some facts of a {entity.title.en.lower()}.", *fields)

    def _attributes(self, entity: Entity, *, patch: bool) -> Iterator[tuple[str, GraphQLInputField]]:
        for attribute in entity.attributes:
            kind: GraphQLInputType = self._kind(attribute)
            described = f"{attribute.title.en} ({attribute.title.vi}). {attribute.description}"
            if attribute.required and not patch:
                kind = GraphQLNonNull(self._kind(attribute))
            yield _field(naming.field(attribute.name), kind, described, attribute.name)

    def _kind(self, attribute: Attribute) -> GraphQLScalarType | GraphQLInputObjectType:
        match attribute.kind:
            case Reference():
                return self.record()
            case Geometry():
                return self.geometry()
            case kind:
                return input_scalar(kind, self.scalars)

    def _record(self) -> GraphQLInputObjectType:
        fields = (
            _field(
                "id", self.scalars["ID"], "A record that is registered, or that this change registers with this id."
            ),
            _field("local", GraphQLString, "The record that this change registers under this name."),
        )
        described = "The record that is referred to: exactly one field is given."
        return GraphQLInputObjectType("RecordInput", dict(fields), is_one_of=True, description=described)

    def _geometry(self) -> GraphQLInputObjectType:
        return _object(
            "GeometryInput",
            "A geometry and the coordinate reference system of its coordinates. In the storage CRS it is kept as it is.",
            _field("geoJson", GraphQLNonNull(geometry_scalar()), "The geometry, easting or longitude first."),
            _field("crs", GraphQLNonNull(self.scalars["CRS"]), "The system of its coordinates."),
        )

    def _provenance(self) -> GraphQLInputObjectType:
        instant, day = self.scalars["DateTime"], self.scalars["Date"]
        return _object(
            "ProvenanceInput",
            "On whose word a change stands. Who records it is the subject of the caller's token.",
            _field("kind", GraphQLNonNull(self.kind), "What sort of change it is."),
            _field("agency", GraphQLNonNull(GraphQLString), "The agency on whose authority it is made."),
            _field("event", GraphQLString, "Code of the event at the source (a transfer, a split, a death)."),
            _field("documentNumber", GraphQLString, "Number of the document it stands on.", "document_number"),
            _field("documentDate", day, "Date of that document.", "document_date"),
            _field("documentDigest", GraphQLString, "SHA-256 of that document (hexadecimal).", "document_digest"),
            _field("legalBasis", GraphQLString, "The law that allows it.", "legal_basis"),
            _field("reason", GraphQLString, "Why it is made."),
            _field("caseId", GraphQLString, "The case in which it is made.", "case"),
            _field(
                "approvedBy",
                GraphQLString,
                "Who approved it: a correction or retraction needs somebody else than who records it.",
                "approved_by",
            ),
            _field("sourceRecordedAt", instant, "When the source registered it.", "source_recorded_at"),
            _flag("feed", "The source agency's own feed, which needs no second pair of eyes here.", "feed"),
        )


def _described(verb: Verb, entity: Entity) -> str:
    titled = f"{entity.title.en} ({entity.title.vi})"
    match verb:
        case Verb.REGISTER:
            return f"{titled}: it holds from a moment on, and nothing was believed there before."
        case Verb.CHANGE:
            return f"{titled}: the attributes named take these values, through the whole period."
        case Verb.END:
            return f"{titled}: it holds no longer, from a moment on."
        case Verb.RETRACT:
            return f"{titled}: it was never so, through the whole period."


def _object(name: str, description: str, *fields: tuple[str, GraphQLInputField]) -> GraphQLInputObjectType:
    return GraphQLInputObjectType(name, dict(fields), description=description)


def _field(
    name: str, kind: GraphQLInputType, description: str, out_name: str | None = None
) -> tuple[str, GraphQLInputField]:
    return name, GraphQLInputField(kind, description=description, out_name=out_name)


def _flag(name: str, description: str, out_name: str) -> tuple[str, GraphQLInputField]:
    kind, no = GraphQLNonNull(GraphQLBoolean), GraphQLDefaultInput(False)
    return name, GraphQLInputField(kind, default=no, description=description, out_name=out_name)
