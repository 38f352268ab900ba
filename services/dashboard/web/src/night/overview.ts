import type { Overview } from '../api/contract.ts';

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
