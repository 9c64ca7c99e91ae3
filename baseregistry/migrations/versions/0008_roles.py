"""Roles: who does not own the tables writes at the next position alone; the access log is kept through functions."""

from pathlib import Path

from alembic import context, op

revision = "0008"
down_revision = "0007"
LOCKS = "SHARE ROW EXCLUSIVE on each versions table and the ledger, for a moment: readers go on, writers wait."

STATEMENT_END = "\n;\n"


def upgrade() -> None:
    """Run the statements of 0008_roles.sql with this installation's schema."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    text = text.replace("{SCHEMA}", context.config.attributes["schema"])
    for statement in text.split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
