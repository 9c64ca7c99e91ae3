"""Values for the variables of a document of which none were given: any that its types let pass.

What is allowed depends on the shape of the variables and not on their values, but for flags and enumerations: of those the
first is supposed, a flag is false.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_nullable_type,
    is_required_input_field,
)

from baseregistry.graphql.plans import Known

SCALARS: Mapping[str, Any] = {
    "Boolean": False,
    "Int": 1,
    "Float": 1.0,
    "String": "1",
    "ID": "00000000-0000-4000-8000-000000000001",
    "Date": "2000-01-01",
    "PartialDate": "2000",
    "DateTime": "2000-01-01T00:00:00Z",
    "Decimal": "1",
    "Fraction": "1/1",
    "Position": "0",
    "CRS": "CRS84",
    "GeoJSON": {"type": "Point", "coordinates": [108.0, 16.0]},
}


def variables(known: Known, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, and a value for each variable that must be given and was not."""
    found = dict(given)
    for variable in known.variables.declared:
        required = isinstance(variable.kind, GraphQLNonNull) and variable.name not in known.variables.defaults
        if required and variable.name not in found:
            found[variable.name] = value(variable.kind)
    return found


def value(kind: GraphQLInputType) -> Any:
    """A value of `kind`, with as little in it as may be."""
    match get_nullable_type(kind):
        case GraphQLList(of_type=of_type):
            return [value(of_type)]
        case GraphQLEnumType(values=values):
            return next(iter(values))
        case GraphQLInputObjectType(fields=fields, is_one_of=one_of):
            wanted = [name for name, field in fields.items() if is_required_input_field(field)]
            return {name: value(fields[name].type) for name in (list(fields)[:1] if one_of else wanted)}
        case scalar:
            return SCALARS.get(getattr(scalar, "name", ""), Undefined)
