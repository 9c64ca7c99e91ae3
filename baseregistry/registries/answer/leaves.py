"""One attribute as JSON: one `match` over the kinds.

Nothing is lost on the way: exact decimals, positions, instants and partial days travel as strings.
A geometry is answered byte for byte in the storage CRS; any other CRS is for display.
"""

import sqlalchemy as sa

from baseregistry import errors
from baseregistry.registries.answer.draft import (
    Draft,
    Expression,
    Pairs,
    constant,
    from_only,
    nothing_of_its_own,
    number,
    type_name,
)
from baseregistry.registries.answer.moments import Moment, Seen
from baseregistry.registries.answer.values import Expects
from baseregistry.registries.declare import (
    Attribute,
    Code,
    Day,
    Flag,
    Fraction,
    Geometry,
    Number,
    PartialDay,
    Reference,
    Text,
)
from baseregistry.registries.masks import Mask, mask_of
from baseregistry.registries.question import Field

DISPLAY_SRID = 4326  # answered longitude first: CRS84
DISPLAY_DECIMALS = 9  # of a degree: 0.1 mm; seven cost up to 0.27 m² of a parcel's area (measured)
ALL_DECIMALS = 15  # every digit of a double: what is stored is what is answered
DAYS_OF_LONGEST_MONTH = 31


def leaf(draft: Draft, seen: Seen, attribute: Attribute, field: Field) -> Expression:
    """The value of an attribute that is no reference; null where the register holds none."""
    column: Expression = seen.row.c[attribute.name]
    if field.masked:
        return masked(column, attribute)
    match attribute.kind:
        case Text() | Flag() | Day() | Fraction():
            return column
        case Number(scale=0, digits=digits) if digits <= 9:
            return column
        case Number():
            return sa.cast(column, sa.Text())
        case PartialDay():
            return partial_day_text(column)
        case Code(list=codes):
            return code(draft, codes, field, column, seen.moment) if field.fields else column
        case Geometry():
            return geojson(draft, column, field)
        case Reference():
            raise AssertionError(f"{attribute.name} is a reference, not a leaf")


def masked(column: Expression, attribute: Attribute) -> Expression:
    """What a masked value shows; the plain one never leaves the database.  Null where there is none."""
    match mask_of(attribute):
        case Mask.NAME:
            return sa.func.regexp_replace(column, constant(r"(\S)\S*"), constant(r"\1."), constant("g"))
        case Mask.NUMBER:
            return _masked_number(column)
        case Mask.WORDS:
            return sa.case((column.is_not(None), constant("***")))
        case Mask.YEAR:
            return sa.func.to_char(sa.func.lower(column), constant("YYYY"))
        case None:
            raise errors.BadQuestion(
                f"{attribute.name} cannot be masked.", code="question.no_mask", hint="Leave `mask` out."
            )


def _masked_number(column: Expression) -> Expression:
    """As many characters as the number has: the first three and the last two are shown, of a short one fewer."""
    characters, star = sa.func.length(column), constant("*")

    def shown(count: int) -> sa.Cast[int]:
        return sa.cast(number(count), sa.Integer())

    begin, end = sa.func.left(column, shown(3)), sa.func.right(column, shown(2))
    return sa.case(
        (characters >= number(9), sa.func.concat(begin, sa.func.repeat(star, characters - shown(5)), end)),
        (characters >= number(5), sa.func.concat(sa.func.repeat(star, characters - shown(2)), end)),
        else_=sa.func.repeat(star, characters),
    )


def partial_day_text(column: Expression) -> Expression:
    """A range of possible days as ``1956``, ``1956-03`` or ``1956-03-12``."""
    days = sa.func.upper(column) - sa.func.lower(column)
    shown = sa.case(
        (days == number(1), constant("YYYY-MM-DD")),
        (days <= number(DAYS_OF_LONGEST_MONTH), constant("YYYY-MM")),
        else_=constant("YYYY"),
    )
    return sa.func.to_char(sa.func.lower(column), shown)


def geojson(draft: Draft, column: Expression, field: Field) -> Expression:
    """GeoJSON (RFC 7946) in the CRS asked for, by default CRS84."""
    stored = draft.installation.srid
    as_stored = sa.func.ST_AsGeoJSON(column, number(ALL_DECIMALS), number(0))
    if field.crs is None:
        shown = as_stored if stored == DISPLAY_SRID else _transformed(column, number(DISPLAY_SRID))
    else:
        asked = sa.cast(draft.bind(field.crs, Expects.INTEGER), sa.Integer())
        shown = sa.case((asked == number(stored), as_stored), else_=_transformed(column, asked))
    return sa.cast(shown, sa.JSON())


def _transformed(column: Expression, srid: Expression) -> Expression:
    return sa.func.ST_AsGeoJSON(sa.func.ST_Transform(column, srid), number(DISPLAY_DECIMALS), number(0))


def code(draft: Draft, codes: str, field: Field, column: Expression, moment: Moment) -> Expression:
    """A code with what it is called: by the edition in force at the moment, else by the latest that holds it."""
    wanted = {inner.name for inner in field.fields}
    present = column.is_not(None)
    if wanted <= {"code", "__typename"}:
        pairs: Pairs = [(inner.key, _word(inner, column)) for inner in field.fields]
        return draft.object(pairs, nothing_of_its_own().where(present))
    known, zone = draft.codes(), constant(draft.installation.zone)
    day = sa.cast(moment.valid.op("AT TIME ZONE")(zone), sa.Date())
    in_force = known.c.in_force.op("@>", is_comparison=True)(day)
    said = {"title_vi": known.c.title_vi, "title_en": known.c.title_en, "edition": known.c.edition}
    said["retired"] = sa.not_(in_force)
    pairs = [(inner.key, said[inner.name] if inner.name in said else _word(inner, column)) for inner in field.fields]
    source = from_only(known, known.c.list == constant(codes), known.c.code == column)
    if len(draft.installation.declarations.code_lists[codes].editions) > 1:
        begin, end = sa.func.lower(known.c.in_force), sa.func.upper(known.c.in_force)
        undated = sa.and_(begin.is_(None), end.is_(None))  # an edition that says no dates comes last
        source = source.order_by(in_force.desc(), undated, begin.desc().nulls_last(), known.c.edition.desc())
    return draft.object(pairs, source.limit(number(1)))


def _word(field: Field, column: Expression) -> Expression:
    return column if field.name == "code" else type_name(field, "A code", "Code")
