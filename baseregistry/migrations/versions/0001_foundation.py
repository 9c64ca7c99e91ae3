"""The foundation: identities, the ledger, codes, and a versions table for each entity of the four registers."""

from pathlib import Path

from alembic import context, op

revision = "0001"
down_revision = None
LOCKS = "None: every table is new."

STATEMENT_END = "\n;\n"
OTHER_ZONES = range(9205, 9219)  # VN-2000 / TM-3 of the other provinces: missing from Debian's PostGIS 3.3


def upgrade() -> None:
    """Run the statements of 0001_foundation.sql with this installation's schema and storage CRS."""
    attributes = context.config.attributes
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    text = text.replace("{SCHEMA}", attributes["schema"]).replace("{SRID}", str(attributes["srid"]))
    for statement in text.split(STATEMENT_END):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
    op.get_bind().exec_driver_sql(add_zones())


def add_zones() -> str:
    """Add EPSG:9205-9218 where the service may; a server that forbids it only lacks those as storage CRS."""
    rows = ", ".join(f"({code}, 'EPSG', {code}, '', '')" for code in OTHER_ZONES)
    return (
        "DO $$ BEGIN INSERT INTO public.spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)"
        f" VALUES {rows} ON CONFLICT (srid) DO NOTHING;"
        " EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'spatial_ref_sys is not ours to extend'; END $$"
    )
