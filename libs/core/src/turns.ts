/** Runs asynchronous work one piece at a time, in the order in which it was asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all that was asked for before has settled. */
  run<T>(work: () => Promise<T> | T): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** Resolves when all that has been asked for has settled. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
