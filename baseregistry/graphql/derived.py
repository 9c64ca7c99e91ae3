"""Derived fields in the schema: what each derivation answers with, and what it may be asked with."""

from functools import cache

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
)

from baseregistry import naming
from baseregistry.graphql.inputs import Scalars
from baseregistry.registries import derived as facts
from baseregistry.registries.declare import Declarations, Derived, Entity
from baseregistry.registries.derivations import Age, AgeAtLeast, Derivation, HeldBy, HoldsIn, Line, Percent

ON = "The day that is asked about; else the day of the moment asked, in the register's zone."
KIND = "Only rights of this kind (a code); else of any."
Arguments = dict[str, GraphQLArgument]


class DerivedFields:
    """The derived fields of one schema; the types that only they answer with are built once."""

    def __init__(self, declarations: Declarations, scalars: Scalars) -> None:
        self.declarations = declarations
        self.scalars = scalars
        self.certainty = cache(_certainty)
        self.age = cache(_age)

    def field(self, entity: Entity, derived: Derived) -> GraphQLField:
        """The field of one of them: what it says, what it is made of, how sensitive that is, and whose word."""
        made = ", ".join(f"`{name}`" for name in facts.ingredients(self.declarations, entity, derived))
        sensitivity = facts.sensitivity(self.declarations, entity, derived).value
        said = [f"{derived.title.en} ({derived.title.vi}).", derived.description, f"Derived from {made}."]
        said += [f"Sensitivity: {sensitivity}.", f"Source: {facts.sources(self.declarations, entity, derived)}."]
        return GraphQLField(
            self._output(derived.rule),
            args=self._arguments(derived.rule),
            description=" ".join(said),
            extensions={"declared": derived.name, "derived": True},
        )

    def _output(self, rule: Derivation) -> GraphQLOutputType:
        match rule:
            case AgeAtLeast():
                return self.certainty()
            case Age():
                return self.age()
            case Line():
                return GraphQLString
            case Percent():
                return self.scalars["Decimal"]
            case HoldsIn() | HeldBy():
                return GraphQLBoolean

    def _arguments(self, rule: Derivation) -> Arguments:
        on = GraphQLArgument(self.scalars["Date"], description=ON)
        kind = GraphQLArgument(GraphQLString, description=KIND)
        match rule:
            case AgeAtLeast():
                return {"years": GraphQLArgument(GraphQLNonNull(GraphQLInt), description="How many years."), "on": on}
            case Age():
                return {"on": on}
            case HoldsIn():
                unit = GraphQLArgument(self.scalars["ID"], description="The unit, by its id. Or give `unitCode`.")
                said = "The unit, by the code it bears at the moment asked; codes are recycled."
                code = GraphQLArgument(GraphQLString, description=said, out_name="unit_code")
                return {"unit": unit, naming.field("unit_code"): code, "kind": kind}
            case HeldBy():
                who = GraphQLArgument(GraphQLNonNull(self.scalars["ID"]), description="Who is asked about.")
                return {"holder": who, "kind": kind}
            case Line() | Percent():
                return {}


def _certainty() -> GraphQLEnumType:
    values = {
        "YES": "True, whichever of its possible days it was.",
        "NO": "False, whichever of its possible days it was.",
        "UNKNOWN": "It depends on what is not known.",
    }
    return GraphQLEnumType(
        "Certainty",
        {name: GraphQLEnumValue(name, description=said) for name, said in values.items()},
        description="An answer that may be left open by what is known only in part.",
    )


def _age() -> GraphQLObjectType:
    years = {"at_least": "Completed years at least.", "at_most": "Completed years at most."}
    return GraphQLObjectType(
        "Age",
        {
            naming.field(name): GraphQLField(
                GraphQLNonNull(GraphQLInt), description=said, extensions={"declared": name}
            )
            for name, said in years.items()
        },
        description="An age, as far as it is known.",
    )
