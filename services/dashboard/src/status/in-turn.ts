/**
 * Asks questions of a kind one after the other until one of them has been answered, and together from then on; after an error
 * one after the other again. kafkajs opens a connection for each question that finds none, and forgets all but the last.
 *
 *   cold ──an answer──▶ warm (together) ──an error──▶ cold; what waits behind an error has it too
 */
export class InTurn {
  #isWarm = false;
  #last: Promise<unknown> = Promise.resolve();

  /** @param warms whether an answer shows that all connections are there */
  async ask<T>(question: () => Promise<T>, warms: (answer: T) => boolean = () => true): Promise<T> {
    if (!this.#isWarm) {
      const turn = this.#last.then(() => this.#answer(question, warms));
      this.#last = turn;
      const forget = (): void => {
        if (this.#last === turn) this.#last = Promise.resolve();
      };
      turn.then(forget, forget);
      return turn;
    }
    return this.#answer(question, warms);
  }

  async #answer<T>(question: () => Promise<T>, warms: (answer: T) => boolean): Promise<T> {
    try {
      const answer = await question();
      if (warms(answer)) this.#isWarm = true;
      return answer;
    } catch (error) {
      this.#isWarm = false;
      throw error;
    }
  }
}
