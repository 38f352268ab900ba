/** An error that a broker answers, by the protocol's name of it. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly type: string;

  constructor(type: string) {
    super(type);
    this.type = type;
  }
}
