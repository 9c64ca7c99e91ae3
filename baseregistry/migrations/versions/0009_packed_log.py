"""The access log in packed lines, from which its tables are filled; the groups of 0006 stay as they are, in their chain."""

from pathlib import Path

from alembic import context, op

revision = "0009"
down_revision = "0008"
LOCKS = "None that anybody waits for: the tables are new, and the functions change when it commits."

STATEMENT_END = "\n;\n"


def upgrade() -> None:
    """Run the statements of 0009_packed_log.sql with this installation's schema."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    text = text.replace("{SCHEMA}", context.config.attributes["schema"])
    for statement in text.split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
