import { tableStoreContract } from '@medallion/testkit';
import { postgresHarness } from '../test/postgres-harness.ts';
import { testDatabase } from '../test/test-database.ts';

tableStoreContract('on Postgres', postgresHarness(await testDatabase()));
