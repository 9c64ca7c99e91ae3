"""The types that say on whose word a fact stands: `Version` and `Change`."""

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
)

from baseregistry import naming
from baseregistry.graphql.inputs import Scalars

KINDS = {
    "REGISTRATION": "A fact was registered for the first time.",
    "REAL_WORLD_CHANGE": "The world changed.",
    "CORRECTION": "The register was wrong and now says what was so all along.",
    "REORGANISATION": "Units were reorganised and many records moved with them.",
    "RETRACTION": "What was registered was never so.",
    "REDACTION": "A value was destroyed by law; its hash stays.",
}


def version_type(scalars: Scalars) -> GraphQLObjectType:
    """``Version``: the two times of the facts delivered, and the changes behind them."""
    instant, position = scalars["DateTime"], GraphQLNonNull(scalars["Position"])
    change = GraphQLNonNull(change_type(scalars))
    return GraphQLObjectType(
        "Version",
        _fields(
            ("valid_from", instant, "When it began to hold in the world; null: unknown, or always."),
            ("valid_to", instant, "When it ceased to hold (exclusive); null: still does."),
            ("recorded_from", position, "The ledger position from which the register believed it."),
            ("recorded_to", scalars["Position"], "The position from which it no longer did; null: still does."),
            ("digest", GraphQLNonNull(GraphQLString), "The salted digest of its facts (hexadecimal)."),
            ("redacted", GraphQLList(GraphQLNonNull(GraphQLString)), "Attributes whose values were destroyed by law."),
            ("change", change, "The change on whose word these facts stand."),
            ("written_by", change, "The change that wrote this row; another one where a remainder was written again."),
        ),
        description="A version of a record: when its facts held, when the register believed them, and why.",
    )


def change_type(scalars: Scalars) -> GraphQLObjectType:
    """``Change``: one entry of the ledger."""
    instant, text = scalars["DateTime"], GraphQLNonNull(GraphQLString)
    kind = GraphQLEnumType(
        "ChangeKind",
        {name: GraphQLEnumValue(name, description=said) for name, said in KINDS.items()},
        description="What sort of change it was.",
    )
    return GraphQLObjectType(
        "Change",
        _fields(
            ("position", GraphQLNonNull(scalars["Position"]), "Its place in the ledger; places have no gaps."),
            ("recorded_at", GraphQLNonNull(instant), "When it was recorded here."),
            ("kind", GraphQLNonNull(kind), "What sort of change it was."),
            ("event", GraphQLString, "Code of the event at the source (a transfer, a split, a death)."),
            ("agency", text, "The agency on whose authority it was made."),
            ("document_number", GraphQLString, "Number of the document it stands on."),
            ("document_date", scalars["Date"], "Date of that document."),
            ("document_digest", GraphQLString, "Digest of that document (hexadecimal)."),
            ("legal_basis", GraphQLString, "The law that allows it."),
            ("reason", GraphQLString, "Why it was made."),
            ("case_id", GraphQLString, "The case in which it was made."),
            ("recorded_by", text, "Who recorded it."),
            ("approved_by", GraphQLString, "Who approved it; never the one who recorded it."),
            ("source_recorded_at", instant, "When the source registered it (the third clock)."),
            ("feed", GraphQLNonNull(GraphQLBoolean), "Whether it came through the source agency's own feed."),
            ("synthetic", GraphQLNonNull(GraphQLBoolean), "Whether it was made up for a sample or a test."),
            ("schema_edition", text, "The schema edition under which it was written."),
            ("digest", text, "The digest of the change (hexadecimal)."),
            ("head", text, "The head of the ledger's chain after it (hexadecimal)."),
        ),
        description="One entry of the ledger: a business transaction with its whole provenance.",
    )


def _fields(*said: tuple[str, GraphQLOutputType, str]) -> dict[str, GraphQLField]:
    return {
        naming.field(name): GraphQLField(kind, description=description, extensions={"declared": name})
        for name, kind, description in said
    }
