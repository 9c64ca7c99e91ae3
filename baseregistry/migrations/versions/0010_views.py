"""Views of the access log: purposes whose disclosure the law delays; indexes by time, case and record."""

from pathlib import Path

from alembic import context, op

revision = "0010"
down_revision = "0009"
LOCKS = (
    "ACCESS EXCLUSIVE on access_purpose, for milliseconds: no row is rewritten; SHARE on access_request and access_record"
    " while their indexes are built: readers go on, and nothing is logged, so nothing personal is answered."
)

STATEMENT_END = "\n;\n"


def upgrade() -> None:
    """Run the statements of 0010_views.sql with this installation's schema."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    text = text.replace("{SCHEMA}", context.config.attributes["schema"])
    for statement in text.split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
