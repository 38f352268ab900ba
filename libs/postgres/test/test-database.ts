import { testStack } from '@medallion/devstack';

/** The database that integration tests share: each uses a pipeline name of its own. */
export const testDatabase = async (): Promise<string> => process.env.DATABASE_URL ?? (await testStack()).databaseUrl;
