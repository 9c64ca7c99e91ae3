// urql, by GET and by POST: node urql.mjs URL TOKEN.
import { Client, fetchExchange } from '@urql/core';
import assert from 'node:assert/strict';

const [url, token] = process.argv.slice(2);
const question = 'query Unit($code: String!) { unit(code: $code) { __typename code name } }';
const expected = { unit: { __typename: 'Unit', code: '48', name: 'Thành phố Đà Nẵng' } };

for (const preferGetMethod of ['force', false]) {
  const methods = [];
  const client = new Client({
    url,
    exchanges: [fetchExchange],
    preferGetMethod,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    fetch: (address, init) => (methods.push(init.method), fetch(address, init)),
  });
  const found = await client.query(question, { code: '48' }).toPromise();
  assert.equal(found.error, undefined);
  assert.deepEqual(found.data, expected);
  assert.deepEqual(methods, [preferGetMethod ? 'GET' : 'POST']);

  const refused = await client.query('{ units { nope } }', {}).toPromise();
  assert.equal(refused.error.graphQLErrors[0].extensions.code, 'question.invalid');
}
