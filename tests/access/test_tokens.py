"""The local issuer: what it signs is known again, and nothing else is."""

import os
import stat
import time
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from baseregistry.access import tokens
from baseregistry.errors import NotAllowed, Unavailable
from baseregistry.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


def bearer(token: str) -> bytes:
    return b"Bearer " + token.encode()


def forged(key: OKPKey | OctKey, changed: dict[str, object] | None = None, algorithm: str = "Ed25519") -> str:
    now = int(time.time())
    claims = {"iss": tokens.ISSUER, "aud": tokens.AUDIENCE, "sub": "x", "nbf": now, "exp": now + 60, **(changed or {})}
    said = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": algorithm}, said, key, algorithms=[algorithm])


def test_a_token_says_who_calls(settings: Settings) -> None:
    token = tokens.issue(settings, "an.nguyen", hours=1)
    verifier = tokens.Verifier(settings)
    assert verifier.caller(bearer(token)).subject == "an.nguyen"
    assert verifier.caller(bearer(token)).subject == "an.nguyen"  # from memory


def test_the_key_is_the_owners_alone_and_stays(settings: Settings) -> None:
    tokens.issue(settings, "a")
    path = settings.data / tokens.KEY_FILE
    made = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    tokens.issue(settings, "b")
    assert path.read_bytes() == made
    assert [file.name for file in settings.data.iterdir()] == [tokens.KEY_FILE]


def test_a_key_others_can_read_is_refused(settings: Settings) -> None:
    tokens.issue(settings, "a")
    (settings.data / tokens.KEY_FILE).chmod(0o644)
    with pytest.raises(Unavailable) as refused:
        tokens.issue(settings, "a")
    assert refused.value.code == "access.key_exposed"


def test_a_broken_key_is_told_and_not_replaced(settings: Settings) -> None:
    settings.data.mkdir()
    path = settings.data / tokens.KEY_FILE
    os.close(os.open(path, os.O_CREAT, 0o600))
    with pytest.raises(Unavailable) as refused:
        tokens.Verifier(settings)
    assert refused.value.code == "access.key_unreadable"
    assert path.read_bytes() == b""


@pytest.mark.parametrize("header", [None, b"", b"Basic YTpi", b"Bearer", b"Bearer ", b"Bearer " + b"a" * 9000])
def test_a_request_without_a_token_is_told_how_to_get_one(settings: Settings, header: bytes | None) -> None:
    with pytest.raises(NotAllowed) as refused:
        tokens.Verifier(settings).caller(header)
    assert refused.value.code == "access.no_token"
    assert "baseregistry token" in (refused.value.hint or "")


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody"},
        {"aud": "something"},
        {"sub": None},
        {"exp": None},
        {"nbf": None},
        {"exp": int(time.time()) - 60},
        {"nbf": int(time.time()) + 600},
    ],
)
def test_a_token_with_another_claim_is_refused(settings: Settings, changed: dict[str, object]) -> None:
    token = forged(tokens.signing_key(settings), changed)
    with pytest.raises(NotAllowed) as refused:
        tokens.Verifier(settings).caller(bearer(token))
    assert refused.value.code == "access.bad_token"


def test_a_token_of_another_key_or_algorithm_is_refused(settings: Settings) -> None:
    verifier = tokens.Verifier(settings)
    public = tokens.signing_key(settings).as_dict(private=False)
    confused = OctKey.import_key(str(public["x"]).encode())
    unsigned = "eyJhbGciOiJub25lIn0." + forged(OKPKey.generate_key("Ed25519")).split(".")[1] + "."
    for token in (forged(OKPKey.generate_key("Ed25519")), forged(confused, algorithm="HS256"), unsigned, "a.b.c"):
        with pytest.raises(NotAllowed) as refused:
            verifier.caller(bearer(token))
        assert refused.value.code == "access.bad_token"


def test_a_remembered_token_ends_when_it_says(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = tokens.Verifier(settings)
    header = bearer(tokens.issue(settings, "a", hours=1))
    assert verifier.caller(header).subject
    later = time.time() + 3600 + 2 * tokens.LEEWAY
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(NotAllowed) as refused:
        verifier.caller(header)
    assert refused.value.code == "access.token_expired"
    with pytest.raises(NotAllowed):
        verifier.caller(header)


def test_no_more_tokens_are_remembered_than_allowed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_REMEMBERED", 2)
    verifier = tokens.Verifier(settings)
    headers = [bearer(tokens.issue(settings, str(number))) for number in range(4)]
    for header in headers * 2:
        assert verifier.caller(header).subject
    assert len(verifier._remembered) == 2
