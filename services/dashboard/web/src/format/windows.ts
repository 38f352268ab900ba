/** A length of time in words, as `the 3 hours before`. */
export function spanBefore(minutes: number): string {
  if (minutes === 60) return 'the hour before';
  if (minutes === 1440) return 'the 24 hours before';
  if (minutes > 60 && minutes % 60 === 0) return `the ${minutes / 60} hours before`;
  return `the ${minutes} minutes before`;
}
