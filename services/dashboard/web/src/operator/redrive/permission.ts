import type { Session } from '../../../../src/contract/common.ts';

/** Why somebody cannot redrive, in a sentence; null where they can. */
export function whyNot(session: Session | null): string | null {
  if (session === null) return 'Who you are is not known yet.';
  if (!session.canRedrive)
    return 'This dashboard was not given what a redrive needs (OPERATOR_DATABASE_URL and Kafka): use medallion quarantine redrive.';
  if (session.role !== 'operator') return 'Only operators may redrive: log in as one.';
  return null;
}
