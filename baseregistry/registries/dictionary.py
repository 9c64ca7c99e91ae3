"""The data dictionary, generated: Vietnamese and English side by side, a page per register, and its code lists.

The pages are committed under ``docs/dictionary``; `stale` says which of them are no longer what the
declarations say.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from baseregistry.registries import codes, derived
from baseregistry.registries.declare import (
    At,
    Attribute,
    Code,
    CodeList,
    Day,
    Declarations,
    Edition,
    Entity,
    Flag,
    Fraction,
    Geometry,
    Kind,
    Number,
    PartialDay,
    Reference,
    Registry,
    Sensitivity,
    Text,
)
from baseregistry.registries.rules import Rule

GENERATED = "<!-- Generated from the declarations; `make check` fails when it is stale. -->"
SENSITIVITY = {
    Sensitivity.PUBLIC: "public · công khai",
    Sensitivity.OFFICIAL: "official · cơ quan nhà nước",
    Sensitivity.PERSONAL: "personal · dữ liệu cá nhân",
}
MOMENT = {
    At.SAME: "at the moment asked",
    At.BEGIN: "as it was when the version began",
    At.LATEST: "as it last was up to the moment asked",
}


def pages(declarations: Declarations, rules: Sequence[Rule]) -> dict[str, str]:
    """Every page by its file name: ``README.md``, ``land.md``, ``land-codes.md`` …"""
    made = {"README.md": _index(declarations)}
    for registry in declarations.registries:
        made[f"{registry.name}.md"] = _page([registry_page(declarations, registry, rules)])
        entries = [code_list_entry(listed) for listed in registry.code_lists]
        title = f"# {registry.title.vi} · {registry.title.en}: danh mục · code lists"
        made[f"{registry.name}-codes.md"] = _page([title, *entries])
    return made


def stale(declarations: Declarations, rules: Sequence[Rule], folder: Path) -> list[str]:
    """The names of pages in `folder` that are missing, out of date or no longer generated."""
    made = pages(declarations, rules)
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in made | there if made.get(name) != there.get(name))


def publish(declarations: Declarations, rules: Sequence[Rule], folder: Path) -> None:
    """Write every page into `folder`, and remove those that are no longer generated."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages(declarations, rules)
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def registry_page(declarations: Declarations, registry: Registry, rules: Sequence[Rule]) -> str:
    """A register: what it is, and the entry of each of its entities."""
    entries = [entity_entry(declarations, entity, rules) for entity in registry.entities]
    return "\n\n".join([f"# {registry.title.vi} · {registry.title.en}", registry.description, *entries])


def entity_entry(declarations: Declarations, entity: Entity, rules: Sequence[Rule]) -> str:
    """An entity: its attributes, what is derived from them, how its records are found, what refers to it, and the rules it keeps."""
    parts = [
        f"## {entity.full_name}",
        f"**{entity.title.vi} · {entity.title.en}.** {entity.description}",
        _table(
            ("name", "tên · title", "kind", "sensitivity", "source", "what it says"),
            ([_name(attribute), *_cells(attribute)] for attribute in entity.attributes),
        ),
        _derived(declarations, entity),
        "\n".join(_facts(declarations, entity)),
    ]
    kept = [rule for rule in rules if rule.entity == entity.full_name]
    if kept:
        parts.append(
            _table(("rule", "if broken", "what it asks"), ([f"`{r.code}`", r.severity, r.summary] for r in kept))
        )
    return "\n\n".join(part for part in parts if part)


def code_list_entry(listed: CodeList) -> str:
    """A code list: its editions, and every code of each."""
    parts = [f"## {listed.name}", f"**{listed.title.vi} · {listed.title.en}.**"]
    entries = codes.entries(listed)
    for edition in listed.editions:
        rows = ([f"`{e.code}`", e.title_vi, e.title_en, e.note] for e in entries if e.edition == edition.name)
        parts.append(f"Edition `{edition.name}`: {edition.regulation}{_in_force(edition)}.")
        parts.append(_table(("code", "tiếng Việt", "English", "note"), rows))
    return "\n\n".join(parts)


def kind_words(kind: Kind) -> str:
    """What a kind holds, in words."""
    match kind:
        case Text(max_length=length, pattern=pattern):
            return f"text, at most {length} characters" + f", matching `{pattern}`" * bool(pattern)
        case Code(list=name):
            return f"code of [{name}]({name.partition('.')[0]}-codes.md#{_anchor(name)})"
        case Number():
            return _number_words(kind)
        case Flag():
            return "yes or no"
        case Day():
            return "day"
        case PartialDay():
            return "day, month or year"
        case Fraction():
            return "exact share, `1/3`"
        case Geometry(shape=shape):
            return f"{shape} in the storage CRS"
        case Reference(to=targets, at=at):
            return " or ".join(_link(target) for target in targets) + f", {MOMENT[at]}"


def _number_words(kind: Number) -> str:
    decimals = f", {kind.scale} after the point" if kind.scale else ""
    return f"number, {kind.digits} digits{decimals}" + (f", in {kind.unit}" if kind.unit else "")


def _name(attribute: Attribute) -> str:
    marks = ["required"] * attribute.required + ["indexed"] * attribute.indexed
    return f"`{attribute.name}`" + (f" ({', '.join(marks)})" if marks else "")


def _cells(attribute: Attribute) -> list[str]:
    titles = f"{attribute.title.vi} · {attribute.title.en}"
    sensitivity = SENSITIVITY[attribute.sensitivity]
    return [titles, kind_words(attribute.kind), sensitivity, attribute.source, attribute.description]


def _derived(declarations: Declarations, entity: Entity) -> str:
    """The fields that are derived; they are sensitive as the most sensitive fact they are made of."""
    rows = [
        [
            f"`{field.name}`",
            f"{field.title.vi} · {field.title.en}",
            ", ".join(f"`{name}`" for name in derived.ingredients(declarations, entity, field)),
            SENSITIVITY[derived.sensitivity(declarations, entity, field)],
            derived.sources(declarations, entity, field),
            field.description,
        ]
        for field in entity.derived
    ]
    head = ("derived", "tên · title", "made of", "sensitivity", "source", "what it says")
    return _table(head, rows) if rows else ""


def _facts(declarations: Declarations, entity: Entity) -> Iterator[str]:
    for key in entity.keys:
        what = "one record at a moment" if key.unique else "a label, which several may share"
        yield f"- Found by `{key.name}` ({', '.join(key.attributes)}): {what}."
    for lookup in entity.lookups:
        fixed = "".join(f", {name} {value}" for name, value in lookup.fixed)
        yield f"- Found by `{lookup.name}`: the {lookup.attribute} of {_link(lookup.via)}{fixed}."
    for back in declarations.ways_back(entity).values():
        yield f"- Way back `{back.name}`: each {_link(back.entity.full_name)} whose `{back.attribute.name}` it is."
    if entity.territory:
        yield f"- Lies in a unit by `{entity.territory}`."
    if entity.placed_by:
        yield f"- Lies where its `{entity.placed_by}` {'lies' if entity.placed_by in entity.by_name else 'lie'}."
    yield "- May end." if entity.relation else "- Stays valid; what becomes of it is said by other facts (a status)."


def _in_force(edition: Edition) -> str:
    begin = f", in force from {edition.in_force_from}" if edition.in_force_from else ""
    end = f", until {edition.in_force_to} (not included)" if edition.in_force_to else ""
    return begin + end


def _index(declarations: Declarations) -> str:
    rows = (
        [f"[{registry.name}]({registry.name}.md)", registry.title.vi, registry.title.en, _listed(registry)]
        for registry in declarations.registries
    )
    said = (
        "What the registers hold, as declared in `baseregistry/registries`. Titles are Vietnamese and English; each"
        " attribute says who may see it and on whose word it stands."
    )
    title = "# Từ điển dữ liệu · Data dictionary"
    return _page([title, said, _table(("register", "tiếng Việt", "English", "entities"), rows)])


def _listed(registry: Registry) -> str:
    links = ", ".join(_link(entity.full_name) for entity in registry.entities)
    return f"{links}; [codes]({registry.name}-codes.md)"


def _link(entity: str) -> str:
    return f"[{entity}]({entity.partition('.')[0]}.md#{_anchor(entity)})"


def _anchor(heading: str) -> str:
    return heading.replace(".", "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def _page(parts: Sequence[str]) -> str:
    return "\n\n".join([GENERATED, *parts]) + "\n"
