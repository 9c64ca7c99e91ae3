// Apollo client: plain, with automatic persisted queries (hashes by GET), and with batching: node apollo.mjs URL TOKEN.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';

const [uri, token] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}` };
const name = 'Thành phố Đà Nẵng';

function listening() {
  const seen = [];
  const ask = async (address, init) => {
    const response = await fetch(address, init);
    const { searchParams } = new URL(address);
    const body = init.body ? JSON.parse(init.body) : Object.fromEntries(searchParams);
    seen.push({ method: init.method ?? 'GET', body, status: response.status });
    return response;
  };
  return { seen, ask };
}

function client(link) {
  return new ApolloClient({ link, cache: new InMemoryCache() });
}

// plain
{
  const { seen, ask } = listening();
  const apollo = client(new HttpLink({ uri, headers, fetch: ask }));
  const found = await apollo.query({ query: gql`query Unit($code: String!) { unit(code: $code) { id name } }`, variables: { code: '48' } });
  assert.equal(found.data.unit.name, name);
  assert.equal(seen.length, 1);
  const refused = await apollo.query({ query: gql`{ units { nope } }`, errorPolicy: 'all' });
  assert.equal(refused.error.errors[0].extensions.code, 'question.invalid');
}

// automatic persisted queries: the hash by GET; once, when it is not known, the text by POST; then the hash again
{
  const { seen, ask } = listening();
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const link = new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(new HttpLink({ uri, headers, fetch: ask }));
  const unseen = `a${randomUUID().replaceAll('-', '')}`; // a document of this run
  const query = gql`query Unit($code: String!) { ${unseen}: unit(code: $code) { id name } }`;
  for (const code of ['48', '20404']) {
    const found = await client(link).query({ query, variables: { code } });
    assert.ok(found.data[unseen].name);
  }
  assert.deepEqual(seen.map(({ method, body }) => [method, 'query' in body]), [['GET', false], ['POST', true], ['GET', false]]);
  assert.deepEqual(seen.slice(1).map(({ status }) => status), [200, 200]);
}

// batching: three questions, one request
{
  const { seen, ask } = listening();
  const apollo = client(new BatchHttpLink({ uri, headers, fetch: ask, batchInterval: 50 }));
  const query = gql`query Unit($code: String!) { unit(code: $code) { id name } }`;
  const codes = ['48', '20404', 'none'];
  const found = await Promise.all(codes.map((code) => apollo.query({ query, variables: { code } })));
  assert.deepEqual(found.map(({ data }) => data.unit?.name ?? null), [name, found[1].data.unit.name, null]);
  assert.equal(seen.length, 1);
  assert.equal(seen[0].body.length, 3);
}
