"""The sample province of the demonstration: loaded once, and loaded anew when the first time was interrupted."""

from pathlib import Path

import sqlalchemy as sa

from baseregistry import db
from baseregistry.migrations import run
from baseregistry.registries import ledger
from baseregistry.registries.installation import declared
from baseregistry.settings import Settings


def prepare(engine: sa.Engine, settings: Settings, people: int) -> None:
    """Migrate, and fill an empty ledger; a sample that was left half loaded is dropped first."""
    mark = Unfinished(settings.data / "sample.unfinished", engine, settings.schema_name)
    if mark.is_set():
        mark.drop()
    installation = declared(settings)
    run.upgrade(engine, installation)
    with db.reading(engine) as reading:
        empty = ledger.head(reading).position == 0
    if empty:
        from baseregistry.seed import seed  # brings numpy and Shapely: a second start does without
        from baseregistry.seed.progress import shown

        print(f"Loading the sample province ({people:,} people, all of them invented).", flush=True)
        mark.put()
        with shown() as progress:
            seed(engine, installation, people, progress)
        mark.remove()


def parcel(engine: sa.Engine) -> str | None:
    """The national ID of a parcel to which somebody holds a right now."""
    with db.reading(engine) as reading:
        found: str | None = reading.execute(
            "SELECT p.national_parcel_id FROM land_parcel p JOIN land_right r ON r.parcel = p.record_id"
            " WHERE p.recorded_to IS NULL AND r.recorded_to IS NULL AND p.valid @> now() AND r.valid @> now()"
            " AND p.national_parcel_id IS NOT NULL LIMIT 1"
        ).scalar()
        return found


class Unfinished:
    """A mark beside the database: a load has begun in it and did not end.  It names the database it is about."""

    def __init__(self, path: Path, engine: sa.Engine, schema: str) -> None:
        self.path = path
        self.engine = engine
        self.schema = schema
        self.about = f"{engine.url.render_as_string()} {schema}\n"

    def is_set(self) -> bool:
        """Whether the last load into this database was interrupted."""
        return self.path.exists() and self.path.read_text(encoding="utf-8") == self.about

    def put(self) -> None:
        """A load begins."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.about, encoding="utf-8")

    def remove(self) -> None:
        """It ended."""
        self.path.unlink()

    def drop(self) -> None:
        """Drop what was loaded, if it is the sample and nothing else: a ledger that says it is synthetic."""
        with self.engine.begin() as connection:
            known = sa.inspect(connection).has_table("ledger_change", schema=self.schema)
            real = known and connection.scalar(sa.text("SELECT count(*) FROM ledger_change WHERE NOT synthetic"))
            if not real:
                connection.execute(sa.text(f'DROP SCHEMA IF EXISTS "{self.schema}" CASCADE'))
        self.remove()
