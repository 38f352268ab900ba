import { catalogue } from './entry.ts';

/** Of rows and files: rules that stop a flow, and files that cannot be read. */
export const rowErrors = catalogue({
  MED_EXPECTATION_FAILED: {
    retryable: false,
    message:
      'flow "{flow}" of table "{table}": {topic}[{partition}] offset {offset} broke {rules}, declared with expectOrFail',
    remedy:
      'correct the rule and resume the flow, or skip this record into quarantine: medallion resume, or medallion skip, with the pipeline, {flow} and {topic}:{partition}:{offset}; offset and output were left where they were',
  },
  MED_THRESHOLD_EXCEEDED: {
    retryable: false,
    message:
      'flow "{flow}" of table "{table}" stopped before {topic}[{partition}] offset {offset}: of {rows} rows, {broken} broke {rule}, more than its threshold allows',
    remedy:
      'correct the source or the rule, then have the flow go on, counting from nothing: medallion resume, with the pipeline, {flow} and {topic}:{partition}:{offset}',
  },
  MED_FILES_UNAVAILABLE: {
    retryable: true,
    message: 'the files below {path} cannot be listed or read: {reason}',
    remedy: 'check LANDING_URL, its credentials and permissions; the flow keeps trying from where it was',
  },
  MED_FILE_UNREADABLE: {
    retryable: false,
    message: '{path} cannot be read as {format}: {reason}',
    remedy: 'it is named in quarantine and left out; correct it and drop it again under a new name',
  },
  MED_FILE_CHANGED: {
    retryable: false,
    message: '{path} changed after it was taken: what is new in it is not read',
    remedy: 'drop new rows as a new file; write files under another name (.tmp) and rename them when they are whole',
  },
  MED_FILE_COLUMNS: {
    retryable: false,
    message:
      'table "{table}": {path} has columns that nobody declared: {columns} ({topic}[{partition}] offset {offset})',
    remedy: 'declare them, or choose another mode of schema evolution; offset and output were left where they were',
  },
  MED_FILE_LOG_INVALID: {
    retryable: false,
    message: '{topic}[{partition}] begins at offset {low}: the log of found files is not whole',
    remedy:
      'restore its records, and keep its retention without end: a file that it no longer names would be read again',
  },
});
