import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { NODE_ARGUMENTS, NODE_ENVIRONMENT } from '@medallion/devstack';

const ROOT = join(import.meta.dirname, '..', '..');
const IMAGES = join(ROOT, 'deploy', 'images');
const dockerfile = readFileSync(join(IMAGES, 'Dockerfile'), 'utf8');
const run = promisify(execFile);

/** How a program of node ends, and what it says. */
const ended = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const options = { env: { PATH: process.env.PATH, ...env }, timeout: 180_000 };
  return run(process.execPath, [...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
};

test('the image starts node as the services are measured with', () => {
  const [, entry = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  assert.deepEqual(JSON.parse(entry), ['node', ...NODE_ARGUMENTS, '/app/deploy/images/entry.ts']);
  // Also what is compiled at the build: node takes a cache only with the flags that it was made with.
  for (const argument of NODE_ARGUMENTS) assert.ok(readFileSync(join(IMAGES, 'compile.sh'), 'utf8').includes(argument));
  for (const [name, value] of Object.entries(NODE_ENVIRONMENT))
    assert.match(dockerfile, new RegExp(`^ +${name}=${value}( |$)`, 'm'));
});

test('the last stage starts from nothing, as a user without a name in the host, with a health check', () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  assert.match(last, /^\nFROM scratch$/m);
  assert.match(last, /^USER 10001:10001$/m);
  assert.match(last, /^HEALTHCHECK .*health\.mjs"\]$/m);
  assert.doesNotMatch(last, /^RUN /m);
});

test('what is never built the same twice is a layer of its own, the last', () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  const copied = last.match(/^COPY .*$/gm) ?? [];
  assert.deepEqual(copied, [
    'COPY --from=root /layers/node /',
    'COPY --from=root /layers/packages /',
    'COPY --from=root /layers/app /',
    'COPY --from=root /layers/compiled /',
  ]);
  assert.match(dockerfile, /mv \/layers\/app\/app\/\.compiled \/layers\/compiled\/app\//);
});

test('nothing is installed but what the lockfile says', () => {
  const installs = dockerfile.split('\n').filter((line) => /pnpm install|npm (ci|install|i) /.test(line));
  assert.equal(installs.length, 3);
  for (const line of installs) assert.match(line, /--frozen-lockfile|npm ci/);
});

test('every service has a name that the entry point knows, and an unknown one is a usage error that names them', async () => {
  const services = readdirSync(join(ROOT, 'services')).filter((name) =>
    existsSync(join(ROOT, 'services', name, 'src', 'main.ts')),
  );
  const { code, stderr } = await ended([join(IMAGES, 'entry.ts'), 'nonsense']);
  assert.equal(code, 2);
  for (const name of [...services, 'medallion']) assert.ok(stderr.includes(name), name);
  assert.equal((await ended([join(IMAGES, 'entry.ts'), '--help'])).code, 0);
});

test('what is named gets the arguments that follow', async () => {
  const { code, stdout } = await ended([join(IMAGES, 'entry.ts'), 'medallion', 'validate', '--help']);
  assert.equal(code, 0);
  assert.match(stdout, /validate/);
});

test('told to stop while the modules are loaded, it ends at once', async () => {
  const child = spawn(process.execPath, [join(IMAGES, 'entry.ts'), 'dashboard'], { stdio: 'ignore' });
  // Whenever it comes: before node is up the signal ends it by itself, as it is not process 1 here.
  setTimeout(() => child.kill('SIGTERM'), 60);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('exit', (...how) => resolve(how)),
  );
  assert.ok(code === 143 || signal === 'SIGTERM' || code === 2, `${code} ${signal}`);
});

test('the health check passes with 200 of /livez, and fails with anything else or no answer', async () => {
  let status = 200;
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/livez' ? status : 404).end('said so');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const PORT = String((server.address() as AddressInfo).port);
  const check = () => ended([join(IMAGES, 'health.mjs')], { PORT });
  assert.equal((await check()).code, 0);
  status = 503;
  const failed = await check();
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /503 said so/);
  await new Promise((resolve) => server.close(resolve));
  assert.equal((await check()).code, 1);
});
