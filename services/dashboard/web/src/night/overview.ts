import type { Overview } from '../api/contract.ts';

/** The length of time that the channel speaks of; whoever shows another one has to ask after each of its messages. */
export const CHANNEL_MINUTES = 60;

/** The overview after a message of its channel, which holds only what changed since the message before. */
export function mergeOverview(shown: Overview, message: unknown): Overview | 'reload' {
  const news = message as Partial<Overview>;
  const told = news.range?.minutes ?? CHANNEL_MINUTES;
  if (shown.range.minutes !== told) return 'reload';
  return { ...shown, ...news };
}
