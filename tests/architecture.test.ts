import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

/** What each room may import of the others. Nothing else is allowed; a new room must be added here first. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  schema: ['core'],
  expressions: ['core', 'schema'],
  pipeline: ['core', 'schema', 'expressions'],
  operators: ['core'],
  runtime: ['core', 'schema', 'expressions', 'pipeline', 'operators'],
  files: ['core', 'schema', 'pipeline', 'runtime'],
  kafka: ['core', 'schema', 'runtime'],
  postgres: ['core', 'schema', 'expressions', 'pipeline', 'runtime'],
  service: ['core'],
  devstack: ['core'],
  host: ['core', 'pipeline', 'runtime', 'kafka', 'postgres', 'files', 'service'],
  cli: ['core', 'schema', 'devstack', 'files', 'host', 'kafka', 'launch', 'pipeline', 'postgres', 'runtime', 'service'],
  launch: ['core', 'pipeline', 'devstack', 'postgres', 'service'],
  testkit: ['core', 'schema', 'expressions', 'pipeline', 'operators', 'runtime'],
};

/** Packages that only one room knows, so that they can be exchanged. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['libs/kafka'],
  '@kafkajs/confluent-schema-registry': ['libs/kafka'],
  '@platformatic/kafka': ['libs/kafka'],
  avsc: ['libs/kafka'],
  pg: ['libs/postgres', 'libs/devstack'],
  'prom-client': ['libs/service'],
  fastify: ['libs/service', 'services/dashboard/src'],
  typebox: ['services/dashboard/src', 'services/dashboard/web'],
  jose: ['services/dashboard/src/security'],
  'openid-client': ['services/dashboard/src/security'],
  preact: ['services/dashboard/web'],
  '@preact/signals': ['services/dashboard/web'],
  uplot: ['services/dashboard/web'],
  'd3-geo': ['services/dashboard/web'],
  '@dagrejs/dagre': ['services/dashboard/web'],
  vite: ['services/dashboard/web'],
  pino: ['libs/service'],
  '@opentelemetry/api': ['libs/service/src/tracing'],
  '@opentelemetry/exporter-trace-otlp-proto': ['libs/service/src/tracing'],
  '@opentelemetry/resources': ['libs/service/src/tracing'],
  '@opentelemetry/sdk-trace': ['libs/service/src/tracing'],
};

/** Rooms without I/O, clock or log: they import no module of Node but those without effects. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  core: [],
  schema: [],
  expressions: [],
  operators: [],
  pipeline: ['node:crypto'],
};

/** What the pages share with the service beside types: functions without any import. */
const SHARED_WITH_PAGES = ['services/dashboard/src/security/next-page.ts'];

type Import = { readonly file: string; readonly from: string; readonly isType: boolean };

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

function imports(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s+['"]([^'"]+)['"]|(?:^|\n)import\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => ({
    file,
    from: (match[1] ?? match[2] ?? match[3]) as string,
    isType: /^\s*(import|export) type\b/.test(match[0]),
  }));
}

const isTest = (file: string): boolean => /\.test(-d)?\.tsx?$/.test(file) || /\/(test|fixtures?)\//.test(file);
const packageOf = (from: string): string =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
const roomOf = (file: string): string => file.split('/')[1] as string;

const rooms = readdirSync(join(ROOT, 'libs'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const all = ['libs', 'services', 'pipelines'].flatMap(sources).flatMap(imports);
assert.ok(all.length > 300, 'the scan found the imports');

test('every room of libs/ has its arrows declared', () => {
  assert.deepEqual(rooms.map((room) => room.name).sort(), Object.keys(ARROWS).sort());
});

test('rooms import only along the arrows', () => {
  const wrong = all.filter(({ file, from }) => {
    if (!file.startsWith('libs/') || !from.startsWith('@medallion/')) return false;
    const room = roomOf(file);
    const target = from.slice('@medallion/'.length);
    if (isTest(file) && ['testkit', 'devstack', 'santa-deliveries', 'santa-generator'].includes(target)) return false;
    return !ARROWS[room]?.includes(target);
  });
  assert.deepEqual(wrong, []);
});

test('no room reaches into the files of another', () => {
  const wrong = all.filter(({ file, from }) => {
    if (from.startsWith('@medallion/')) return from.split('/').length > 2;
    if (!from.startsWith('.')) return false;
    const target = join(file, '..', from).split(sep).join('/');
    return target.split('/').slice(0, 2).join('/') !== file.split('/').slice(0, 2).join('/');
  });
  assert.deepEqual(wrong, []);
});

test('a client library is known to one room only', () => {
  const wrong = all.filter(({ file, from }) => {
    const allowed = ONLY_IN[packageOf(from)];
    return allowed !== undefined && !isTest(file) && !allowed.some((folder) => file.startsWith(`${folder}/`));
  });
  assert.deepEqual(wrong, []);
});

test('the pages know the contract of the API, and nothing else of the service or of any room', () => {
  const pages = all.filter(({ file }) => file.startsWith('services/dashboard/web/src/') && !isTest(file));
  assert.ok(pages.length > 50, 'the scan found the pages');
  const wrong = pages.filter(({ file, from, isType }) => {
    if (/^(node:|@medallion\/)/.test(from)) return true;
    // Schemas would come along to the browser, and they are large.
    if (from.startsWith('typebox')) return !isType;
    if (!from.startsWith('.')) return false;
    const target = join(file, '..', from).split(sep).join('/');
    if (target.startsWith('services/dashboard/web/')) return false;
    return !(isType && target.startsWith('services/dashboard/src/contract/')) && !SHARED_WITH_PAGES.includes(target);
  });
  assert.deepEqual(wrong, []);
  assert.deepEqual(SHARED_WITH_PAGES.flatMap(imports), []);
});

test('the contract of the API is made of schemas alone', () => {
  const wrong = all.filter(
    ({ file, from }) =>
      file.startsWith('services/dashboard/src/contract/') && from !== 'typebox' && !from.startsWith('./'),
  );
  assert.deepEqual(wrong, []);
});

test('the pure rooms have no I/O, clock or log', () => {
  const wrong = all.filter(({ file, from }) => {
    const allowed = file.startsWith('libs/') && !isTest(file) ? PURE[roomOf(file)] : undefined;
    return allowed !== undefined && !from.startsWith('.') && !from.startsWith('@medallion/') && !allowed.includes(from);
  });
  assert.deepEqual(wrong, []);
  const clocks = ['core', 'schema', 'operators', 'pipeline', 'runtime']
    .flatMap((room) => sources(`libs/${room}`))
    .filter((file) => !isTest(file) && file !== 'libs/core/src/ports.ts')
    .filter((file) =>
      /Date\.now\(|performance\.now\(|console\.|process\.env|Math\.random\(/.test(
        readFileSync(join(ROOT, file), 'utf8'),
      ),
    );
  assert.deepEqual(clocks, []);
});

test('pipelines are written with the language and the schema alone', () => {
  const wrong = all.filter(
    ({ file, from }) =>
      /^pipelines\/[^/]+\/pipeline\.ts$/.test(file) &&
      !['@medallion/pipeline', '@medallion/schema'].includes(from) &&
      !from.startsWith('.'),
  );
  assert.deepEqual(wrong, []);
});

test('the main file of a service is short', () => {
  const mains = sources('services').filter((file) => file.endsWith('/src/main.ts'));
  assert.ok(mains.length >= 4);
  const long = mains.filter((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 31);
  assert.deepEqual(long, []);
});
