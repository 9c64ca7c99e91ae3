"""Roles: who does not own the tables writes at the next position alone; the access log is kept through functions."""

from pathlib import Path

from alembic import context, op

revision = "0009"
down_revision = max(path.name[:4] for path in Path(__file__).parent.glob("000[0-8]_*.py"))
LOCKS = "SHARE ROW EXCLUSIVE on each versions table and the ledger, for a moment: readers go on, writers wait."

STATEMENT_END = "\n;\n"


def upgrade() -> None:
    """Run the statements of 0009_roles.sql with this installation's schema."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    text = text.replace("{SCHEMA}", context.config.attributes["schema"])
    for statement in text.split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
