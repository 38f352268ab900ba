import type { ProgressEvent } from './options.ts';

/** One plain line for a progress event. @example `  2.1 s  kafka     ready` */
export const progressLine = (event: ProgressEvent): string => {
  const time = `${(event.ms / 1000).toFixed(1)} s`.padStart(8);
  const detail = event.detail === undefined ? '' : ` (${event.detail})`;
  return `${time}  ${event.name.padEnd(9)} ${event.stage}${detail}`;
};
