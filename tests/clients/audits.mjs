// Runs all audits of GraphQL over HTTP: node audits.mjs URL TOKEN; prints [{id, name, status, reason}].
import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
const authorised = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });

const results = [];
for (const audit of serverAudits({ url, fetchFn: authorised })) {
  const { status, reason } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status, reason });
}
console.log(JSON.stringify(results));
