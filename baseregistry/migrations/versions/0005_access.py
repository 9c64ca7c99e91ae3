"""The access register: agencies, clients, officials, purposes, and grants with their paths and units."""

from pathlib import Path

from alembic import context, op

revision = "0005"
down_revision = "0004"
LOCKS = "None: every table is new."

STATEMENT_END = "\n;\n"


def upgrade() -> None:
    """Run the statements of 0005_access.sql with this installation's schema."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    text = text.replace("{SCHEMA}", context.config.attributes["schema"])
    for statement in text.split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
