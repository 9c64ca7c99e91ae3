"""The client gql: reads the schema, holds a document to it, asks, and is refused: gql_client.py URL TOKEN."""

# ruff: noqa: PT017 (pytest is not in this environment)

import asyncio
import sys

from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport, HTTPXTransport
from graphql import GraphQLError

QUESTION = "query Unit($code: String!) { unit(code: $code) { name } }"
EXPECTED = {"unit": {"name": "Thành phố Đà Nẵng"}}


def ask(transport: HTTPXTransport) -> None:
    with Client(transport=transport, fetch_schema_from_transport=True) as client:
        assert client.execute(GraphQLRequest(QUESTION, variable_values={"code": "48"})) == EXPECTED
        try:
            client.execute(gql("{ units { nope } }"))
        except GraphQLError as refused:
            assert "nope" in refused.message
        else:
            raise AssertionError("a document that is none of the schema was sent")
        many = [GraphQLRequest(QUESTION, variable_values={"code": code}) for code in ("48", "none")]
        assert client.execute_batch(many) == [EXPECTED, {"unit": None}]


async def ask_alone(transport: HTTPXAsyncTransport) -> None:
    async with Client(transport=transport) as client:
        assert await client.execute(GraphQLRequest(QUESTION, variable_values={"code": "48"})) == EXPECTED
        try:
            await client.execute(gql("{ unit { name } }"))
        except TransportQueryError as refused:
            assert refused.errors is not None
            assert refused.errors[0]["extensions"]["code"] == "question.key_needed"
        else:
            raise AssertionError("a question without a key was answered")


if __name__ == "__main__":
    url, token = sys.argv[1:]
    headers = {"authorization": f"Bearer {token}"}
    ask(HTTPXTransport(url=url, headers=headers))
    asyncio.run(ask_alone(HTTPXAsyncTransport(url=url, headers=headers)))
