// The pages with made-up numbers, to work on how they look: node services/dashboard/web/dev/fixture-server.ts [port].
// What the pages do with true numbers is for the browser tests to show.
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { deliveries, overview } from './fixtures/overview.ts';
import { queries, queryResult } from './fixtures/queries.ts';
import { pipelines, rows, series } from './fixtures/tables.ts';

const dist = join(import.meta.dirname, '..', 'dist');
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.html': 'text/html',
  '.svg': 'image/svg+xml',
};
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'";

const json = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

const answer = (url: URL): unknown => {
  const [, , kind, name, , table, what] = url.pathname.split('/').map(decodeURIComponent);
  if (kind === 'session') return { login: 'none', user: null, role: 'operator', csrf: 'x', canRedrive: true };
  if (kind === 'overview') return overview(Number(url.searchParams.get('minutes') ?? 60), Date.now());
  if (kind === 'deliveries') return deliveries(80, Date.now());
  if (kind === 'queries') return name === undefined ? queries() : queryResult(name, url.searchParams);
  if (kind === 'pipelines' && table !== undefined)
    return what === 'series' ? series(name!, table) : rows(name!, table, url.searchParams);
  if (kind === 'pipelines') return pipelines;
  return undefined;
};

const live = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const tell = (event: string, data: unknown): void => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const timers = [
    setInterval(() => tell('ping', {}), 10_000),
    setInterval(() => tell('deliveries', deliveries(1 + Math.floor(Math.random() * 4), Date.now())), 700),
    setInterval(() => {
      const { asOf, range, kpis, minutes, cities } = overview(60, Date.now());
      tell('overview', { asOf, range, kpis, minutes, cities });
    }, 1_000),
  ];
  response.on('close', () => timers.forEach(clearInterval));
};

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/api/live') return live(response);
  if (url.pathname.startsWith('/api/')) {
    const body = answer(url);
    if (body !== undefined) return json(response, body);
    response.writeHead(404, { 'content-type': 'application/problem+json' });
    response.end(
      JSON.stringify({ type: 'about:blank', title: 'Not found', status: 404, detail: `There is no ${url.pathname}.` }),
    );
    return;
  }
  const file = join(dist, normalize(url.pathname));
  const found = url.pathname !== '/' && existsSync(file) ? file : join(dist, 'index.html');
  response.writeHead(200, {
    'content-type': TYPES[extname(found)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
  });
  createReadStream(found).pipe(response);
});

server.listen(Number(process.argv[2] ?? 29_199), '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`);
});
