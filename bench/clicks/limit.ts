import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import SqliteDatabase from 'better-sqlite3';

/*
 * What no bot can be faster than: plain node:http, Slack's signature checked, and one durable commit per request; with
 * GROUP=1 one for all requests of one turn of the event loop. PORT, DATABASE and SECRET come from the environment.
 */
// biome-ignore-start lint/style/noProcessEnv: a script of its own.
const { PORT, DATABASE = '', SECRET = '', GROUP } = process.env;
// biome-ignore-end lint/style/noProcessEnv: a script of its own.
const database = new SqliteDatabase(DATABASE);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec('create table if not exists taken (id integer primary key, body text not null)');
const insert = database.prepare('insert into taken (body) values (?)');
const begin = database.prepare('begin immediate');
const commit = database.prepare('commit');

let waiting: { body: string; answer: () => void }[] = [];

function take(body: string, answer: () => void): void {
  if (GROUP !== '1') {
    insert.run(body);
    answer();
    return;
  }
  if (waiting.length === 0) setImmediate(commitAll);
  waiting.push({ body, answer });
}

function commitAll(): void {
  const group = waiting;
  waiting = [];
  begin.run();
  for (const { body } of group) insert.run(body);
  commit.run();
  for (const { answer } of group) answer();
}

function isSigned({ headers }: IncomingMessage, body: string): boolean {
  const at = String(headers['x-slack-request-timestamp']);
  const given = Buffer.from(String(headers['x-slack-signature']));
  const right = Buffer.from(`v0=${createHmac('sha256', SECRET).update(`v0:${at}:${body}`).digest('hex')}`);
  return given.length === right.length && timingSafeEqual(given, right);
}

createServer((request, response) => {
  if (request.method === 'GET') return response.end();
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  return request.on('end', () => {
    const body = Buffer.concat(parts).toString('utf8');
    if (!isSigned(request, body)) return response.writeHead(401).end();
    return take(body, () => response.end());
  });
}).listen(Number(PORT), '127.0.0.1');
