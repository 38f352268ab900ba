import { catalogue } from './entry.ts';

/** Of what a user declares: settings, pipelines, and tables that were built of another declaration. */
export const declarationErrors = catalogue({
  MED_CONFIG_INVALID: {
    retryable: false,
    message: 'the configuration is not valid:\n{problems}',
    remedy: 'set the variables named above; docs/configuration.md lists each with its default',
  },
  MED_PIPELINE_INVALID: {
    retryable: false,
    message: 'pipeline "{pipeline}" is not valid:\n{problems}',
    remedy: 'correct the declarations named above',
  },
  MED_EXPRESSION_INVALID: {
    retryable: false,
    message: 'the expression is not valid:\n{place} {problem}',
    remedy: '{advice}',
  },
  MED_TABLE_CHANGED: {
    retryable: false,
    message: 'table "{table}" was built with other logic (version {stored}, now {declared})',
    remedy: 'restore the former declaration, or rebuild the table: {command}',
  },
  MED_TABLE_BEHIND: {
    retryable: false,
    message: 'table "{table}" is new or gone, and {topic} was read up to offset {offset} without it',
    remedy: 'remove the declaration, or rebuild the tables from the start of their topics: {command}',
  },
  MED_READERS_CHANGED: {
    retryable: false,
    message: 'the log of files {topic} was made for {actual} readers, and files("{path}") declares {expected}',
    remedy:
      'declare readers: {actual} again; for another number every file has to be read again: drain the pipeline, delete {topic}, and rebuild its table with `medallion refresh --full`',
  },
});
