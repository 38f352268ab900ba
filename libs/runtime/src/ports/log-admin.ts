/**
 * The port to what only a rebuild, or a change of its size, does to a log. Services never use it: their credentials need not allow any of it.
 */
export interface LogAdmin {
  /** Deletes topics with their records and the checkpoints about them; resolves when none of them exists any more. */
  deleteTopics(topics: readonly string[]): Promise<void>;
  /**
   * Gives a topic so many partitions; one that has as many stays. Resolves when all of them are known.
   *
   * @throws MED_LOG_FORBIDDEN
   */
  growTopic(topic: string, partitions: number): Promise<void>;
  /** Who belongs to a group now, as a person would look for them: `client (host)`. */
  members(group: string): Promise<readonly string[]>;
  /**
   * Forgets a group with all its checkpoints; one that does not exist is forgotten already.
   *
   * @throws MED_GROUP_IN_USE when it has members.
   */
  forgetGroup(group: string): Promise<void>;
  close(): Promise<void>;
}
