"""An issuer's keys come and go, and so does he: against a real server of JWK Sets on this machine."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from baseregistry.access import jwks
from baseregistry.access.askers import Asker, Askers
from baseregistry.access.tokens import Verifier
from baseregistry.errors import NotAllowed, RegisterError, Unavailable
from tests.access.forgeries import FOREIGN
from tests.access.provider import Provider, bearer, claims, knowing, published, refused, rsa, serving, settings, signed

NOW = int(time.time())
Move = Callable[[float], None]


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Move:
    """Moves both clocks on."""
    ahead = 0.0
    real, steady = time.time, time.monotonic

    def move(seconds: float) -> None:
        nonlocal ahead
        ahead += seconds

    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    monkeypatch.setattr(time, "monotonic", lambda: steady() + ahead)
    return move


async def come(verifier: Verifier, token: str) -> str:
    """The client, or the code of the refusal."""
    received = [(b"authorization", bearer(token))]
    try:
        return str((await verifier.asking(dict(received), received)).client)
    except RegisterError as refusal:
        return refusal.code


def test_a_new_key_is_fetched_once_and_one_that_left_ends(move: Move) -> None:
    old, new = (signed(rsa(name), claims(exp=NOW + 3600)) for name in ("one", "two"))

    async def rotate(provider: Provider, move: Move) -> None:
        verifier = Verifier(settings(provider.url))
        async with verifier.kept():
            assert (await come(verifier, old), provider.asked) == ("land-office", 1)
            listening = Asker(verifier.caller(bearer(old)))
            assert Askers(verifier, None).again(listening) is listening
            provider.body = published(rsa("one"), rsa("two"))
            assert await come(verifier, new) == "access.bad_token"  # asked a moment ago
            move(11)
            assert await asyncio.gather(*(come(verifier, new) for _ in range(50))) == ["land-office"] * 50
            assert provider.asked == 2
            provider.body = published(rsa("two"))
            (keys,) = (each.keys for each in verifier._issuers.values())
            assert await keys.refresh()
            assert await come(verifier, old) == "access.bad_token"
            with pytest.raises(NotAllowed):  # so a subscription that was opened with it ends
                Askers(verifier, None).again(listening)
            assert await come(verifier, new) == "land-office"

    with serving(published(rsa("one"))) as provider:
        asyncio.run(rotate(provider, move))


def test_a_storm_of_unknown_keys_is_not_passed_on(move: Move) -> None:
    known = signed(rsa("one"), claims())

    async def storm(provider: Provider, move: Move) -> None:
        verifier = Verifier(settings(provider.url))
        async with verifier.kept():
            for _ in range(3):
                move(11)
                forged = [signed(FOREIGN, claims(), kid=f"kid-{number}") for number in range(60)]
                answers = await asyncio.gather(*(come(verifier, token) for token in [*forged, known]))
                assert answers == ["access.bad_token"] * 60 + ["land-office"]
            assert provider.asked == 4

    with serving(published(rsa("one"))) as provider:
        provider.delay = 0.05
        asyncio.run(storm(provider, move))


def test_keys_are_fetched_by_age() -> None:
    async def age(provider: Provider) -> None:
        verifier = Verifier(settings(provider.url).model_copy(update={"keys_refresh_seconds": 0.05}))
        token = signed(rsa("one"), claims())
        async with verifier.kept():
            assert await come(verifier, token) == "land-office"
            provider.body = published(rsa("two"))
            async with asyncio.timeout(5):
                while await come(verifier, token) == "land-office":  # noqa: ASYNC110 (the server has no event for it)
                    await asyncio.sleep(0.02)

    with serving(published(rsa("one"))) as provider:
        asyncio.run(age(provider))


@pytest.mark.parametrize(
    "away",
    [
        {"status": 500},
        {"status": 302, "headers": {"Location": "/elsewhere"}},
        {"body": b"<html>"},
        {"body": b"{}"},
        {"body": b'{"keys": {}}'},
        {"body": b'{"keys": [' + b" " * jwks.LARGEST + b"]}"},
        {"body": b"[" * 100_000},
    ],
)
def test_known_keys_outlive_their_issuer_for_a_while(move: Move, away: dict[str, Any]) -> None:
    token = signed(rsa("one"), claims(exp=NOW + 9 * 3600))
    other = signed(rsa("one"), claims(exp=NOW + 9 * 3600, azp=None, client_id="tax"))

    async def outage(provider: Provider, move: Move) -> None:
        verifier, good = Verifier(settings(provider.url)), dict(vars(provider))
        async with verifier.kept():
            assert await come(verifier, token) == "land-office"
            for name, value in away.items():
                setattr(provider, name, value)
            move(3590)
            (keys,) = (each.keys for each in verifier._issuers.values())
            assert not await keys.refresh()
            assert await come(verifier, token) == "land-office"
            assert await come(verifier, other) == "tax"
            move(11)
            assert [await come(verifier, each) for each in (token, other)] == ["access.keys_unreachable"] * 2
            provider.__dict__.update({name: good[name] for name in away})
            move(11)
            assert [await come(verifier, each) for each in (token, other)] == ["land-office", "tax"]

    with serving(published(rsa("one"))) as provider:
        asyncio.run(outage(provider, move))


def test_an_issuer_that_is_away_at_the_start_is_asked_again(move: Move) -> None:
    token = signed(rsa("one"), claims())

    async def start(provider: Provider, move: Move) -> None:
        provider.status = 503
        verifier = Verifier(settings(provider.url))
        async with verifier.kept():
            with pytest.raises(Unavailable) as refusal:
                verifier.caller(bearer(token))
            assert refusal.value.code == "access.keys_unreachable"
            assert refusal.value.hint
            assert await come(verifier, token) == "access.keys_unreachable"
            assert provider.asked == 1
            provider.status = 200
            move(11)
            assert await come(verifier, token) == "land-office"

    with serving(published(rsa("one"))) as provider:
        asyncio.run(start(provider, move))


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "TIMEOUT", 0.1)
    with serving(published(rsa())) as provider:
        provider.delay = 0.6
        keys = jwks.Keys(provider.url, 3600)
        assert not asyncio.run(keys.refresh())
        with pytest.raises(jwks.KeysUnreachable):
            keys.find("one")


def test_a_server_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "DEADLINE", -1.0)
    with serving(published(rsa())) as provider, pytest.raises(TimeoutError):
        jwks.fetched(provider.url)


@pytest.mark.parametrize(
    "changed",
    [
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"alg": "RSA-OAEP"},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "LMS"},
        {"n": "AQAB"},
        {"n": 7},
        {"kid": None},
    ],
)
def test_a_key_for_something_else_verifies_nothing(tmp_path: Path, changed: dict[str, Any]) -> None:
    key = {**rsa().as_dict(private=False), **changed}
    verifier = knowing(tmp_path, json.dumps({"keys": [key, *json.loads(published(rsa("two")))["keys"]]}).encode())
    assert refused(verifier, signed(rsa(), claims())) == "access.bad_token"
    assert verifier.caller(bearer(signed(rsa("two"), claims()))).subject


def test_a_private_or_doubled_key_verifies_nothing(tmp_path: Path) -> None:
    private = json.dumps({"keys": [rsa().as_dict(private=True)]}).encode()
    assert refused(knowing(tmp_path, private), signed(rsa(), claims())) == "access.bad_token"
    other = {**FOREIGN.as_dict(private=False), "kid": "one"}
    doubled = json.dumps({"keys": [rsa().as_dict(private=False), other]}).encode()
    assert refused(knowing(tmp_path, doubled), signed(rsa(), claims())) == "access.bad_token"
