import type { Entrance } from '../engine/fuzz.ts';
import { avroValues, schemaIds } from './avro-values.ts';
import { cli } from './cli.ts';
import { configuration } from './configuration.ts';
import { checkpoints, controlTopics } from './control-records.ts';
import { csvExport } from './csv-export.ts';
import { expressions } from './expressions.ts';
import { expressionsOnPostgres } from './expressions-postgres.ts';
import { http } from './http.ts';
import { internalTopics, keys } from './internal-topics.ts';
import { jsonValues } from './json-values.ts';
import { oidcCallback } from './oidc-callback.ts';
import { parquetFiles } from './parquet-files.ts';
import { recordBatches } from './record-batches.ts';
import { csvFiles, jsonFiles, jsonLinesFiles } from './text-files.ts';

/** Every entrance, in the order of the data. */
export const ENTRANCES: readonly Entrance[] = [
  ...[recordBatches, jsonValues, avroValues, schemaIds, internalTopics, keys, checkpoints, controlTopics],
  ...[jsonLinesFiles, jsonFiles, csvFiles, parquetFiles, http, configuration, expressions],
  ...[expressionsOnPostgres, csvExport, oidcCallback, cli],
];
