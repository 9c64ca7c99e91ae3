"""`baseregistry access load`: a set of files into the access register, all of it or nothing, as one change.

The first set is the bootstrap of an empty register, by who runs the program.  Everything after it needs two
authenticated people, for it decides who may read what about everybody.
"""

import asyncio
import getpass
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from baseregistry import db, errors
from baseregistry.access.differences import Comparison, Difference
from baseregistry.access.files import AccessFiles, read_files
from baseregistry.access.standing import ACCESS
from baseregistry.access.tokens import Caller, Verifier
from baseregistry.db import Reading, Writing
from baseregistry.registries.changes import Draft, Receipt
from baseregistry.registries.ledger import Document, Kind, Provenance
from baseregistry.registries.tables import Installation
from baseregistry.settings import Settings

EMPTY = "SELECT " + " AND ".join(f"NOT EXISTS (SELECT FROM {table})" for table in ACCESS)
BOOTSTRAP = "Bootstrap: the first set of an empty access register, loaded by who runs the service."
FOUR_EYES = "Give --token-file (who records it) and --approved-token-file (who approves it), of two people."


@dataclass(frozen=True, slots=True)
class People:
    """Who records a set, and who approves it: subjects of tokens."""

    recorded_by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did, or (`dry_run`) would do; `position` is that of its change, None when nothing was to do."""

    bootstrap: bool
    difference: Difference
    position: int | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Load:
    """An order to load `folder`: by which people (None: nobody has shown a token), and whether to try only."""

    folder: Path
    people: People | None = None
    dry_run: bool = False


def is_empty(reading: Reading) -> bool:
    """Whether nothing was ever recorded in the access register."""
    return bool(reading.execute(EMPTY).scalar_one())


def load(engine: sa.Engine, installation: Installation, order: Load) -> Loaded:
    """Make the access register say what the files say.

    Raises errors.BadFile for the files, errors.NotGranted ``access.four_eyes`` when the register is not empty and no two
    people stand for the change, and whatever `Draft.record` raises; then nothing was written.
    """
    files = read_files(order.folder, installation.declarations, installation.zone)
    with db.writing(engine) as writing, writing.connection.begin_nested() as attempt:
        loaded = _loaded(writing, installation, files, order)
        if order.dry_run:
            attempt.rollback()
    return loaded


def _loaded(writing: Writing, installation: Installation, files: AccessFiles, order: Load) -> Loaded:
    draft = Draft(writing, installation)
    draft.hold()  # from here on nobody else changes what is compared
    empty = bool(writing.execute(EMPTY).scalar_one())
    if not empty and order.people is None and not order.dry_run:
        raise errors.NotGranted(
            "The access register is not empty: a change of it is recorded by one person and approved by another.",
            code="access.four_eyes",
            hint=FOUR_EYES,
        )
    now = writing.execute("SELECT clock_timestamp()").scalar_one()
    found = Comparison(writing, installation.declarations, now).of(files)
    receipt = _recorded(draft, found, _provenance(files, order, empty=empty)) if found.acts else None
    position = receipt.position if receipt and receipt.changed else None
    return Loaded(empty, found, None if order.dry_run else position, order.dry_run)


def _recorded(draft: Draft, found: Difference, provenance: Provenance) -> Receipt:
    draft.staging.stage(found.acts)
    return draft.record(provenance)


def _provenance(files: AccessFiles, order: Load, *, empty: bool) -> Provenance:
    said, people = files.decision, order.people
    return Provenance(
        kind=Kind.REGISTRATION if empty else Kind.REAL_WORLD_CHANGE,
        agency=said["agency"],
        document=Document(said.get("document"), said.get("document_date")),
        legal_basis=said.get("legal_basis"),
        reason=BOOTSTRAP if empty else None,
        recorded_by=people.recorded_by if people else getpass.getuser(),
        approved_by=people.approved_by if people else None,
    )


def authenticated(settings: Settings, recorder: Path, approver: Path) -> People:
    """The subjects of the tokens in two files.  Raises errors.NotAllowed for a token that does not hold, and
    ``access.four_eyes`` when both are one person's."""
    by, approved = asyncio.run(_callers(settings, [_token(recorder), _token(approver)]))
    if by.person == approved.person:
        raise errors.NotGranted(
            f"Both tokens are of {by.subject}: nobody approves what he records.",
            code="access.four_eyes",
            hint=FOUR_EYES,
        )
    if by.subject == approved.subject:  # two people of two issuers: the ledger tells them apart
        return People(*(f"{one.subject} ({one.issuer})" for one in (by, approved)))
    return People(by.subject, approved.subject)


async def _callers(settings: Settings, tokens: Iterable[bytes]) -> list[Caller]:
    async with Verifier(settings).kept() as verifier:
        headers = [(b"authorization", b"Bearer " + token) for token in tokens]
        return [await verifier.asking(dict([header]), [header]) for header in headers]


def _token(file: Path) -> bytes:
    try:
        return file.read_bytes().strip()
    except OSError as failure:
        raise errors.BadFile(
            f"The token file {file} cannot be read: {failure.strerror}.",
            code="access.bad_token_file",
            hint="It holds nothing but the token.",
        ) from failure
