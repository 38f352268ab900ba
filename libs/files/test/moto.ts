import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSION = '5.2.5';
const INSTALL_TIMEOUT_MS = 400_000;

/** An S3 server for tests: moto, which is Python, from PyPI. */
export type S3Server = { readonly endpoint: string; stop(): Promise<void> };

/** Starts it, fetched once; says why there is none on a machine without Python or a way to PyPI. */
export async function startMoto(): Promise<S3Server | string> {
  const home = join(process.env.MEDALLION_HOME ?? join(homedir(), '.cache', 'medallion'), `moto-${VERSION}`);
  if (!existsSync(home)) {
    const fetched = `${home}.${process.pid}`;
    try {
      await mkdir(fetched, { recursive: true });
      const what = [
        '--quiet',
        '--no-compile',
        '--disable-pip-version-check',
        '--target',
        fetched,
        `moto[s3]==${VERSION}`,
        'flask',
        'flask-cors',
      ];
      await run('python3', ['-m', 'pip', 'install', ...what], { timeout: INSTALL_TIMEOUT_MS });
      await rename(fetched, home).catch(() => {}); // another test was faster
    } catch (error) {
      return `moto cannot be installed: ${String(error).slice(0, 200)}`;
    } finally {
      await rm(fetched, { recursive: true, force: true });
    }
  }
  const port = await freePort();
  const child = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    env: { PATH: process.env.PATH ?? '', PYTHONPATH: home, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: 'ignore',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  if (!(await answers(endpoint, child))) {
    child.kill('SIGKILL');
    return 'moto did not start';
  }
  return {
    endpoint,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function answers(endpoint: string, child: ChildProcess): Promise<boolean> {
  for (let tried = 0; tried < 300 && child.exitCode === null; tried++) {
    const response = await fetch(endpoint).catch(() => null);
    if (response?.ok) return true;
    await delay(100);
  }
  return false;
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
