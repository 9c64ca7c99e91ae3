"""${message}"""

from alembic import context, op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
LOCKS = "Say here which tables are locked, how, and for about how long per million rows."


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
