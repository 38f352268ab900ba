import type { Log, LogFields } from '@medallion/core';
import { type DestinationStream, destination, type Level, pino } from 'pino';
import { loggable } from './loggable.ts';
import { maskCredentials } from './mask.ts';

/** How severe a line has to be to be written. */
export type LogLevel = Level;

/** The log of a service: core's port, and lines that precede the end of the process. */
export type ServiceLog = Log & { fatal(fields: LogFields, message: string): void };

type Options = {
  readonly service: string;
  readonly version: string;
  readonly level: LogLevel;
  /** Where the lines go; standard output when absent. */
  readonly to?: DestinationStream;
};

/**
 * JSON lines with ISO time, service and version. An error belongs in the field `err`. Credentials are masked in every
 * field and message. Standard output is written synchronously, so the last words before an exit are not lost;
 * lines are few, since the engine logs per event of its life, never per record.
 *
 * @example
 * const log = createLogger({ service: 'gold-aggregate', version: '0.1.0', level: 'info' })
 * log.error({ topic, partition, err: error }, 'the batch was dropped')
 */
export function createLogger({ service, version, level, to }: Options): ServiceLog {
  const logger = pino(
    {
      level,
      base: { service, version },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // `loggable` has made plain data of errors already
      serializers: { err: (plain: unknown) => plain },
    },
    to ?? destination({ dest: 1, sync: true }),
  );
  const line =
    (severity: Level) =>
    (fields: LogFields, message: string): void => {
      if (logger.isLevelEnabled(severity)) logger[severity](loggable(fields), maskCredentials(message));
    };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    fatal: line('fatal'),
  };
}
