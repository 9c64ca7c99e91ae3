"""Feeds: what a ledger position wrote and closed is read in the order of records; changes by kind, agency and case."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
LOCKS = (
    "SHARE on each versions table while its new indexes are built: readers go on, writers wait; then ACCESS EXCLUSIVE"
    " for the moment in which the old ones are dropped."
)

STATEMENT_END = "\n;\n"


def upgrade() -> None:
    """Run the statements of 0004_feeds.sql."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
