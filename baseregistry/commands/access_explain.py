"""`baseregistry access explain`: what would be allowed and why, in words or as JSON."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from baseregistry import errors
from baseregistry.commands import edge

if TYPE_CHECKING:
    import sqlalchemy as sa

    from baseregistry.access import explain as reasons
    from baseregistry.access.grants import GrantSet
    from baseregistry.access.standing import Standing
    from baseregistry.graphql.door import Door
    from baseregistry.graphql.explaining import Explanation
    from baseregistry.settings import Settings

STDIN = "-"
Operation = Annotated[str | None, typer.Option("--operation", metavar="NAME", help="Which operation of the document.")]
Variables = Annotated[
    str | None,
    typer.Option("--variables", metavar="JSON", help="Values of its variables; without, any that its types let pass."),
]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="By what holds then; else now.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True)
class Order:
    """Who would ask what, what for, and by what holds when."""

    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client, as its tokens name it.")]
    purpose: Annotated[str, typer.Argument(metavar="PURPOSE", help="Code of the purpose.")]
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="File of a GraphQL document; - reads it.")]
    operation: Operation = None
    variables: Variables = None
    at: At = None
    as_json: AsJson = False


class Judged(NamedTuple):
    """What was found: the explanation, the grants in force with their laws, whether only trusted documents are answered."""

    explanation: "Explanation"
    laws: "tuple[reasons.Law, ...]"
    agency: str
    trusted_only: bool
    at: datetime


@edge.options(Order)
def explain(order: Order) -> None:
    """Say what a client would be allowed to ask for a purpose, and why.

    Nothing is asked of the records. Exit code 0 when it would be answered, 1 when not.
    """
    from baseregistry.roles import Role

    settings = edge.settings()
    with edge.database(settings, Role.READING) as engine:
        judged = _judged(engine, settings, order)
    if order.as_json:
        edge.print_json(_as_json(order, judged))
    else:
        print("\n".join(_told(order, judged)))
    if not judged.explanation.allowed:
        raise typer.Exit(edge.REFUSED)


def _judged(engine: "sa.Engine", settings: "Settings", order: Order) -> Judged:
    from baseregistry import db
    from baseregistry.access import explain as reasons
    from baseregistry.access import standing
    from baseregistry.graphql.explaining import Explanation, explained, refused
    from baseregistry.graphql.requests import Asked
    from baseregistry.registries.days import instant
    from baseregistry.registries.installation import opened

    asked = Asked(_document(order.document), order.operation, _variables(order.variables))
    with db.reading(engine) as reading:
        installation = opened(reading, settings)
        at = instant(order.at, installation.zone, place="--at") if order.at else datetime.now(UTC)
        stands = standing.stands(reading, at)
        client = stands.clients.get(order.client)
        agency, trusted_only = (client.agency_code, client.trusted_only) if client else ("", False)
        try:
            grants = _in_force(stands, order)
        except errors.NotGranted as failure:
            return Judged(Explanation(refused(failure)), (), agency, trusted_only, at)
        laws = reasons.laws(reading, grants, at, installation.zone)
        return Judged(explained(door(installation, settings), asked, grants), laws, agency, trusted_only, at)


def _in_force(stands: "Standing", order: Order) -> "GrantSet":
    """What the client has for the purpose, with a token of its issuer.  Raises errors.NotGranted."""
    from baseregistry.access.errands import Errand
    from baseregistry.access.grants import in_force
    from baseregistry.access.tokens import Caller

    known = stands.clients.get(order.client)
    issuer = known.issuer if known and known.issuer else ""
    return in_force(stands, Caller("explain", 0.0, float("inf"), order.client, issuer), Errand(order.purpose))


def door(installation: Any, settings: "Settings") -> "Door":
    """A door that decides and answers nothing: it has no database."""
    from functools import partial

    from baseregistry.graphql.door import Door
    from baseregistry.graphql.limits import Limits
    from baseregistry.graphql.schema import build
    from baseregistry.registries.answer import compile as compile_questions
    from baseregistry.registries.answer.standing import standing

    compilers = partial(compile_questions, installation), partial(standing, installation)
    return Door(build(installation.declarations), *compilers, _Nowhere(), Limits.of(settings))


class _Nowhere:
    """A pool of no connections."""

    async def run(self, *_: Any) -> Any:
        raise AssertionError("nothing is asked of the records")

    rows = run


def _document(said: str) -> str:
    try:
        return sys.stdin.read() if said == STDIN else Path(said).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise errors.BadFile(
            f"The document {said} cannot be read: {failure}.",
            code="input.no_such_file",
            hint="Name a file that holds a GraphQL document in UTF-8, or - to read it from standard input.",
        ) from failure


def _variables(said: str | None) -> dict[str, Any]:
    try:
        found = json.loads(said) if said else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise typer.BadParameter('give a JSON object: {"id": "…"}', param_hint="--variables")
    return found


# --- as it is told -----------------------------------------------------------------------------------


def _as_json(order: Order, judged: Judged) -> dict[str, Any]:
    found = judged.explanation
    return {
        "allowed": found.allowed,
        "client": order.client,
        "agency": judged.agency,
        "purpose": order.purpose,
        "at": judged.at.isoformat(),
        "trusted_only": judged.trusted_only,
        "refusal": asdict(found.refusal) if found.refusal else None,
        "roots": [asdict(root) for root in found.roots],
        "states": found.states,
        "grants": [asdict(law) for law in judged.laws],
        "log": [
            {"entity": one.entity, "level": _level(one.opened), "fields": one.fields, "conditions": one.conditions}
            for one in found.verdict.told
        ],
        "cost": {"points": found.verdict.points, "most": found.most_points},
        "supposed": found.supposed,
    }


def _level(opened: bool) -> str:
    return "OPENED" if opened else "SEARCH_HIT"


def _told(order: Order, judged: Judged) -> Iterator[str]:
    found, names = judged.explanation, {law.record: law.name for law in judged.laws}
    yield f"{'ALLOWED' if found.allowed else 'REFUSED'}  {order.client} ({judged.agency or 'no agency'}) for {order.purpose}"
    if found.refusal:
        yield f"  {found.refusal.code}: {found.refusal.message}"
        yield from [f"  hint: {found.refusal.hint}"] if found.refusal.hint else []
    if judged.trusted_only:
        yield "  The client may ask by trusted documents only; whether this is one is not looked at here."
    if found.supposed:
        yield f"  Supposed any value of: {', '.join(f'${name}' for name in found.supposed)} (--variables)."
    for root in found.roots:
        yield from _root(root, names)
    if found.states:
        yield f"\nmay state  {', '.join(found.states)}"
    yield from _laws(judged.laws)
    yield from _costs(found)


def _root(root: "reasons.Root", names: dict[str, str]) -> Iterator[str]:
    under = names.get(root.under, root.under) if root.under else "what is public"
    yield f"\n{root.key}  {root.entity} ({root.form}): " + (f"under {under}" if root.allowed else "refused")
    width = max((len(path.path) for path in root.paths), default=0)
    for path in root.paths:
        use = "to find by" if path.condition else "delivered"
        yield f"  {_sign(path)} {path.path:{width}}  {use:10}  {'; '.join(_why(path, names))}"


def _sign(path: "reasons.Path") -> str:
    return "+" if path.public or path.openings else "-"


def _why(path: "reasons.Path", names: dict[str, str]) -> Iterator[str]:
    if path.public:
        yield "public"
    for one in path.openings:
        said = {"plain": "", "masked": ", masked only", "answer": ", the answer alone"}[one.how]
        yield f"{names.get(one.grant, one.grant)}{said}"
    if not path.public and not path.openings:
        yield "not granted"
        yield from ["with `mask: true` it is"] if path.masked else []
        yield from (f"{answer} is instead" for answer in path.answers)


def _laws(laws: "tuple[reasons.Law, ...]") -> Iterator[str]:
    if laws:
        yield "\ngrants"
    for law in laws:
        where = "everywhere" if law.units is None else f"in {', '.join(law.units) or 'no unit of today'}"
        until = law.until.date().isoformat() if law.until else "open"
        yield f"  {law.name}  {law.agency}, {where}, {law.since.date() if law.since else 'always'} to {until}"
        yield f"    {law.legal_basis}"


def _costs(found: "Explanation") -> Iterator[str]:
    if not found.allowed:
        return
    yield "\nlog" if found.verdict.told else "\nlog  nothing of a person"
    for one in found.verdict.told:
        by = f", found by {', '.join(one.conditions)}" if one.conditions else ""
        yield f"  {_level(one.opened):10}  {one.entity}: {', '.join(one.fields) or 'that it is there'}{by}"
    yield f"\ncost  {found.verdict.points:,} of {found.most_points:,} points"
