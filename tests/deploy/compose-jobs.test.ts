import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';

/** The scripts that docker-compose.yml has its jobs run. */
const JOBS = join(import.meta.dirname, '..', '..', 'deploy', 'compose');
const VOLUMES = ['postgres', 'roles', 'registry', 'migrate', 'gold', 'dashboard', 'grafana'];
const LOGINS = ['migrator', 'gold_writer', 'dash_ro', 'redriver', 'registry'];
const run = promisify(execFile);
const { PATH, NODE_COMPILE_CACHE } = process.env;

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** How a job ends, and what it says. */
const ended = (script: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> =>
  run(process.execPath, [join(JOBS, script), ...args], {
    env: { PATH, NODE_COMPILE_CACHE, ...env },
    timeout: 180_000,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ended) => error,
  );

/** New volumes, and the job that fills them. */
function secretsOf(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'medallion-secrets-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of VOLUMES) mkdirSync(join(folder, name));
  const make = (...args: readonly string[]) => ended('secrets.mjs', args, { SECRETS_FOLDER: folder });
  const all = (): ReadonlyMap<string, string> =>
    new Map(
      VOLUMES.flatMap((name) =>
        readdirSync(join(folder, name)).map((file): [string, string] => [
          `${name}/${file}`,
          readFileSync(join(folder, name, file), 'utf8'),
        ]),
      ),
    );
  return { folder, make, all };
}

/** What each login's password is said to be, where it is set and where it is used. */
const uses = (all: ReadonlyMap<string, string>): readonly [string | undefined, string | undefined][] => [
  [all.get('roles/migrator'), all.get('migrate/password')],
  [all.get('roles/gold_writer'), all.get('gold/password')],
  [all.get('roles/dash_ro'), all.get('dashboard/dash_ro-password')],
  [all.get('roles/redriver'), all.get('dashboard/redriver-password')],
  [`apicurio.datasource.password=${all.get('roles/registry')}\n`, all.get('registry/registry.properties')],
];

test('secrets are made once: long, different, readable for the users of the containers, and kept', async (t) => {
  const { folder, make, all } = secretsOf(t);
  assert.equal((await make('operator-token')).code, 1, 'there are none to show');
  assert.equal((await make()).code, 0);
  const first = all();
  const own = [...first].filter(([path]) => /^roles\/|postgres-password|token|session|admin/.test(path));
  assert.equal(own.length, LOGINS.length + 5);
  assert.equal(new Set(own.map(([, text]) => text)).size, own.length);
  for (const [path, text] of first) {
    assert.ok(text.length >= 32, path);
    assert.equal(statSync(join(folder, path)).mode & 0o777, 0o444, path);
  }
  assert.equal((await make()).code, 0);
  assert.deepEqual(all(), first);
  const token = await make('operator-token');
  assert.equal(token.stdout.trim(), first.get('dashboard/operator-token'));
  assert.equal((await make('postgres-password')).code, 2);
});

test('whoever logs in has the password that is set, and nobody has another’s', async (t) => {
  const { make, all } = secretsOf(t);
  await make();
  const files = all();
  for (const [set, used] of uses(files)) assert.equal(used, set);
  for (const login of LOGINS) {
    const password = files.get(`roles/${login}`)!;
    const volumes = [...files].filter(([, text]) => text.includes(password)).map(([path]) => path.split('/')[0]);
    assert.equal(volumes.length, 2, `${login} is in ${volumes.join(', ')}`);
  }
});

test('rotate gives every login a new password, also to who uses it, and changes nothing else', async (t) => {
  const { make, all } = secretsOf(t);
  assert.equal((await make('rotate')).code, 1);
  await make();
  const before = all();
  assert.equal((await make('rotate')).code, 0);
  const after = all();
  for (const login of LOGINS) assert.notEqual(after.get(`roles/${login}`), before.get(`roles/${login}`), login);
  for (const [set, used] of uses(after)) assert.equal(used, set);
  const kept = [...before.keys()].filter((path) => /postgres-password|token|session|admin/.test(path));
  for (const path of kept) assert.equal(after.get(path), before.get(path), path);
});

test('a rotation that was killed half way is finished by the next up', async (t) => {
  const { folder, make, all } = secretsOf(t);
  await make();
  rmSync(join(folder, 'roles/gold_writer'));
  assert.equal((await make()).code, 0);
  for (const [set, used] of uses(all())) assert.equal(used, set);
});

test('a pipeline whose table gains columns is not started with a bronze-ingest that cannot register them', async () => {
  const refused = await ended('migrate.mjs', ['--help'], { PIPELINES: 'santa-deliveries, circuit-box' });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /circuit-box\.\w+: .*BRONZE_MIGRATE=auto/);
  for (const env of [{ PIPELINES: 'circuit-box', BRONZE_MIGRATE: 'auto' }, { PIPELINES: 'santa-deliveries' }]) {
    const { code, stdout } = await ended('migrate.mjs', ['--help'], env);
    assert.equal(code, 0);
    assert.match(stdout, /medallion migrate/);
  }
});

test('a pipeline that does not exist is named by the command', async () => {
  const { code, stderr, stdout } = await ended('migrate.mjs', [], { PIPELINES: 'nonsense' });
  assert.notEqual(code, 0);
  assert.match(`${stdout}${stderr}`, /MED_CONFIG_INVALID.*nonsense/s);
});
