"""Whether what was answered at a position still stands: the ledger is the same one there, and nothing that was known
then has been destroyed by law since.  So an answer that a client has kept need not be made again to be confirmed.
"""

import hashlib
from dataclasses import replace

import sqlalchemy as sa

from baseregistry.registries.answer.draft import DIALECT, Draft, constant
from baseregistry.registries.answer.plan import Plan, Root
from baseregistry.registries.answer.snapshots import Snapshots
from baseregistry.registries.ledger import Kind
from baseregistry.registries.question import AsOf, Bind
from baseregistry.registries.tables import Installation


def standing(installation: Installation, *, hashed: bool) -> Plan:
    """The plan: slot 0 is a position, slot 1 (if `hashed`) the ledger's hash that must be found there.

    It answers the position of the last redaction after it, null if there was none.  Reading its row raises
    errors.BadQuestion for a position that has not come, errors.Forked for another ledger.
    """
    draft = Draft(installation)
    taken = Snapshots(draft)
    _, known, valid_at = taken.of(AsOf(position=Bind(0), ledger_hash=Bind(1) if hashed else None))
    change = draft.ledger()
    (source,) = taken.sources()
    since = change.c.kind == constant(Kind.REDACTION.value), change.c.position > source.c.position
    last = sa.select(sa.func.max(change.c.position)).where(*since).correlate_except(change).scalar_subquery()
    statement = sa.select(sa.cast(last, sa.Text()).label("data_0"), *taken.columns()).select_from(source)
    rendered = statement.compile(dialect=DIALECT)
    return Plan(
        sql=str(rendered),
        name=b"s" + hashlib.sha256(str(rendered).encode()).hexdigest()[:32].encode(),
        parameters=tuple(draft.parameters[name] for name in rendered.positiontup or ()),
        columns=tuple(column.name for column in statement.selected_columns),
        roots=(Root("standing", 0, 1 + valid_at, replace(known, column=1 + known.column)),),
    )
