// PostGraphile as the bench runs it: its Amber preset for production, one process, one pool, prepared statements.
// BENCH_URL says which database, BENCH_PORT where to answer, BENCH_CONNECTIONS how large the pool is.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const { BENCH_URL, BENCH_PORT, BENCH_CONNECTIONS, BENCH_OPTIONS } = process.env;

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: BENCH_URL,
      schemas: ["bench_peer"],
      pubsub: false,
      poolConfig: {
        max: Number(BENCH_CONNECTIONS),
        min: Number(BENCH_CONNECTIONS),
        idleTimeoutMillis: 0,
        options: BENCH_OPTIONS,
      },
    }),
  ],
  grafserv: { port: Number(BENCH_PORT), host: "127.0.0.1", graphiql: false, watch: false },
  grafast: { explain: false },
};

const serv = postgraphile(preset).createServ(grafserv);
const server = createServer();
await serv.addTo(server);
server.listen(Number(BENCH_PORT), "127.0.0.1");
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
