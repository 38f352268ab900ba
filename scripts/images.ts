/**
 * npm run images [-- --tag NAME] [-- --no-cache] [-- --twice]: builds the image of deploy/images/Dockerfile, names its base by
 * the digest that was pulled, and says how large what is. With --twice it builds again without a cache and compares.
 * npm run images -- --pin prints what docker-compose.yml takes from elsewhere by digest, as lines for .env: those that
 * `docker compose pull` brought.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pinned, replaceable } from '../deploy/images/pins.ts';

const root = resolve(import.meta.dirname, '..');
const BASE = 'node:24-bookworm-slim';

const { values } = parseArgs({
  options: {
    tag: { type: 'string', default: 'medallion:latest' },
    'no-cache': { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
    pin: { type: 'boolean', default: false },
    network: { type: 'string' },
  },
});

const read = (file: string, ...args: readonly string[]): string => {
  try {
    return execFileSync(file, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
};

const docker = (...args: readonly string[]): void => {
  const { status } = spawnSync('docker', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`docker ${args[0]} ended with code ${status}`);
};

/** `sha256:…` of an image that was pulled; one that was made on this machine, or is not here, has none. */
const digestOf = (image: string): string | null =>
  read('docker', 'image', 'inspect', '-f', '{{with .RepoDigests}}{{index . 0}}{{end}}', image).split('@')[1] ?? null;

const digestOfBase = (): string => {
  if (read('docker', 'image', 'inspect', '-f', '{{.Id}}', BASE) === '') docker('pull', BASE);
  return digestOf(BASE) ?? '';
};

/** Prints the images of others by digest. */
const pin = (): void => {
  const { lines, without } = pinned(replaceable(readFileSync(join(root, 'docker-compose.yml'), 'utf8')), digestOf);
  for (const line of lines) console.log(line);
  for (const image of without) console.error(`${image} has no digest here: pull it first, from a registry`);
  process.exitCode = without.length > 0 ? 3 : 0;
};

const build = (tag: string, cache: boolean): void => {
  const digest = digestOfBase();
  const revision = read('git', 'rev-parse', 'HEAD') || 'unknown';
  // The time of the commit, not of the build: the same commit gives the same image.
  const created = read('git', 'log', '-1', '--format=%cI') || '1970-01-01T00:00:00Z';
  const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
  const args = {
    ...(digest === '' ? {} : { NODE_IMAGE: `${BASE}@${digest}`, BASE_DIGEST: digest }),
    ...{ VERSION: version, REVISION: revision, CREATED: created },
  };
  if (digest === '') console.log(`${BASE} has no digest here: it was not pulled, but built on this machine`);
  docker(
    ...['build', '-f', join('deploy', 'images', 'Dockerfile'), '-t', tag, ...(cache ? [] : ['--no-cache'])],
    ...(values.network === undefined ? [] : ['--network', values.network]),
    ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    '.',
  );
};

const inspect = (tag: string, format: string): string => read('docker', 'image', 'inspect', '-f', format, tag);

if (values.pin) pin();
else {
  build(values.tag, !values['no-cache']);
  const megabytes = (Number(inspect(values.tag, '{{.Size}}')) / 1e6).toFixed(0);
  console.log(`${values.tag}: ${megabytes} MB, ${inspect(values.tag, '{{.Id}}')}`);
  if (values.twice) {
    const again = `${values.tag.split(':')[0]}:again`;
    build(again, false);
    const [first = [], second = []] = [values.tag, again].map(
      (tag) => JSON.parse(inspect(tag, '{{json .RootFS.Layers}}')) as string[],
    );
    // The last layer is what V8 compiled, which is never the same twice.
    const others = first.slice(0, -1).filter((layer, i) => layer !== second[i]).length;
    const isSame = others === 0 && first.length === second.length && first.length > 1;
    console.log(
      `built again without a cache: ${isSame ? `the same ${first.length - 1} layers, and another one of compiled code` : 'OTHER LAYERS'}`,
    );
    read('docker', 'rmi', again);
    if (!isSame) process.exitCode = 3;
  }
}
