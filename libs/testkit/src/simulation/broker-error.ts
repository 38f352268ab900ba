/** Of a broker that is asked for a partition that another one leads, or asked to append to it. */
export const NOT_LEADER = 'NOT_LEADER_OR_FOLLOWER';

/** An error that a broker answers, by the protocol's name of it. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly type: string;

  constructor(type: string) {
    super(type);
    this.type = type;
  }
}
