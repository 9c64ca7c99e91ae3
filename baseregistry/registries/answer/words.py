"""A search by name as a condition: all words occur in it, without regard to order, diacritics and case.

The functions of PostgreSQL that take a name apart, and their one index, are in `registries.names`.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from baseregistry import errors
from baseregistry.registries.answer.draft import Draft, Expression
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.declare import Attribute, Text
from baseregistry.registries.question import Bind

KEYS = pg.ARRAY(sa.Text())


def check_name(attribute: Attribute) -> None:
    """Raises errors.BadQuestion when the attribute is no name: only names are taken apart into words."""
    if not isinstance(attribute.kind, Text) or not attribute.kind.name:
        raise errors.BadQuestion(
            f"{attribute.name} is no name, and only names can be searched.",
            code="question.not_comparable",
            hint="Compare it by eq, in, prefix or is_null.",
        )


def keys_of(rows: sa.FromClause, attribute: str) -> Expression:
    """The keys of a name, as its index holds them."""
    return sa.func.name_keys(rows.c[attribute], rows.c.record_id, type_=KEYS)


def words_of(draft: Draft, search: Bind) -> Expression:
    """The folded words that are searched for; null where the text has none."""
    return sa.func.name_words(draft.bind(search, Expects.WORDS), type_=KEYS)


def holds(keys: Expression, wanted: Expression) -> Expression:
    return keys.op("@>", is_comparison=True)(wanted)
