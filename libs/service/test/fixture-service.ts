import { createServer } from 'node:http';
import { MedallionError } from '@medallion/core';
import { oneOf, runService, secret, string } from '../src/index.ts';

/** A service for the tests of runService: what it does wrong is told by MODE. */
const modes = [
  'fine',
  'hang',
  'slow-start',
  'start-fails',
  'done',
  'done-fails',
  'throws',
  'rejects',
  'stalls',
  'stop-fails',
] as const;

const settings = {
  MODE: oneOf(modes, { doc: 'what goes wrong', default: 'fine' }),
  FIXTURE_TOKEN: secret(string({ doc: 'a secret' })),
} as const;

await runService({
  name: 'fixture',
  settings,
  async start({ config, log, metrics, health, progress, stopping }) {
    metrics.flow({ pipeline: 'p', table: 't' }).recordsIn(1);
    health.set('kafka', { ok: true });
    const mode = config.MODE;
    if (mode === 'slow-start')
      await new Promise((_, reject) => stopping.addEventListener('abort', () => reject(new Error('given up'))));
    if (mode === 'start-fails') throw new MedallionError('MED_TOPIC_MISSING', { topic: 'x' });
    if (mode === 'throws')
      setImmediate(() => {
        throw new TypeError('a defect at postgres://me:hunter2@db');
      });
    if (mode === 'rejects') void Promise.reject(new Error('nobody awaits this'));
    if (mode === 'stalls') progress.began(3);
    const open = createServer().listen(0, '127.0.0.1');
    const stop = async (): Promise<void> => {
      log.info({}, 'work in hand is finished');
      if (mode === 'stop-fails') throw new MedallionError('MED_APPEND_FAILED', { topic: 't', reason: 'closed' });
      if (mode === 'hang') await new Promise(() => {});
      open.close();
    };
    if (mode === 'done') return { stop, done: Promise.resolve() };
    if (mode === 'done-fails')
      return { stop, done: Promise.reject(new MedallionError('MED_LEASE_LOST', { topic: 't', partition: 0 })) };
    return { stop };
  },
});
