// Makes the secrets of docker-compose.yml: random, each once, in the volume of who needs it. A second run changes nothing, so
// that they fit what the databases were made with. With a name it prints one: operator-token, viewer-token, admin-password.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const FOLDER = process.env.SECRETS_FOLDER || '/run/secrets';
const random = () => randomBytes(24).toString('base64url');

/** Writes a file unless it is there; gives what it holds. Whole or not at all: a run may be killed. */
function once(path, text) {
  const file = `${FOLDER}/${path}`;
  if (!existsSync(file)) {
    // Readable for all users: those of the containers differ, and only who mounts the volume has a way to it.
    writeFileSync(`${file}.part`, text, { mode: 0o444 });
    renameSync(`${file}.part`, file);
  }
  return readFileSync(file, 'utf8');
}

const SHOWN = {
  'operator-token': 'dashboard/operator-token',
  'viewer-token': 'dashboard/viewer-token',
  'admin-password': 'grafana/admin-password',
};

const [name] = process.argv.slice(2);
if (name !== undefined) {
  const path = SHOWN[name];
  if (path === undefined || !existsSync(`${FOLDER}/${path}`)) {
    console.error(
      path === undefined ? `one of ${Object.keys(SHOWN).join(', ')}` : 'there are none yet: docker compose up',
    );
    process.exit(path === undefined ? 2 : 1);
  }
  console.log(readFileSync(`${FOLDER}/${path}`, 'utf8'));
} else {
  const url = (user, password) => `postgres://${user}:${password}@postgres:5432/medallion`;
  once('postgres/postgres-password', random());
  const passwordOf = (user) => once(`postgres/${user}-password`, random());
  once('gold/database-url', url('gold_writer', passwordOf('gold_writer')));
  once('dashboard/database-url', url('dash_ro', passwordOf('dash_ro')));
  once('dashboard/operator-database-url', url('redriver', passwordOf('redriver')));
  once('registry/registry.properties', `apicurio.datasource.password=${passwordOf('registry')}\n`);
  once('dashboard/viewer-token', random());
  once('dashboard/operator-token', random());
  once('dashboard/session-secret', random() + random());
  once('grafana/admin-password', random());
  console.log('the secrets are there');
}
