"""Tables under the names that a statement gives them.

An alias has all columns of its table, and making them was a third of compiling a document.  Names are numbered from one in
each statement, so those of one serve the next; nothing that SQLAlchemy makes of an alias changes it.
"""

from functools import lru_cache

import sqlalchemy as sa

MOST_TABLES, MOST_ALIASES = 100, 2_000  # an alias and its columns take some 20 kB


@lru_cache(maxsize=MOST_ALIASES)
def alias(table: sa.Table, name: str) -> sa.FromClause:
    """The table under a name, to be read."""
    return _columns_only(table).alias(name)


@lru_cache(maxsize=MOST_TABLES)
def _columns_only(table: sa.Table) -> sa.TableClause:
    """The table without keys, constraints and defaults, which each alias would take over column by column."""
    return sa.table(table.name, *[sa.column(column.name, column.type) for column in table.columns])
