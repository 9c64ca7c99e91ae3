"""Trees and chains, held against the published test vectors of RFC 6962 logs."""

import hashlib

import pytest

from baseregistry.registries import digests

# The eight leaves and heads with which Certificate Transparency logs test themselves.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
HEADS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_tree_heads_are_those_of_rfc_6962(size: int) -> None:
    assert digests.tree_head(LEAVES[:size]).hex() == HEADS[size - 1]


def test_the_head_of_an_empty_tree_is_the_hash_of_nothing() -> None:
    assert digests.tree_head([]) == hashlib.sha256(b"").digest()


def test_provenance_is_the_same_whatever_the_order_of_its_words() -> None:
    one = digests.provenance_bytes({"reason": "Đính chính", "agency": "H17", "case": None})
    other = digests.provenance_bytes({"agency": "H17", "reason": "Đính chính"})
    assert one == other == '{"agency":"H17","reason":"Đính chính"}'.encode()


def test_a_head_covers_all_that_came_before() -> None:
    first, second = (hashlib.sha256(word).digest() for word in (b"one", b"two"))
    forward = digests.chain(digests.chain(digests.GENESIS, first), second)
    backward = digests.chain(digests.chain(digests.GENESIS, second), first)
    assert forward != backward


def test_what_a_change_wrote_and_what_it_closed_are_not_confused() -> None:
    leaf = hashlib.sha256(b"version").digest()
    assert digests.change_digest({"position": 1}, [leaf], []) != digests.change_digest({"position": 1}, [], [leaf])
