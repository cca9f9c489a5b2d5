// better-auth as one would run it in production, for comparison: e-mail and password, sessions in
// SQLite, Argon2id at Dateline's cost, one process a core.
//
//     node server.mjs fill DATABASE ACCOUNTS SESSIONS
//     node server.mjs serve DATABASE PORT
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { Algorithm, hash, verify } from '@node-rs/argon2';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import Database from 'better-sqlite3';

const [, , command, path, ...rest] = process.argv;
const cost = { algorithm: Algorithm.Argon2id, memoryCost: 19456, timeCost: 2, parallelism: 1 };
const database = new Database(path);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.pragma('busy_timeout = 5000');

const options = {
  database,
  baseURL: 'http://127.0.0.1',
  secret: 'a secret for measuring only, known to everybody',
  logger: { disabled: true },
  rateLimit: { enabled: false },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: (password) => hash(password, cost),
      verify: ({ password, hash: known }) => verify(known, password),
    },
  },
};

if (command === 'fill') {
  await fill(...rest.map(Number));
} else if (cluster.isPrimary) {
  for (let core = 0; core < availableParallelism(); core += 1) cluster.fork();
  process.on('SIGTERM', () => process.exit(0));
} else {
  process.on('disconnect', () => process.exit(0));
  createServer(toNodeHandler(betterAuth(options))).listen(Number(rest[0]), '127.0.0.1');
}

// Rows as better-auth writes them. One hash serves all accounts: checking it costs the same.
async function fill(accounts, sessions) {
  await (await getMigrations(options)).runMigrations();
  const password = await hash('Correct-Horse-42!', cost);
  const now = new Date().toISOString();
  const later = new Date(Date.now() + 7 * 86_400_000).toISOString();
  const user = database.prepare('insert into user (id, name, email, emailVerified, createdAt, updatedAt) values (?, ?, ?, 1, ?, ?)');
  const account = database.prepare(
    'insert into account (id, accountId, providerId, userId, password, createdAt, updatedAt) values (?, ?, ?, ?, ?, ?, ?)',
  );
  const session = database.prepare('insert into session (id, token, userId, expiresAt, createdAt, updatedAt) values (?, ?, ?, ?, ?, ?)');
  const id = () => randomBytes(16).toString('hex');
  database.transaction(() => {
    for (let n = 0; n < accounts; n += 1) {
      user.run(`user${n}`, `user${n}`, `user${n}@example.org`, now, now);
      account.run(id(), `user${n}`, 'credential', `user${n}`, password, now, now);
    }
    for (let n = 0; n < sessions; n += 1) session.run(id(), id(), `user${n % accounts}`, later, now, now);
  })();
}
