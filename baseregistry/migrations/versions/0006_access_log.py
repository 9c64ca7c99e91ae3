"""The access log: contexts, requests and records in partitions, groups chained at their commit."""

from pathlib import Path

from alembic import context, op

revision = "0006"
down_revision = "0005"
LOCKS = "None: the tables are new."

STATEMENT_END = "\n;\n"


def upgrade() -> None:
    """Run the statements of 0006_access_log.sql with this installation's schema."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    text = text.replace("{SCHEMA}", context.config.attributes["schema"])
    for statement in text.split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
