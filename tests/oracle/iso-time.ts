const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|([+-])(\d\d):(\d\d))$/;

/**
 * Epoch milliseconds of an ISO-8601 instant with a zone, or null for any other text: `valid_timestamp` (pipelines.md §1)
 * "parses". Written with a calendar of its own, so that it shares no mistake with Date.parse.
 */
export function isoTime(text: string): number | null {
  const found = ISO.exec(text);
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as number[];
  if (year! < 1 || month! < 1 || month! > 12 || day! < 1 || day! > daysOf(year!, month!)) return null;
  if (hour! > 23 || minute! > 59 || second! > 59) return null;
  const offsetMinutes =
    found[9] === undefined ? 0 : Number(`${found[9]}1`) * (Number(found[10]) * 60 + Number(found[11]));
  if (Number(found[10] ?? 0) > 23 || Number(found[11] ?? 0) > 59) return null;
  const seconds =
    ((daysBefore(year!, month!) + day! - 1) * 24 + hour!) * 3_600 + (minute! - offsetMinutes) * 60 + second!;
  return seconds * 1_000 + Number((found[7] ?? '').padEnd(3, '0').slice(0, 3));
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

function daysOf(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days from 1 January 1970 to the first of the month. */
function daysBefore(year: number, month: number): number {
  const past = year - 1;
  let days = past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) - 719_162;
  for (let m = 1; m < month; m++) days += daysOf(year, m);
  return days;
}
