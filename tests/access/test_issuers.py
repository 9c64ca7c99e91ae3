"""Tokens of an identity provider: what Keycloak sends is believed, and no forgery is."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey

from baseregistry.access import tokens
from baseregistry.access.tokens import ANONYMOUS, Caller, Verifier
from baseregistry.errors import NotAllowed, RegisterError
from baseregistry.settings import Settings
from tests.access.forgeries import FORGED
from tests.access.provider import ISSUER, bearer, claims, fetched, knowing, published, refused, rsa, settings, signed

NOW = int(time.time())


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    """One that knows the key `one`, from a file."""
    return knowing(tmp_path_factory.mktemp("keys"), published(rsa()))


# --- what is believed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "header", "client"),
    [
        ({}, {}, "land-office"),
        ({"client_id": None, "azp": "portal"}, {}, "portal"),
        ({"client_id": None, "azp": None}, {}, None),
        ({"aud": "baseregistry"}, {"typ": "at+jwt"}, "land-office"),
        ({"typ": None, "nbf": timedelta(seconds=-10)}, {"typ": "application/at+jwt"}, "land-office"),
        ({"nbf": 0}, {}, "land-office"),  # Keycloak before 12
        ({"exp": timedelta(seconds=-3)}, {}, "land-office"),  # clocks differ
        ({"nbf": timedelta(seconds=4)}, {}, "land-office"),
    ],
)
def test_what_keycloak_sends_is_believed(
    verifier: Verifier, changed: dict[str, Any], header: dict[str, Any], client: str | None
) -> None:
    said = claims(**changed)
    caller = verifier.caller(bearer(signed(rsa(), said, **header)))
    begins = float(said.get("nbf", said["iat"]))
    assert caller == Caller(said["sub"], begins, float(said["exp"]), client, ISSUER, caller.key, caller.leeway)
    assert caller.key


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa("plain"), "RS256"),
        (ECKey.generate_key("P-256", {"kid": "ec"}), "ES256"),
        (OKPKey.generate_key("Ed25519", {"kid": "okp"}), "Ed25519"),
    ],
)
def test_an_algorithm_is_believed_where_it_is_listed(tmp_path: Path, key: Any, algorithm: str) -> None:
    token = signed(key, claims(), algorithm)
    assert knowing(tmp_path, published(key), algorithms=[algorithm]).caller(bearer(token)).subject
    assert refused(knowing(tmp_path, published(key), algorithms=["RS512"]), token) == "access.bad_token"


def test_claims_have_the_names_of_the_settings(tmp_path: Path) -> None:
    verifier = knowing(tmp_path, published(rsa()), subject_claim="username", client_claims=["app"])
    caller = verifier.caller(bearer(signed(rsa(), claims(username="an", app="tax"))))
    assert (caller.subject, caller.client) == ("an", "tax")


def test_two_issuers_are_held_apart(tmp_path: Path) -> None:
    other = "https://other.example"
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(published(rsa(name)))
    one = {"issuer": ISSUER, "audience": "baseregistry", "keys": str(tmp_path / "one")}
    two = {"issuer": other, "audience": "baseregistry", "keys": str(tmp_path / "two")}
    verifier = Verifier(settings("/keys", issuers=Settings(issuers=json.dumps([one, two])).issuers))
    asyncio.run(fetched(verifier))
    assert verifier.caller(bearer(signed(rsa("two"), claims(iss=other)))).issuer == other
    assert refused(verifier, signed(rsa("two"), claims())) == "access.bad_token"
    assert refused(verifier, signed(rsa("one"), claims(iss=other))) == "access.bad_token"


# --- what is not ------------------------------------------------------------------------------------


@pytest.mark.parametrize("forgery", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused(verifier: Verifier, forgery: Callable[[], str]) -> None:
    assert refused(verifier, forgery()) == "access.bad_token"
    assert refused(verifier, forgery()) == "access.bad_token"  # and is not remembered
    assert bearer(forgery()) not in verifier._remembered


@pytest.mark.parametrize("header", [b"", b"Bearer", b"Bearer  ", b"Token e30.e30.e30", b"Bearer " + b"a" * 8193])
def test_what_is_no_bearer_token_is_told_where_to_ask(verifier: Verifier, header: bytes) -> None:
    assert refused(verifier, header) in ("access.no_token", "access.bad_token")


GENUINE = signed(rsa(), claims(exp=NOW + 7200))


@given(place=st.integers(0, len(GENUINE) - 1), byte=st.integers(0, 255))
@examples(max_examples=600, deadline=None)
def test_a_token_with_any_byte_changed_is_refused(verifier: Verifier, place: int, byte: int) -> None:
    token = bytearray(GENUINE.encode())
    token[place] = byte
    header = b"Bearer " + bytes(token)
    if bytes(token) == GENUINE.encode():
        assert verifier.caller(header).client == "land-office"
    else:
        assert refused(verifier, header) in ("access.bad_token", "access.no_token")


def test_the_last_characters_have_no_second_spelling(verifier: Verifier) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    believed = [last for last in alphabet if _holds(verifier, GENUINE[:-1] + last)]
    assert believed == [GENUINE[-1]]


def _holds(verifier: Verifier, token: str) -> bool:
    try:
        return bool(verifier.caller(bearer(token)))
    except NotAllowed:
        return False


def test_no_word_of_a_token_is_logged_or_told(verifier: Verifier, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for forgery in FORGED.values():
        token = forgery()
        with pytest.raises(NotAllowed) as refusal:
            verifier.caller(bearer(token))
        shown: BaseException | None = refusal.value
        assert shown is not None
        assert shown.__cause__ is None
        assert not any(part in f"{shown} {refusal.value.hint}" for part in token.split(".") if len(part) > 3)
    assert caplog.records == []


# --- headers -----------------------------------------------------------------------------------------


def asked(verifier: Verifier, *received: tuple[bytes, bytes], anonymous: bool = False) -> Caller:
    found = verifier.caller_or_anonymous if anonymous else verifier.asking
    return asyncio.run(found(dict(received), received))


def test_nobody_is_anonymous_by_a_bad_token(verifier: Verifier) -> None:
    assert asked(verifier, (b"accept", b"*/*"), anonymous=True) is ANONYMOUS
    assert asked(verifier, (b"authorization", bearer(GENUINE)), anonymous=True).client == "land-office"
    for value in (b"", b"Bearer", bearer(GENUINE[:-1])):
        with pytest.raises(NotAllowed):
            asked(verifier, (b"authorization", value), anonymous=True)
    with pytest.raises(NotAllowed) as refusal:
        asked(verifier, (b"accept", b"*/*"))
    assert refusal.value.code == "access.no_token"


@pytest.mark.parametrize("name", [b"authorization", b"x-purpose", b"x-case", b"x-official", b"x-proxy-secret"])
def test_a_header_on_which_access_rests_comes_once(verifier: Verifier, name: bytes) -> None:
    genuine = (b"authorization", bearer(GENUINE))
    with pytest.raises(NotAllowed) as refusal:
        asked(verifier, (name, bearer(GENUINE)), genuine, (name, bearer(GENUINE)))
    assert refusal.value.code == "access.repeated_header"
    assert asked(verifier, genuine, (b"cookie", b"a"), (b"cookie", b"b")).client == "land-office"


def test_the_memory_ends_with_the_token(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW + 1.0)
    header = bearer(signed(rsa(), claims(exp=NOW + 200)))
    assert verifier.caller(header) is verifier.caller(header)
    monkeypatch.setattr(time, "time", lambda: NOW + 206.0)
    assert refused(verifier, header) == "access.token_expired"


# --- the local issuer --------------------------------------------------------------------------------


def test_the_local_issuer_ends_with_the_first_other_one(tmp_path: Path) -> None:
    token = tokens.issue(Settings(data=tmp_path), "an", client="portal")
    assert Verifier(Settings(data=tmp_path)).caller(bearer(token)).client == "portal"
    assert refused(knowing(tmp_path, published(rsa()), data=tmp_path), token) == "access.bad_token"


@pytest.mark.parametrize("closed", [{"production": True}, {"issuers": settings("/keys").issuers}])
def test_the_local_issuer_is_closed_in_production(tmp_path: Path, closed: dict[str, Any]) -> None:
    with pytest.raises(RegisterError) as refusal:
        tokens.issue(Settings(data=tmp_path, **closed), "an")
    assert refusal.value.code == "access.local_issuer_closed"
    assert list(tmp_path.iterdir()) == []
    if "production" in closed:
        with pytest.raises(RegisterError):
            Verifier(Settings(data=tmp_path, **closed))
