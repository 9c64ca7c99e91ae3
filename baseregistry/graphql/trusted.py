"""Documents held to the schema, to what is granted and to what may be asked at once, before anybody calls them.

So a client hears at its release, and an installation at its migration, what else would be heard from a call.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from graphql import GraphQLSchema, OperationDefinitionNode, OperationType, print_schema

from baseregistry import errors
from baseregistry.access.grants import GrantSet
from baseregistry.access.manifests import Listed
from baseregistry.errors import RegisterError
from baseregistry.graphql import cost, limits, permits
from baseregistry.graphql.documents import understood
from baseregistry.graphql.limits import Limits
from baseregistry.graphql.mutations.changed import check_changed
from baseregistry.graphql.plans import Compile, Known, Plans, operation_of
from baseregistry.graphql.questions import Translation, translate
from baseregistry.graphql.refusals import Rejected
from baseregistry.graphql.requests import Asked
from baseregistry.graphql.samples import Samples, whole
from baseregistry.registries.answer import following


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of a document: the name and the type of its operation, its cost in points, the paths it asks."""

    listed: Listed
    operation: str
    kind: str
    cost: int
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a document cannot be trusted: a code, words, and the paths that are not granted."""

    listed: Listed
    code: str
    message: str
    missing: tuple[str, ...] = ()


class Checker:
    """Checks documents against one schema."""

    def __init__(self, schema: GraphQLSchema, compile_questions: Compile, most: Limits) -> None:
        self.schema = schema
        self.limits = most
        self._plans = Plans(schema, compile_questions, most)

    @property
    def digest(self) -> str:
        """SHA-256 of the schema's SDL, in hexadecimal digits."""
        return sha256(print_schema(self.schema).encode()).hexdigest()

    def check(self, listed: Listed, grants: GrantSet | None) -> Checked:
        """What a document is; `grants` None leaves aside what is granted.

        Raises `Rejected` or a `RegisterError`: what the schema does not have, what is not granted (all of it), what is
        dearer than may be asked, and what is no one operation with a name.
        """
        known = self._known(listed)
        if known.mutates:
            if grants is not None:
                check_changed(known, Asked(listed.text), grants)
            return self._checked(listed, known, 0)
        if known.operation.node.operation is OperationType.SUBSCRIPTION:
            return self._followed(listed, known, grants)
        coerced = known.variables.coerce({})
        prepared = self._plans.prepared(known, coerced, grants)
        slots = prepared.translation.slots
        values = slots.fill(coerced)
        if slots.nested:
            limits.rows(slots.rows(values), self.limits.rows)
        fields = prepared.held.permit.fields if prepared.held else ()
        return self._checked(listed, known, prepared.cost.of(values), fields)

    def _followed(self, listed: Listed, known: Known, grants: GrantSet | None) -> Checked:
        fields: tuple[str, ...] = ()
        coerced = known.variables.coerce({})
        translation = translate(known.operation, known.variables.places(coerced))
        (asked,) = translation.questions
        key, asked = asked.key, replace(asked, fields=following.fields(asked.fields))
        translation = Translation({key: (asked,)}, translation.slots)
        points = cost.counted(translation.questions).of(translation.slots.fill(coerced))
        if grants is not None:
            _, held = permits.hold(self.schema.extensions["declarations"], translation, grants)
            fields = held.permit.fields
        return self._checked(listed, known, points, fields)

    def _checked(self, listed: Listed, known: Known, points: int, fields: tuple[str, ...] = ()) -> Checked:
        node = known.operation.node
        assert node.name is not None
        if points > self.limits.cost:
            raise limits.too_costly(points, self.limits.cost)
        return Checked(listed, node.name.value, node.operation.value, points, fields)

    def _known(self, listed: Listed) -> Known:
        document = understood(self.schema, listed.text, self.limits)
        operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        if len(operations) != 1 or operations[0].name is None:
            raise errors.BadQuestion(
                "A trusted document holds one operation, and it has a name.",
                code="access.bad_document",
                hint="Write a document for each operation.",
            )
        name, kind = operations[0].name.value, operations[0].operation.value
        if (listed.name or name, listed.kind or kind) != (name, kind):
            raise errors.BadQuestion(
                f"The manifest calls it the {listed.kind} {listed.name}, and its text is the {kind} {name}.",
                code="access.bad_document",
                hint="Generate the manifest anew.",
            )
        operation = operation_of(self.schema, whole(document), None)
        variables = Samples(self.schema, operation.node)
        mutates = operation.node.operation is OperationType.MUTATION
        return Known(bytes.fromhex(listed.sha256), None, document, operation, variables, mutates)


def check_all(
    checker: Checker, documents: Iterable[Listed], granted: Callable[[Listed], GrantSet | None] = lambda _: None
) -> tuple[list[Checked], list[Fault]]:
    """Of each document what it is, or why it cannot be trusted."""
    checked, faults = [], []
    for listed in documents:
        try:
            checked.append(checker.check(listed, granted(listed)))
        except (Rejected, RegisterError) as refusal:
            faults.append(fault(listed, refusal))
    return checked, faults


def fault(listed: Listed, refusal: Rejected | RegisterError) -> Fault:
    """A refusal, in words that stand alone."""
    if isinstance(refusal, Rejected):
        return Fault(listed, refusal.code, "; ".join(error.message for error in refusal.errors))
    missing: Any = refusal.where.get("missing", ())
    return Fault(listed, refusal.code, refusal.message, tuple(missing) if isinstance(missing, tuple) else ())


def told(faults: Sequence[Fault]) -> dict[str, str]:
    """The faults as places of an error, each with its reason."""
    return {one.listed.place: f"{one.code}: {one.message}" for one in faults}
