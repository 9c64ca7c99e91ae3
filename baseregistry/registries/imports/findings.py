"""What is doubtful in what was imported: the rules that warn, asked about the records that an import touched."""

from baseregistry.db import Reading, Writing
from baseregistry.registries.declare import Entity
from baseregistry.registries.imports.plan import Plan
from baseregistry.registries.imports.statements import match_table
from baseregistry.registries.rules import Finding
from baseregistry.registries.tables import Installation


def findings_of(reading: Reading, installation: Installation, entity: Entity, touched: str) -> list[Finding]:
    """The findings of every rule that warns about `entity`, among the records in `touched`."""
    return [
        finding
        for rule in installation.rules
        if rule.severity == "warn" and rule.entity == entity.full_name
        for finding in rule.find(reading, touched)
    ]


def findings(writing: Writing, installation: Installation, plan: Plan) -> list[Finding]:
    """The findings among all records that this import has written."""
    found = []
    for lane in plan.lanes:
        writing.execute("DROP TABLE IF EXISTS import_touched")
        count = writing.execute(
            f"CREATE TEMP TABLE import_touched AS SELECT DISTINCT m.record_id FROM {match_table(lane)} m"
            f' JOIN import_todo d ON d."row" = m."row" WHERE m.verdict <> \'SAME\''
        ).rowcount
        if count:
            writing.execute("ANALYZE import_touched")
            found += findings_of(writing, installation, lane.entity, "import_touched")
    return found
