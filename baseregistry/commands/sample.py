"""The sample province of the demonstration: loaded once, and loaded anew when the first time was interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from baseregistry import db
from baseregistry.access import loading
from baseregistry.data_folder import DataFolder
from baseregistry.migrations import run
from baseregistry.registries import ledger
from baseregistry.registries.installation import declared
from baseregistry.registries.tables import Installation
from baseregistry.settings import Settings

ACCESS = Path(__file__).parents[1] / "seed" / "access"
BEGAN_SO = "SELECT synthetic FROM ledger_change ORDER BY position LIMIT 1"


def prepare(engine: sa.Engine, settings: Settings, people: int) -> None:
    """Migrate, and fill an empty ledger; a sample that was left half loaded is dropped first."""
    with alone(settings):
        begin_anew(engine, settings)
        installation = declared(settings)
        run.upgrade(engine, installation)
        if _is_empty(engine):
            _fill(engine, settings, people)
        let_in(engine, installation)


def _fill(engine: sa.Engine, settings: Settings, people: int) -> None:
    from baseregistry.seed import seed  # brings numpy and Shapely: a second start does without
    from baseregistry.seed.progress import shown

    print(f"Loading the sample province ({people:,} people, all of them invented).", flush=True)
    with shown() as progress, marked(engine, settings):
        seed(engine, declared(settings), people, progress)


def let_in(engine: sa.Engine, installation: Installation) -> None:
    """Load the sample's agencies, purposes and grants as the first set, where there is none and the ledger began as a
    sample.  Raises as `loading.load`."""
    with db.reading(engine) as reading:
        if not reading.execute(BEGAN_SO).scalar() or not loading.is_empty(reading):
            return
    print("Loading the sample's agencies, purposes and grants.", flush=True)
    loading.load(engine, installation, loading.Load(ACCESS))


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """One load at a time: the mark of one that goes on is not taken for that of one that was interrupted."""
    settings.data.mkdir(mode=0o711, parents=True, exist_ok=True)
    with DataFolder(settings.data).locked("sample"):
        yield


def begin_anew(engine: sa.Engine, settings: Settings) -> None:
    """Put an empty ledger in the place of a sample whose load was interrupted; leave any other as it is."""
    mark = _mark(engine, settings)
    if mark.is_set() and mark.drop():
        print("The last load of the sample was interrupted. What it left is dropped; it begins anew.", flush=True)
        run.upgrade(engine, declared(settings))


@contextmanager
def marked(engine: sa.Engine, settings: Settings) -> Iterator[None]:
    """Load the sample in this block: if the ledger was empty and the block does not end well, the mark stays."""
    mark, begun = _mark(engine, settings), _is_empty(engine)
    if begun:
        mark.put()
    yield
    if begun:
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
        self.path.unlink(missing_ok=True)

    def drop(self) -> bool:
        """Drop what was loaded, if there is a ledger and all of it is invented; says whether it did."""
        with self.engine.begin() as connection:
            sample = sa.inspect(connection).has_table("ledger_change", schema=self.schema) and connection.scalar(
                sa.text(f'SELECT bool_and(synthetic) FROM "{self.schema}".ledger_change')
            )
            if sample:
                connection.execute(sa.text(f'DROP SCHEMA "{self.schema}" CASCADE'))
        self.remove()
        return bool(sample)


def _mark(engine: sa.Engine, settings: Settings) -> Unfinished:
    return Unfinished(settings.data / "sample.unfinished", engine, settings.schema_name)


def _is_empty(engine: sa.Engine) -> bool:
    with db.reading(engine) as reading:
        return ledger.head(reading).position == 0
