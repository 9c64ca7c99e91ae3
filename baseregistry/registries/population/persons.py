"""A person, the numbers by which the world knows the person, civil status events and relations.

The personal ID is not the key: it can be cancelled and issued again, so numbers are records of their own, and
nothing is derived from one (Decree 70/2024/NĐ-CP, art. 11).
"""

from functools import partial

from baseregistry.registries.declare import (
    At,
    Attribute,
    Code,
    Day,
    Derived,
    Entity,
    Key,
    Lookup,
    PartialDay,
    Reference,
    Sensitivity,
    Text,
    Title,
)
from baseregistry.registries.derivations import Age, AgeAtLeast
from baseregistry.registries.land.holding import HOLDS_RIGHT_IN

personal = partial(Attribute, sensitivity=Sensitivity.PERSONAL, source="Bộ Công an")
civil = partial(Attribute, sensitivity=Sensitivity.PERSONAL, source="Ủy ban nhân dân cấp xã (hộ tịch)")
PERSON_ONLY = ("population.person",)
IN_USE = (("status", "IN_USE"),)

PERSON = Entity(
    registry="population",
    name="person",
    title=Title("Người", "Person"),
    description="A natural person.  Death is a status: the record stays valid and is readable for good.",
    attributes=(
        personal(
            "full_name",
            Text(200, name=True, given_last=True),
            Title("Họ, chữ đệm và tên khai sinh", "Full name"),
            "Family name, middle names, given name, in this order, as registered.",
            required=True,
        ),
        personal(
            "other_name",
            Text(200, name=True),
            Title("Tên gọi khác", "Other name"),
            "Another name the person is called by.",
        ),
        personal("sex", Code("population.sex"), Title("Giới tính", "Sex"), "Sex as registered.", indexed=True),
        personal(
            "birth_date",
            PartialDay(),
            Title("Ngày, tháng, năm sinh", "Date of birth"),
            "Day of birth; often only the year, or the month and the year, is known.",
            indexed=True,
        ),
        # LATEST, not BEGIN: each later version of a person begins after the unit of birth may have ended.
        personal(
            "birthplace",
            Reference(("administration.unit",), back="births", at=At.LATEST),
            Title("Nơi sinh", "Birthplace"),
            "The unit in which the person was born, which may have ended since.",
        ),
        personal(
            "native_place",
            Reference(("administration.unit",), back="natives", at=At.LATEST),
            Title("Quê quán", "Native place"),
            "The unit the person's family comes from, which may have ended since.",
        ),
        personal(
            "ethnicity",
            Code("population.ethnicity"),
            Title("Dân tộc", "Ethnicity"),
            "One of the 54 peoples; given only where a procedure lists it.",
        ),
        personal(
            "nationality",
            Code("population.nationality"),
            Title("Quốc tịch", "Nationality"),
            "ISO 3166-1 alpha-2 code (VN).",
            indexed=True,
        ),
        civil(
            "marital_status",
            Code("population.marital_status"),
            Title("Tình trạng hôn nhân", "Marital status"),
            "As the civil status events left it.",
        ),
        civil(
            "death_date",
            PartialDay(),
            Title("Ngày, tháng, năm chết", "Date of death"),
            "Day of death, or as much of it as is known.",
        ),
        personal(
            "status",
            Code("population.person_status"),
            Title("Trạng thái", "Status"),
            "Alive, deceased, declared missing or dead.",
            required=True,
            indexed=True,
        ),
    ),
    lookups=(
        Lookup("personal_id", "population.identifier", "number", "person", (("scheme", "PERSONAL_ID"),), IN_USE),
        Lookup("old_id", "population.identifier", "number", "person", (("scheme", "OLD_ID"),), IN_USE),
        Lookup("passport", "population.identifier", "number", "person", (("scheme", "PASSPORT"),), IN_USE),
    ),
    derived=(
        Derived(
            "age_is_at_least",
            AgeAtLeast("birth_date"),
            Title("Đủ tuổi", "Age is at least"),
            "Whether the person has completed so many years: true of every day that the day of birth may be (yes), of none (no), "
            "or of some (unknown).  It asks about days only, not whether the person lives.  Who was born on 29 February completes "
            "a year on the last day of February (Civil Code 91/2015/QH13, art. 148).",
        ),
        Derived(
            "age",
            Age("birth_date"),
            Title("Tuổi", "Age"),
            "Completed years: at least and at most, which differ where only a part of the day of birth is known.",
        ),
        HOLDS_RIGHT_IN,
    ),
    placed_by="residences",
)

IDENTIFIER = Entity(
    registry="population",
    name="identifier",
    title=Title("Số định danh của người", "Identifier"),
    description="A number issued to a person.  A cancelled one still finds its person (Decree 70/2024/NĐ-CP, art. 12).",
    attributes=(
        personal(
            "person",
            Reference(PERSON_ONLY, back="identifiers"),
            Title("Người", "Person"),
            "The person who bears it.",
            required=True,
        ),
        personal(
            "scheme",
            Code("population.identifier_scheme"),
            Title("Loại số", "Scheme"),
            "Which kind of number it is.",
            required=True,
            indexed=True,
        ),
        personal(
            "number",
            Text(30),
            Title("Số", "Number"),
            "The number as issued, without spaces inside a Vietnamese one.",
            required=True,
        ),
        personal("issued_on", Day(), Title("Ngày cấp", "Issued on"), "Day of issue."),
        personal("issuer", Text(200), Title("Nơi cấp", "Issuer"), "The authority that issued it."),
        personal(
            "status",
            Code("population.identifier_status"),
            Title("Trạng thái", "Status"),
            "In use, cancelled or expired.",
            required=True,
            indexed=True,
        ),
    ),
    keys=(Key("number", ("scheme", "number")),),
    placed_by="person",
)

CIVIL_EVENT = Entity(
    registry="population",
    name="civil_event",
    title=Title("Việc hộ tịch", "Civil status event"),
    description="Birth, marriage, death and the other events of Law 60/2014/QH13, art. 3, as entered in the book.",
    attributes=(
        civil(
            "person",
            Reference(PERSON_ONLY, back="civil_events"),
            Title("Người", "Person"),
            "The person it happened to.",
            required=True,
        ),
        civil(
            "kind",
            Code("population.civil_event_kind"),
            Title("Loại việc", "Kind"),
            "Which event.",
            required=True,
            indexed=True,
        ),
        civil(
            "counterpart",
            Reference(PERSON_ONLY, back="counterpart_events"),
            Title("Người liên quan", "Counterpart"),
            "The other person of a marriage, divorce, adoption or recognition.",
        ),
        civil(
            "occurred_on",
            PartialDay(),
            Title("Ngày xảy ra", "Occurred on"),
            "When it happened, as far as it is known.",
            indexed=True,
        ),
        civil("registered_on", Day(), Title("Ngày đăng ký", "Registered on"), "Day of the entry in the book."),
        # LATEST, as birthplace: a later version (an entry number put right from a day on) begins after the unit may have ended.
        civil(
            "place",
            Reference(("administration.unit",), back="civil_events", at=At.LATEST),
            Title("Nơi đăng ký", "Place"),
            "The unit that registered it, which may have ended since.",
        ),
        civil("book", Text(40), Title("Quyển số", "Book"), "Book of the civil status register."),
        civil(
            "entry_number",
            Text(40),
            Title("Số", "Entry number"),
            "Number of the entry in its book and place.",
            indexed=True,
        ),
        civil(
            "document",
            Text(200),
            Title("Căn cứ", "Document"),
            "Judgment or decision for events that are recorded from one.",
        ),
    ),
    placed_by="person",
)

RELATION = Entity(
    registry="population",
    name="relation",
    title=Title("Quan hệ nhân thân", "Relation"),
    description="That one person is another's father, mother, spouse, guardian …",
    attributes=(
        civil(
            "person",
            Reference(PERSON_ONLY, back="relations"),
            Title("Người", "Person"),
            "The person whose relative is named.",
            required=True,
        ),
        civil(
            "relative",
            Reference(PERSON_ONLY, back="inverse_relations"),
            Title("Người có quan hệ", "Relative"),
            "The father, mother, spouse, guardian of that person.",
            required=True,
        ),
        civil(
            "kind",
            Code("population.relation_kind"),
            Title("Loại quan hệ", "Kind"),
            "What the relative is to the person.",
            required=True,
            indexed=True,
        ),
    ),
    relation=True,
    placed_by="person",
)
