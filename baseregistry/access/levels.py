"""Where in a question a record stands: the path that leads to it, and what may be needed of it there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from baseregistry import errors, naming
from baseregistry.access import made
from baseregistry.access.answers import arguments, dated, named
from baseregistry.access.needs import Need, Sort
from baseregistry.registries import derived as facts
from baseregistry.registries.declare import Attribute, Declarations, Entity, Reference, Sensitivity
from baseregistry.registries.question import Bind

Needs = Iterator[Need]


@dataclass(frozen=True, slots=True)
class Level:
    """Where in a question a record stands: the path to it, its entity, and whether only public attributes lead there."""

    declarations: Declarations
    path: str
    entity: Entity
    public: bool = True
    by_reference: bool = False
    past: bool = False  # whether it is seen at a moment that the question chooses, or at several
    listed: bool = False  # whether the records of the root are not named by a key

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

    def times(self) -> Needs:
        """The facts that the times of a record tell: a person begins with birth."""
        for name in dict.fromkeys(born for item in self.entity.derived if (born := dated(item.rule))):
            answers = (item for item in self.entity.derived if dated(item.rule) == name)
            paths = tuple(f"{self.path}.{naming.field(item.name)}" for item in answers)
            yield replace(self.fact(self.entity.by_name[name]), sort=Sort.TOLD, condition=True, answers=paths)

    def there(self) -> Needs:
        """That there is a record, and what that tells at a moment that the question chooses."""
        yield self.itself(Sort.THERE)
        if self.past:
            yield from self.times()

    def target(self, attribute: Attribute, entity: str) -> "Level":
        """The level to which a reference leads."""
        public = self.public and attribute.sensitivity is Sensitivity.PUBLIC
        path = f"{self.path}.{naming.field(attribute.name)}"
        return replace(self, path=path, entity=self.declarations.entities[entity], public=public, by_reference=True)

    def way(self, name: str) -> "Level":
        """The level to which a way back leads."""
        way = self.declarations.ways_back(self.entity)[name]
        public = self.public and way.attribute.sensitivity is Sensitivity.PUBLIC
        path = f"{self.path}.{naming.field(name)}"
        return replace(self, path=path, entity=way.entity, public=public, by_reference=False)

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


def derived(here: Level, name: str, given: Iterable[tuple[str, Bind]] = ()) -> Need:
    """A derived field: opened by its own path (an answer instead of data), or by all that it is made of; `given` are the
    arguments with which it is asked, by declared name."""
    declared = here.entity.derived_by_name[name]
    sensitivity = facts.sensitivity(here.declarations, here.entity, declared)
    need = here.need(name, naming.field(name), Sort.FACT, public=sensitivity is Sensitivity.PUBLIC)
    parts = tuple(part.fact(part.entity.by_name[attribute]) for part, attribute in made.parts(here, declared.rule))
    need = replace(need, personal=sensitivity is Sensitivity.PERSONAL, instead=parts)
    if arguments(declared.rule) is None:
        return need
    asked = tuple((naming.field(argument), bind.slot) for argument, bind in given)
    bounded = not here.past and not (here.listed and named(declared.rule))
    return replace(need, sort=Sort.ANSWER, given=asked, bounded=bounded)


def unknown(said: str) -> errors.BadQuestion:
    return errors.BadQuestion(
        f"Nobody has said who may ask for {said}, so it is not answered.",
        code="access.unknown_path",
        hint="This is a fault of the service: report it.",
    )
