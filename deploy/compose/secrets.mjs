// Makes the secrets of docker-compose.yml: random, each once, in the volume of who needs it. A second run changes nothing, so
// that they fit what the databases were made with. With a name it prints one: operator-token, viewer-token, admin-password.
// `rotate` gives the logins of Postgres new passwords, which the job `roles` then sets.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const FOLDER = process.env.SECRETS_FOLDER || '/run/secrets';
/** The logins of Postgres but for its superuser, whose password Postgres takes when it is new, and never again. */
const LOGINS = ['migrator', 'gold_writer', 'dash_ro', 'redriver', 'registry'];

const random = () => randomBytes(24).toString('base64url');
const read = (path) => (existsSync(`${FOLDER}/${path}`) ? readFileSync(`${FOLDER}/${path}`, 'utf8') : null);

/** Writes a file whole or not at all: a run may be killed. */
function write(path, text) {
  const file = `${FOLDER}/${path}`;
  // Readable for all users: those of the containers differ, and only who mounts the volume has a way to it.
  writeFileSync(`${file}.part`, text, { mode: 0o444 });
  renameSync(`${file}.part`, file);
}

/** Writes a file unless it is there. */
function once(path, text) {
  if (read(path) === null) write(path, text);
}

/** Writes what follows from a secret that is kept elsewhere. */
function derived(path, text) {
  if (read(path) !== text) write(path, text);
}

/** Each login's password is known to the job that sets it, and to who logs in with it. */
function distribute() {
  const [migrator, gold, dashboard, redriver, registry] = LOGINS.map((login) => read(`roles/${login}`));
  derived('migrate/password', migrator);
  derived('gold/password', gold);
  derived('dashboard/dash_ro-password', dashboard);
  derived('dashboard/redriver-password', redriver);
  derived('registry/registry.properties', `apicurio.datasource.password=${registry}\n`);
}

function make() {
  once('postgres/postgres-password', random());
  for (const login of LOGINS) once(`roles/${login}`, random());
  distribute();
  once('dashboard/viewer-token', random());
  once('dashboard/operator-token', random());
  once('dashboard/session-secret', random() + random());
  once('grafana/admin-password', random());
  console.log('the secrets are there');
}

function rotate() {
  for (const login of LOGINS) write(`roles/${login}`, random());
  distribute();
  console.log(
    'new passwords for the logins of Postgres; now: docker compose run --rm roles && docker compose restart registry',
  );
}

const SHOWN = new Map([
  ['operator-token', 'dashboard/operator-token'],
  ['viewer-token', 'dashboard/viewer-token'],
  ['admin-password', 'grafana/admin-password'],
]);

const [name] = process.argv.slice(2);
if (name === undefined) make();
else if (name !== 'rotate' && !SHOWN.has(name)) {
  console.error(`one of ${[...SHOWN.keys(), 'rotate'].join(', ')}`);
  process.exitCode = 2;
} else if (read('postgres/postgres-password') === null) {
  console.error('there are none yet: docker compose up');
  process.exitCode = 1;
} else if (name === 'rotate') rotate();
else console.log(read(SHOWN.get(name)));
