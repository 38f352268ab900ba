/** The advisory lock of whoever changes tables; one for all databases and pipelines: migrations are rare and short. */
export const MIGRATION_LOCK = 7_205_759_403;
