import kafkajs, { type PartitionAssigner } from 'kafkajs';

/**
 * Deals partitions out in turn to at most so many members: those that come first by their ids. The others are given none
 * and stay in the group, so that one of them takes over when a member goes. The member that leads the group decides. The
 * protocol has the name that kafkajs gives its own, so that a group can go over from the one to the other.
 */
export const atMost =
  (maxMembers: number): PartitionAssigner =>
  (config) => {
    const inTurn = kafkajs.PartitionAssigners.roundRobin(config);
    return {
      ...inTurn,
      assign: ({ members, topics }) => {
        const working = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1)).slice(0, maxMembers);
        return inTurn.assign({ members: working, topics });
      },
    };
  };
