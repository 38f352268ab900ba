import type { Overview } from '../api/contract.ts';

type MinuteColumn = Exclude<keyof Overview['minutes'], 'start' | 'final'>;

const MINUTE_MS = 60_000;

/**
 * A column of the minutes without the one that runs: it has not had its time yet, and a line that falls at its end every
 * minute would look like trouble.
 */
export const closedMinutes = ({ minutes, asOf }: Overview, column: MinuteColumn): readonly (number | null)[] => {
  const now = Date.parse(asOf.readAt);
  return minutes[column].map((value, index) => (Date.parse(minutes.start[index]!) + MINUTE_MS > now ? null : value));
};

/** The length of time that the channel speaks of; whoever shows another one has to ask after each of its messages. */
export const CHANNEL_MINUTES = 60;

/** The overview after a message of its channel, which holds only what changed since the message before. */
export function mergeOverview(shown: Overview, message: unknown): Overview | 'reload' {
  const news = message as Partial<Overview>;
  const told = news.range?.minutes ?? CHANNEL_MINUTES;
  if (shown.range.minutes !== told) return 'reload';
  return { ...shown, ...news };
}
