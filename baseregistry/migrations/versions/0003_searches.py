"""Searches: names by the words they hold, people by given name, texts and codes by how they begin."""

from pathlib import Path

from alembic import context, op

revision = "0003"
down_revision = "0002"
LOCKS = (
    "SHARE on each versions table while its new indexes are built: readers go on, writers wait"
    " (some three minutes with 1,500,000 people on two busy processors)."
)

STATEMENT_END = "\n;\n"


def upgrade() -> None:
    """Run the statements of 0003_searches.sql with this installation's schema."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    text = text.replace("{SCHEMA}", context.config.attributes["schema"])
    for statement in text.split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
