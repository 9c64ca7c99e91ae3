"""The page at ``/graphql``: GraphiQL from files of this machine, or a plain form where they are not installed."""

from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE / "page"
STATIC = HERE / "static"  # copied from npm packages by `npm run assets`
ASSETS = ("graphiql.min.js", "graphiql.min.css", "react.production.min.js", "react-dom.production.min.js")
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    b"img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", POLICY),
    (b"vary", b"accept"),
]


def installed() -> bool:
    """Whether GraphiQL's files are here."""
    return all((STATIC / name).is_file() for name in ASSETS)


def page() -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The headers and the body of the page."""
    name = "graphiql.html" if installed() else "plain.html"
    return HEADERS, (PAGE / name).read_bytes()
