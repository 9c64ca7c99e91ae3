"""The trusted documents in force: of each client those it may call by their SHA-256 alone, and under which purpose.

Kept in memory whole, with their texts: a call finds its text on every worker, also right after a start.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from baseregistry import errors
from baseregistry.db import Reading

DOCUMENTS = """\
SELECT c.client_id, decode(d.sha256, 'hex') AS sha256, p.code AS purpose, t.text
FROM access_trusted_document d
JOIN access_manifest m ON m.record_id = d.of_manifest AND m.recorded_to IS NULL AND m.valid @> now()
JOIN access_client c ON c.record_id = m.client AND c.recorded_to IS NULL AND c.valid @> now()
JOIN access_purpose p ON p.record_id = d.purpose AND p.recorded_to IS NULL AND p.valid @> now()
JOIN access_document t ON t.sha256 = decode(d.sha256, 'hex')
WHERE d.recorded_to IS NULL AND d.valid @> now()"""

HINT = "Call a document of a registered manifest by its SHA-256 alone (`documentId`, or `persistedQuery`)."


@dataclass(frozen=True, slots=True)
class Trusted:
    """A document in force: its text, and the purposes for which the client registered it."""

    text: str
    purposes: tuple[str, ...]


Documents = Mapping[bytes, Trusted]


def documents(reading: Reading) -> dict[str, dict[bytes, Trusted]]:
    """The documents in force of each client, by SHA-256."""
    purposes: dict[tuple[str, bytes], set[str]] = defaultdict(set)
    texts: dict[bytes, str] = {}
    for row in reading.execute(DOCUMENTS):
        digest = bytes(row.sha256)
        purposes[row.client_id, digest].add(row.purpose)
        texts[digest] = row.text
    found: dict[str, dict[bytes, Trusted]] = defaultdict(dict)
    for (client, digest), named in purposes.items():
        found[client][digest] = Trusted(texts[digest], tuple(sorted(named)))
    return dict(found)


def purpose(found: Trusted, said: str | None) -> str:
    """The purpose under which a document runs.  Raises errors.NotGranted ``access.other_purpose`` where the request
    contradicts it, BadInput ``access.which_purpose`` where it has to say one of several."""
    if said is not None and said not in found.purposes:
        raise errors.NotGranted(
            f"The document is registered for {' and '.join(found.purposes)}, and X-Purpose says {said}.",
            code="access.other_purpose",
            hint="Leave X-Purpose out, or register the document for that purpose too.",
            where={"purposes": found.purposes},
        )
    if said is None and len(found.purposes) > 1:
        raise errors.BadInput(
            f"The document is registered for several purposes: {', '.join(found.purposes)}.",
            code="access.which_purpose",
            hint="Say one of them in X-Purpose.",
            where={"purposes": found.purposes},
        )
    return said or found.purposes[0]


def not_trusted(client: str, *, text: bool) -> errors.NotGranted:
    """The refusal of what is none of the trusted documents of a client that may ask nothing else."""
    why = "a text was sent" if text else "this SHA-256 is of none of them, or its manifest was withdrawn"
    return errors.NotGranted(
        f"The client {client} asks by its registered documents alone: {why}.", code="access.not_trusted", hint=HINT
    )
