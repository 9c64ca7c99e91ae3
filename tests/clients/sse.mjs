// graphql-sse: node sse.mjs URL TOKEN COUNT.  Prints the position of each change as it is told; half-way it leaves and
// comes back with the id of the event it was told last.
import { createClient } from 'graphql-sse';
import assert from 'node:assert/strict';

const [url, token, count] = process.argv.slice(2);
const query = 'subscription { ledger(since: 0) { position } }';

async function follow(last, most) {
  const headers = { authorization: `Bearer ${token}`, ...(last && { 'last-event-id': last }) };
  const client = createClient({ url, headers });
  let told = 0;
  for await (const event of client.iterate({ query })) {
    assert.equal(event.errors, undefined);
    console.log(event.data.ledger.position);
    last = event.extensions.cursor;
    if (++told === most) break; // hangs up
  }
  client.dispose();
  return last;
}

const half = Math.floor(count / 2);
await follow(await follow(null, half), count - half);

const client = createClient({ url, headers: { authorization: `Bearer ${token}` } });
const answers = [];
for await (const answer of client.iterate({ query: '{ units { totalCount } }' })) answers.push(answer);
assert.equal(answers.length, 1);
assert.equal(typeof answers[0].data.units.totalCount, 'number');
const refused = await client.iterate({ query: 'subscription { nothing }' }).next();
assert.equal(refused.value.errors[0].extensions.code, 'question.invalid');
client.dispose();

const stranger = createClient({ url, retryAttempts: 0 });
await assert.rejects(stranger.iterate({ query }).next(), (failure) => failure.response.status === 401);
