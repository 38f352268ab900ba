import { after } from 'node:test';
import { startStack } from '@medallion/devstack';
import { tableStoreContract } from '@medallion/testkit';
import { postgresHarness } from '../../test/postgres-harness.ts';
import { createGoldReader } from '../gold-reader.ts';
import { writerRole } from './writer-role.ts';

// A server of its own, as roles are the whole server's; the other parts are not needed.
const stack = await startStack({
  mode: 'ephemeral',
  external: { kafkaBrokers: ['127.0.0.1:1'], schemaRegistryUrl: 'http://127.0.0.1:1' },
});

const admin = createGoldReader({ databaseUrl: stack.databaseUrl, schemaName: 'public' });
await admin.query('CREATE ROLE medallion_writer');
await admin.query(`CREATE ROLE gold_writer LOGIN PASSWORD 'secret' IN ROLE medallion_writer`);
await admin.query('REVOKE ALL ON DATABASE medallion FROM PUBLIC');
await admin.query('GRANT CONNECT ON DATABASE medallion TO gold_writer');

/** The whole contract holds for a login that can make, change and drop nothing. */
tableStoreContract(
  'on Postgres, as a login that only writes',
  postgresHarness(stack.databaseUrl, {
    databaseUrl: Object.assign(new URL(stack.databaseUrl), { username: 'gold_writer', password: 'secret' }).href,
    allow: async (plan, query) => {
      const role = writerRole(plan);
      await query(
        `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE "${role}"; END IF; END $$`,
      );
      await query(`GRANT "${role}" TO gold_writer`);
    },
  }),
  { runs: 3, makesTables: false },
);

// After what the contract leaves behind is gone.
after(async () => {
  await admin.close();
  await stack.stop();
});
