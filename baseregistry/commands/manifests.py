"""Commands of trusted documents: register a manifest, list what is in force, withdraw one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baseregistry import errors
from baseregistry.commands import edge
from baseregistry.commands.access import Approval, Token, people
from baseregistry.commands.database import Json

if TYPE_CHECKING:
    import sqlalchemy as sa

    from baseregistry.access.grants import Grants
    from baseregistry.access.manifests import Manifest
    from baseregistry.access.registering import Registration
    from baseregistry.graphql.trusted import Checked, Checker, Fault
    from baseregistry.registries.tables import Installation
    from baseregistry.settings import Settings

Client = Annotated[str, typer.Option("--client", help="The client, as its tokens name it.")]
Agency = Annotated[str | None, typer.Option("--agency", help="Who decided it; the client's agency if not said.")]
Law = Annotated[str | None, typer.Option("--legal-basis", help="The law by which.")]
Paper = Annotated[str | None, typer.Option("--document", help="Number of the document that decides it.")]


@dataclass(frozen=True, slots=True)
class ManifestOrder:
    """The arguments of `manifest`."""

    file: Annotated[Path, typer.Argument(metavar="FILE", help="Apollo's or Relay's manifest, as its tool wrote it.")]
    client: Client
    purpose: Annotated[
        str, typer.Option("--purpose", metavar="CODE", help="The purpose under which its documents run.")
    ]
    purpose_of: Annotated[
        list[str] | None,
        typer.Option("--purpose-of", metavar="NAME=CODE", help="Another one for the operation NAME; may be repeated."),
    ] = None
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the release; the beginning of the file's SHA-256 if not said.")
    ] = None
    agency: Agency = None
    legal_basis: Law = None
    document: Paper = None
    token_file: Token = None
    approved_token_file: Approval = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check, and say what would be registered.")] = False
    as_json: Json = False


@edge.options(ManifestOrder)
def manifest(order: ManifestOrder) -> None:
    """Register the documents that a client may call by their SHA-256.

    Each is checked against the schema, the client's grants for its purpose and the limits; if one is refused, all are, and
    every reason is told.  Old manifests stay callable until `access withdraw`.
    """
    from baseregistry.access import registering
    from baseregistry.access.manifests import read_manifest
    from baseregistry.roles import Role

    settings, read = edge.settings(), read_manifest(order.file)
    with edge.database(settings, Role.WRITING) as engine:
        installation = _installation(engine, settings)
        checked = Checking(order, read, engine).checked(installation, settings)
        position = None
        if not order.dry_run:
            standing = registering.two_people(people(settings, order.token_file, order.approved_token_file))
            position = registering.register(engine, installation, checked, standing)
    if order.as_json:
        edge.print_json(_as_json(checked, position, dry_run=order.dry_run))
    else:
        print("\n".join(_told(checked, position, dry_run=order.dry_run)))


@dataclass(frozen=True, slots=True)
class WithdrawOrder:
    """The arguments of `withdraw`."""

    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the manifest.")]
    client: Client
    agency: Agency = None
    legal_basis: Law = None
    document: Paper = None
    token_file: Token = None
    approved_token_file: Approval = None


@edge.options(WithdrawOrder)
def withdraw(order: WithdrawOrder) -> None:
    """End a manifest: from now on its documents are not called any more, unless another one lists them too."""
    from baseregistry.access import registering
    from baseregistry.access.registering import Decision
    from baseregistry.roles import Role

    settings = edge.settings()
    decision = Decision(order.agency, order.legal_basis, order.document)
    with edge.database(settings, Role.WRITING) as engine:
        standing = registering.two_people(people(settings, order.token_file, order.approved_token_file))
        installation = _installation(engine, settings)
        position = registering.withdraw(engine, installation, (order.client, order.name), decision, standing)
    print(f"Withdrawn at position {position}.")


def manifests(as_json: Json = False) -> None:
    """List the manifests in force."""
    from baseregistry import db
    from baseregistry.access import registering
    from baseregistry.roles import Role

    settings = edge.settings()
    with edge.database(settings, Role.READING) as engine, db.reading(engine) as reading:
        found = registering.listed(reading)
    if as_json:
        edge.print_json(found)
        return
    for one in found:
        print(f"{one['client']:24} {one['name']:24} {one['since']:%Y-%m-%d} {one['documents']:6}  {one['purposes']}")


@dataclass(frozen=True, slots=True)
class Checking:
    """A manifest that is checked before anything of it is registered."""

    order: ManifestOrder
    manifest: "Manifest"
    engine: "sa.Engine"

    def checked(self, installation: "Installation", settings: "Settings") -> "Registration":
        """What is to be registered.  Raises errors.Refused ``access.manifest_refused`` with each document's reason."""
        from baseregistry.access.grants import Grants
        from baseregistry.access.registering import Decision, Frozen, Registration
        from baseregistry.graphql.trusted import check_all

        order, checker = self.order, checker_of(installation, settings)
        grants = Grants(self.engine)
        grants.renew(whole=True)
        found, faults = check_all(checker, self.manifest.documents, lambda _: None)
        purposes = _purposes(order, found)
        found, more = self._granted(checker, grants, found, purposes)
        refuse([*faults, *more])
        name = order.name or self.manifest.sha256[:12]
        frozen = [
            Frozen(one.listed.sha256, one.listed.text, one.operation, purposes[one.operation], one.cost, one.paths)
            for one in found
        ]
        decision = Decision(order.agency, order.legal_basis, order.document)
        return Registration(order.client, name, self.manifest, checker.digest, frozen, decision)

    def _granted(
        self, checker: "Checker", grants: "Grants", found: Sequence["Checked"], purposes: dict[str, str]
    ) -> tuple[list["Checked"], list["Fault"]]:
        """The documents, held to what the client has for the purpose of each."""
        from baseregistry.graphql.trusted import check_all

        sets = {code: grants.granted_to(self.order.client, code) for code in sorted(set(purposes.values()))}
        by_digest = {one.listed.sha256: sets[purposes[one.operation]] for one in found}
        return check_all(checker, [one.listed for one in found], lambda listed: by_digest[listed.sha256])


def checker_of(installation: "Installation", settings: "Settings") -> "Checker":
    """What checks documents against this program's schema and this installation's limits."""
    from functools import partial

    from baseregistry.graphql.limits import Limits
    from baseregistry.graphql.schema import build
    from baseregistry.graphql.trusted import Checker
    from baseregistry.registries.answer import compile as compile_questions

    compiler = partial(compile_questions, installation)
    return Checker(build(installation.declarations), compiler, Limits.of(settings))


def refuse(faults: Sequence["Fault"]) -> None:
    """Raise errors.Refused with every fault, if there is one."""
    from baseregistry.graphql.trusted import told

    if faults:
        raise errors.Refused(
            f"{len(faults)} of the documents cannot be trusted; nothing was registered.",
            code="access.manifest_refused",
            hint="Mend the documents, or have granted what is missing; then register the manifest again.",
            where=told(faults),
        )


def _purposes(order: ManifestOrder, found: Sequence["Checked"]) -> dict[str, str]:
    """The purpose of each operation."""
    others = dict(said.partition("=")[::2] for said in order.purpose_of or ())
    named = {one.operation for one in found}
    for name, code in others.items():
        if name not in named or not code:
            raise errors.BadInput(
                f"--purpose-of {name}={code} names no operation of the manifest, or no purpose.",
                code="access.bad_purpose_of",
                hint="--purpose-of NAME=CODE, with the name of an operation.",
            )
    return {name: others.get(name, order.purpose) for name in named}


def _installation(engine: "sa.Engine", settings: "Settings") -> "Installation":
    from baseregistry import db
    from baseregistry.registries.installation import opened

    with db.reading(engine) as reading:
        return opened(reading, settings)


def _as_json(checked: "Registration", position: int | None, *, dry_run: bool) -> dict[str, object]:
    documents = [
        {"sha256": one.sha256, "operation": one.operation, "purpose": one.purpose, "cost": one.cost, "paths": one.paths}
        for one in checked.documents
    ]
    said = {"client": checked.client, "name": checked.name, "format": checked.manifest.format, "schema": checked.schema}
    return {**said, "position": position, "dry_run": dry_run, "documents": documents}


def _told(checked: "Registration", position: int | None, *, dry_run: bool) -> Iterator[str]:
    for one in checked.documents:
        yield f"{one.sha256[:16]}  {one.operation:30} {one.purpose:20} {one.cost:>9,} points"
    what = f"{len(checked.documents)} documents of {checked.client} as {checked.name}"
    if dry_run:
        yield f"Dry run: {what} could be registered; nothing was written."
    elif position is None:
        yield f"{what}: registered before; nothing was written."
    else:
        yield f"Registered {what}, at position {position}."
