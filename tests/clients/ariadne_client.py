"""Asks with the typed client that ariadne-codegen made of the schema and of questions.graphql: ariadne_client.py URL TOKEN."""

# ruff: noqa: PT017 (pytest is not in this environment)

import asyncio
import sys
from decimal import Decimal

from registers import AsOf, Client
from registers.exceptions import GraphQLClientGraphQLMultiError


async def ask(url: str, token: str) -> None:
    async with Client(url, headers={"authorization": f"Bearer {token}"}) as client:
        found = await client.unit_by_code(code="48")
        assert found.unit is not None
        assert found.unit.name == "Thành phố Đà Nẵng"
        assert isinstance(found.unit.version.recorded_from, int)

        page = await client.parcels(first=2, as_of=AsOf(position=6))
        assert page.parcels.nodes
        assert all(
            node.documented_area is None or isinstance(node.documented_area, Decimal) for node in page.parcels.nodes
        )
        holders = {
            right.holder.typename__ for node in page.parcels.nodes for right in node.rights.nodes if right.holder
        }
        assert "Person" in holders, holders
        try:
            await client.parcels(first=1001)
        except GraphQLClientGraphQLMultiError as refused:
            assert refused.errors[0].extensions["code"] == "question.bad_page"
        else:
            raise AssertionError("a page of too many rows was answered")


if __name__ == "__main__":
    asyncio.run(ask(*sys.argv[1:]))
