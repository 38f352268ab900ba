import type { Group, Lease } from '../../../../src/contract/operator.ts';

/** What waits for a group, over all of its partitions. */
export const lagOf = ({ partitions }: Pick<Group, 'partitions'>): number =>
  partitions.reduce((sum, { lag }) => sum + lag, 0);

/** The member that reads a partition, which the broker calls `topic[partition]`; null where nobody does. */
export function holderOf(
  { members }: Pick<Group, 'members'>,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): string | null {
  const name = `${topic}[${partition}]`;
  const member = members.find(({ partitions }) => partitions.includes(name));
  return member === undefined ? null : `${member.clientId} at ${member.host}`;
}

/** Who holds leases, and how many each; nobody is not among them. */
export function holders(leases: readonly Lease[]): readonly { readonly owner: string; readonly leases: number }[] {
  const counts = new Map<string, number>();
  for (const { owner } of leases) if (owner !== '') counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return [...counts].map(([owner, n]) => ({ owner, leases: n })).toSorted((a, b) => b.leases - a.leases);
}
