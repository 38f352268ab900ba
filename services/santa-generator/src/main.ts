import { app } from './app.ts';
import { openLog } from './open-log.ts';

const stop = new AbortController();
// Once: who asks a second time does not want to wait for the flush.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

process.exitCode = await app({ args: process.argv.slice(2), env: process.env, openLog, signal: stop.signal });
