import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const MAIN = join(import.meta.dirname, 'main.ts');

test('a target that cannot be opened ends the program with code 1, also while it serves its health', async () => {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const started = promisify(execFile)(process.execPath, [MAIN, '--file', '/nonexistent/deliveries.jsonl'], {
    env: { PATH, NODE_COMPILE_CACHE, PORT: '0' },
    // One that hangs does not hear SIGTERM either.
    ...{ timeout: 180_000, killSignal: 'SIGKILL' },
  });
  await assert.rejects(started, (error: { code: number | null; stderr: string }) => {
    assert.equal(error.code, 1, 'it ends by itself');
    assert.match(error.stderr, /serving \/livez/);
    assert.match(error.stderr, /ENOENT/);
    return true;
  });
});
