import { isMedallionError } from '@medallion/core';
import { type Trouble, troubleOf } from '@medallion/service';

/** What went wrong, where code and remedy are shown beside it: a message of ours has both within it. */
export function troubleFor(error: unknown): Trouble {
  const trouble = troubleOf(error);
  if (!isMedallionError(error)) return trouble;
  const { code, remedy, message } = trouble;
  const said = message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
  const end = said.lastIndexOf('. Remedy: ');
  return { code, remedy, message: end < 0 ? said : said.slice(0, end) };
}
