"""Trusted documents: what a client registers beforehand, each bound to one purpose, checked and frozen when it was registered.

A manifest is one release of a program.  Its documents may be called until it is withdrawn; their texts stand in a table
of their own, by SHA-256, so that a text is kept once and can be no other.
"""

from baseregistry.registries.access.callers import said
from baseregistry.registries.declare import Entity, Key, Number, Reference, Text, Title

SHA256 = r"^[0-9a-f]{64}$"
LONGEST_PATHS = 60_000  # characters

MANIFEST = Entity(
    registry="access",
    name="manifest",
    title=Title("Bộ câu hỏi tin cậy", "Manifest"),
    description="A set of trusted documents that a client registered; in force through its valid time.",
    attributes=(
        said(
            "client",
            Reference(("access.client",), back="manifests"),
            Title("Ứng dụng", "Client"),
            "The client that may call its documents.",
            required=True,
        ),
        said(
            "name",
            Text(100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$"),
            Title("Tên", "Name"),
            "Tells it from other manifests of the client: the release of the program.",
            required=True,
        ),
        said(
            "sha256",
            Text(64, pattern=SHA256),
            Title("Mã băm", "Digest"),
            "SHA-256 of the file as it was registered.",
            required=True,
        ),
        said(
            "schema",
            Text(64, pattern=SHA256),
            Title("Phiên bản lược đồ", "Schema"),
            "SHA-256 of the GraphQL schema that its documents were checked against.",
            required=True,
        ),
    ),
    keys=(Key("name", ("client", "name")),),
    relation=True,
)

TRUSTED_DOCUMENT = Entity(
    registry="access",
    name="trusted_document",
    title=Title("Câu hỏi tin cậy", "Trusted document"),
    description="A document that a client may call by its SHA-256, under one purpose.",
    attributes=(
        said(
            "of_manifest",
            Reference(("access.manifest",), back="documents"),
            Title("Bộ câu hỏi", "Manifest"),
            "The manifest that holds it.",
            required=True,
        ),
        said(
            "sha256",
            Text(64, pattern=SHA256),
            Title("Mã băm", "Digest"),
            "SHA-256 of its text: what a call names.",
            required=True,
        ),
        said(
            "operation",
            Text(200, pattern=r"^[_A-Za-z][_0-9A-Za-z]*$"),
            Title("Tên câu hỏi", "Operation"),
            "The name of its one operation.",
            required=True,
        ),
        said(
            "purpose",
            Reference(("access.purpose",), back="trusted_documents"),
            Title("Mục đích", "Purpose"),
            "The purpose under which it runs.",
            required=True,
        ),
        said(
            "cost",
            Number(9),
            Title("Chi phí", "Cost"),
            "Points it cost when it was registered: its variables as declared, pages and lists of variable size with 50.",
            required=True,
        ),
        said(
            "paths",
            Text(LONGEST_PATHS),
            Title("Các đường dẫn", "Paths"),
            "The paths it asks, sorted, with spaces between; none for a change.",
        ),
    ),
    keys=(Key("document", ("of_manifest", "sha256")),),
    relation=True,
)
