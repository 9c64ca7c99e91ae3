"""Trusted documents: manifests, their documents and texts; limits of clients, and what they have used of them."""

from pathlib import Path

from alembic import context, op

revision = "0007"
down_revision = "0006"
LOCKS = "ACCESS EXCLUSIVE on access_client, for milliseconds: no row is rewritten; the checks read the table once."

STATEMENT_END = "\n;\n"


def upgrade() -> None:
    """Run the statements of 0007_trusted_documents.sql with this installation's schema."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    text = text.replace("{SCHEMA}", context.config.attributes["schema"])
    for statement in text.split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
