import { readFileSync } from 'node:fs';

/** A user and its group, by number. */
export type User = { readonly uid: number; readonly gid: number };

/** The user `name` in the text of /etc/passwd. */
export const userIn = (passwd: string, name: string): User | undefined => {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name);
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined;
};

/**
 * Whom to run Postgres as: it refuses root. Undefined means as ourselves. It must be a user with a name (initdb looks
 * it up), and every system has nobody.
 */
export const unprivilegedUser = (): User | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const user = userIn(readFileSync('/etc/passwd', 'utf8'), 'nobody');
  return user ?? { uid: 65_534, gid: 65_534 };
};
