import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSION = '2.6.0';
const ARTIFACT = `org.gaul:s3proxy:${VERSION}:jar:jar-with-dependencies`;
/** Named in full, as the stack does it: the short form asks the network which plugin it means. */
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
const FETCH_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 180_000;

/** S3Proxy, an S3 server of its own: one jar, which keeps its buckets in memory. */
export type S3Server = { readonly endpoint: string; stop(): Promise<void> };

/**
 * Starts it, with Java and Maven as the stack needs them; the jar of 41 MB is fetched once. Says why there is none where
 * it cannot be fetched. `keys` are those that requests must be signed with.
 */
export async function startS3Server(keys: {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}): Promise<S3Server | string> {
  let jar: string;
  try {
    jar = await fetched();
  } catch (error) {
    return `S3Proxy cannot be fetched: ${String(error).slice(0, 200)}`;
  }
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const home = await mkdtemp(join(tmpdir(), 'medallion-s3-'));
  const settings = join(home, 's3proxy.properties');
  await writeFile(
    settings,
    [
      `s3proxy.endpoint=${endpoint}`,
      's3proxy.authorization=aws-v2-or-v4',
      `s3proxy.identity=${keys.accessKeyId}`,
      `s3proxy.credential=${keys.secretAccessKey}`,
      'jclouds.provider=transient',
    ].join('\n'),
  );
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
  const options = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
  const child = spawn(java, [...options, '-jar', jar, '--properties', settings], { stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL'); // it has nothing to keep
      await ended;
    }
    await rm(home, { recursive: true, force: true });
  };
  try {
    await answers(endpoint, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
}

async function fetched(): Promise<string> {
  const cache = process.env.MEDALLION_HOME ?? join(homedir(), '.cache', 'medallion');
  const folder = join(cache, `s3proxy-${VERSION}`);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const work = await mkdtemp(`${folder}.part-`);
    try {
      const args = ['-q', '-B', PLUGIN, `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${work}`];
      await run('mvn', args, { cwd: work, timeout: FETCH_TIMEOUT_MS });
      await rename(work, folder).catch((error: unknown) => {
        if (!existsSync(folder)) throw error; // else another test was faster
      });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  const jar = (await readdir(folder)).find((name) => name.endsWith('.jar'));
  if (jar === undefined) throw new Error(`${folder} holds no jar: remove it to have it fetched again`);
  return join(folder, jar);
}

async function answers(endpoint: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let failed: unknown = null;
  child.once('error', (error) => {
    failed = error;
  });
  while (Date.now() < deadline && failed === null && child.exitCode === null) {
    // It refuses what is not signed; that it answers at all is enough.
    if ((await fetch(endpoint).catch(() => null)) !== null) return;
    await delay(50);
  }
  throw new Error(`S3Proxy did not start: ${failed ?? `exit code ${child.exitCode}`}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
