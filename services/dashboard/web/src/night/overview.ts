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

/**
 * The overview after a message of its channel, which holds only what changed. The channel speaks of one length of time; a
 * page that shows another one has to ask.
 */
export function mergeOverview(shown: Overview, message: unknown): Overview | 'reload' {
  const news = message as Partial<Overview>;
  if ((news.range ?? shown.range).minutes !== shown.range.minutes) return 'reload';
  // Without them it is not known of which time the rest is.
  if (news.range === undefined || news.asOf === undefined) return 'reload';
  return { ...shown, ...news };
}
