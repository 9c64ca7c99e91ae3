"""Keys of requests that write: a change sent twice is recorded once, and its first result is told again."""

from pathlib import Path

from alembic import context, op

revision = "0002"
down_revision = "0001"
LOCKS = "None: the table is new."

STATEMENT_END = "\n;\n"


def upgrade() -> None:
    """Run the statements of 0002_idempotency.sql with this installation's schema."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    text = text.replace("{SCHEMA}", context.config.attributes["schema"])
    for statement in text.split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
