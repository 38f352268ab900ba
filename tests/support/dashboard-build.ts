import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const FOLDER = fileURLToPath(new URL('../../services/dashboard', import.meta.url));

/** Builds the pages, as `npm start` does, and returns the folder that they are served from. */
export async function buildPages(): Promise<string> {
  const run = promisify(execFile);
  await run(process.execPath, [`${FOLDER}/node_modules/vite/bin/vite.js`, 'build', 'web'], {
    cwd: FOLDER,
    timeout: 600_000,
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return `${FOLDER}/web/dist`;
}
