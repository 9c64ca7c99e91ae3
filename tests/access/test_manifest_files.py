"""Manifest files: Apollo's and Relay's, and what is said of a wrong one."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from baseregistry import errors
from baseregistry.access.manifests import APOLLO, APOLLO_FORMAT, RELAY, read_manifest

TEXT = "query Owner($id: ID!) { parcel(id: $id) { mapSheet } }"
UNICODE = "query Ten { __typename } # Đà Nẵng"


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def operation(text: str = TEXT, **said: Any) -> dict[str, Any]:
    return {"id": digest(text), "name": "Owner", "type": "query", "body": text, **said}


def apollo(*operations: Any, **said: Any) -> dict[str, Any]:
    return {"format": APOLLO_FORMAT, "version": 1, "operations": list(operations), **said}


def file(folder: Path, content: Any) -> Path:
    made = folder / "manifest.json"
    made.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return made


def test_apollos_manifest(tmp_path: Path) -> None:
    made = file(tmp_path, apollo(operation(), operation(UNICODE, name="Ten")))
    found = read_manifest(made)
    assert (found.format, found.sha256) == (APOLLO, sha256(made.read_bytes()).hexdigest())
    assert [(one.sha256, one.text, one.name, one.kind) for one in found.documents] == [
        (digest(TEXT), TEXT, "Owner", "query"),
        (digest(UNICODE), UNICODE, "Ten", "query"),
    ]


def test_relays_manifest(tmp_path: Path) -> None:
    found = read_manifest(file(tmp_path, {digest(TEXT): TEXT, digest(UNICODE): UNICODE}))
    assert found.format == RELAY
    assert [(one.sha256, one.text, one.name) for one in found.documents] == [
        (digest(TEXT), TEXT, None),
        (digest(UNICODE), UNICODE, None),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not JSON"),
        ("[]", "is not JSON: not an object"),
        (f'{{"{digest(TEXT)}": "{TEXT}", "{digest(TEXT)}": "{TEXT}"}}', "a name stands twice"),
        ({}, "is no manifest"),
        ({"operations": []}, "is no manifest"),
        (apollo(), "lists 0 documents"),
        (apollo(operation(), version=2), "is of version 2"),
        (apollo("text"), "operation 1 is no object"),
        (apollo({"id": digest(TEXT), "body": TEXT}), "says no `name`"),
        (apollo(operation(type="fragment")), "says no `name`, or no `type`"),
        (apollo(operation(id="owner")), "is named 'owner', and the SHA-256 of its text"),
        (apollo(operation(id=digest(TEXT).upper())), "the SHA-256 of its text"),
        (apollo(operation(body=" ")), "has no text"),
        (apollo(operation(), operation()), "twice"),
        ({digest(TEXT): TEXT + " "}, "the SHA-256 of its text"),
        ({digest(TEXT): {"text": TEXT}}, "has no text"),
        ({"d41d8cd98f00b204e9800998ecf8427e": TEXT}, "is named by an MD5"),
        ({digest(TEXT): "\ud800"}, "no Unicode"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(errors.BadFile) as refused:
        read_manifest(file(tmp_path, content if isinstance(content, str) else json.dumps(content)))
    assert refused.value.code == "access.bad_manifest"
    assert said in refused.value.message
    assert refused.value.message.startswith("manifest.json")
    assert refused.value.hint


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.BadFile, match="No such file"):
        read_manifest(tmp_path / "none.json")
