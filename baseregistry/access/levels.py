"""Where in a question a record stands: the path that leads to it, and what may be needed of it there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from baseregistry import errors, naming
from baseregistry.access import made
from baseregistry.access.needs import Need, Sort
from baseregistry.registries import derived as facts
from baseregistry.registries.declare import Attribute, Declarations, Entity, Reference, Sensitivity

Needs = Iterator[Need]


@dataclass(frozen=True, slots=True)
class Level:
    """Where in a question a record stands: the path to it, its entity, and whether only public attributes lead there."""

    declarations: Declarations
    path: str
    entity: Entity
    public: bool = True
    by_reference: bool = False

    def need(self, name: str, field: str, sort: Sort, *, public: bool) -> Need:
        """A need at this level."""
        entity, by_reference = self.entity.full_name, self.by_reference
        return Need(self.path, name, field, entity, sort, public=public and self.public, by_reference=by_reference)

    def fact(self, attribute: Attribute) -> Need:
        """The value of an attribute: of a reference, the id of the record it leads to."""
        if isinstance(attribute.kind, Reference):
            below = self.target(attribute, attribute.kind.to[0])
            found = replace(below.itself(Sort.ID), public=below.public)
        else:
            public = attribute.sensitivity is Sensitivity.PUBLIC
            found = self.need(attribute.name, naming.field(attribute.name), Sort.FACT, public=public)
        return replace(found, personal=attribute.sensitivity is Sensitivity.PERSONAL)

    def itself(self, sort: Sort) -> Need:
        """The record's id, times or being there: public where the entity has anything public."""
        public = any(item.sensitivity is Sensitivity.PUBLIC for item in self.entity.attributes)
        field = {Sort.ID: "id", Sort.TIMES: "version", Sort.THERE: "__typename"}[sort]
        return self.need(field, field, sort, public=public)

    def beside(self, name: str) -> Need:
        """A history, which is as public as what it holds; a feed, or the persons behind a version, never."""
        public = name == "history" and self.itself(Sort.ID).public
        return self.need(name, name, Sort.BESIDE, public=public)

    def target(self, attribute: Attribute, entity: str) -> "Level":
        """The level to which a reference leads."""
        public = self.public and attribute.sensitivity is Sensitivity.PUBLIC
        path = f"{self.path}.{naming.field(attribute.name)}"
        return Level(self.declarations, path, self.declarations.entities[entity], public, by_reference=True)

    def way(self, name: str) -> "Level":
        """The level to which a way back leads."""
        way = self.declarations.ways_back(self.entity)[name]
        public = self.public and way.attribute.sensitivity is Sensitivity.PUBLIC
        return Level(self.declarations, f"{self.path}.{naming.field(name)}", way.entity, public)

    def follow(self, steps: Iterable[str]) -> "Level":
        """The level at the end of references to one entity each."""
        here = self
        for step in steps:
            attribute = here.entity.by_name[step]
            assert isinstance(attribute.kind, Reference)
            here = here.target(attribute, attribute.kind.to[0])
        return here


def root(declarations: Declarations, entity: str) -> Level:
    """The level at which the records of `entity` are asked for."""
    if entity not in declarations.entities:
        raise unknown(f"{entity!r} is no entity")
    return Level(declarations, naming.root(entity), declarations.entities[entity])


def derived(here: Level, name: str) -> Need:
    """A derived field: opened by its own path (an answer instead of data), or by all that it is made of."""
    declared = here.entity.derived_by_name[name]
    sensitivity = facts.sensitivity(here.declarations, here.entity, declared)
    need = here.need(name, naming.field(name), Sort.FACT, public=sensitivity is Sensitivity.PUBLIC)
    parts = tuple(part.fact(part.entity.by_name[attribute]) for part, attribute in made.parts(here, declared.rule))
    return replace(need, personal=sensitivity is Sensitivity.PERSONAL, instead=parts)


def unknown(said: str) -> errors.BadQuestion:
    return errors.BadQuestion(
        f"Nobody has said who may ask for {said}, so it is not answered.",
        code="access.unknown_path",
        hint="This is a fault of the service: report it.",
    )
