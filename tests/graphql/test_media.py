"""Which media type is answered, and when a browser gets the page."""

import pytest

from baseregistry.graphql import media


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, media.JSON),
        (b"", media.JSON),
        (b"*/*", media.JSON),
        (b"application/*", media.JSON),
        (b"application/json", media.JSON),
        (b"application/graphql-response+json", media.GRAPHQL),
        (b"application/graphql-response+json; charset=utf-8, application/json; q=0.9", media.GRAPHQL),
        (b"application/json;q=0.1, application/graphql-response+json;q=0.5", media.GRAPHQL),
        (b"application/graphql-response+json;q=0.2, */*;q=0.9", media.JSON),
        (b"Application/JSON", media.JSON),
        (b"text/html", None),
        (b"application/json;q=0", None),
        (b"application/json;q=x", None),
    ],
)
def test_the_best_of_what_the_client_accepts(accept: bytes | None, kind: bytes | None) -> None:
    assert media.accepted(accept) == kind


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        (b"*/*", False),
        (b"application/json, text/html;q=0.5", False),
        (None, False),
    ],
)
def test_a_browser_gets_the_page(accept: bytes | None, page: bool) -> None:
    assert media.wants_page(accept) is page


@pytest.mark.parametrize(
    ("content_type", "is_json"),
    [
        (b"application/json", True),
        (b"application/json; charset=utf-8", True),
        (b'Application/JSON; charset="UTF-8"', True),
        (b"application/json; charset=iso-8859-1", False),
        (b"application/graphql", False),
        (b"text/plain", False),
        (b"application/x-www-form-urlencoded", False),
        (None, False),
    ],
)
def test_a_body_is_json_or_refused(content_type: bytes | None, is_json: bool) -> None:
    assert media.is_json(content_type) is is_json
