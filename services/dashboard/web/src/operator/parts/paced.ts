/**
 * For a resource that follows a lively channel, but need not be read as often: asks for a reload at most every `everyMs`.
 * Each resource needs one of its own.
 */
export function paced(everyMs: number, now: () => number = Date.now): <T>(data: T) => T | 'reload' {
  let last = now();
  return (data) => {
    if (now() - last < everyMs) return data;
    last = now();
    return 'reload';
  };
}
