// graphql-ws: node ws.mjs URL TOKEN COUNT.  Prints the position of each change as it is told; half-way it leaves and
// comes back with the cursor it was told last.
import { createClient } from 'graphql-ws';
import assert from 'node:assert/strict';
import WebSocket from 'ws';

const [url, token, count] = process.argv.slice(2);
const client = createClient({
  url: url.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: `Bearer ${token}` },
});
const query = 'subscription Follow($after: String) { ledger(since: 0, after: $after) { position } }';

async function follow(after, most) {
  let told = 0;
  for await (const event of client.iterate({ query, variables: { after } })) {
    assert.equal(event.errors, undefined);
    assert.equal(event.extensions.position, event.data.ledger.position);
    console.log(event.data.ledger.position);
    after = event.extensions.cursor;
    if (++told === most) return after; // completes the subscription
  }
}

const half = Math.floor(count / 2);
await follow(await follow(null, half), count - half);

const units = await client.iterate({ query: '{ units { totalCount } }' }).next();
assert.equal(typeof units.value.data.units.totalCount, 'number');
await assert.rejects(client.iterate({ query: 'subscription { nothing }' }).next(), (refused) => {
  assert.equal(refused[0].extensions.code, 'question.invalid');
  return true;
});
await client.dispose();

const stranger = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
await assert.rejects(stranger.iterate({ query }).next(), (closed) => closed.code === 4403);
