import { frameOf } from './frames.ts';

/**
 * What listeners of a channel have been told: the members of the last message, as JSON. `next` makes the message for those
 * who have all before it, `whole` the one for who has nothing.
 */
export class ChannelState {
  readonly #event: string;
  readonly #onlyChanges: boolean;
  #members = new Map<string, string>();
  #whole: Buffer | null = null;

  constructor(event: string, onlyChanges: boolean) {
    this.#event = event;
    this.#onlyChanges = onlyChanges;
  }

  /** Takes over what was read, and says what is new of it; null: nothing is. */
  next(message: object): Buffer | null {
    const members = new Map<string, string>();
    const changed: string[] = [];
    for (const [name, value] of Object.entries(message)) {
      const json = JSON.stringify(value);
      if (json === undefined) continue;
      members.set(name, json);
      if (this.#members.get(name) !== json) changed.push(name);
    }
    if (changed.length === 0 && members.size === this.#members.size) return null;
    this.#members = members;
    this.#whole = null;
    return this.#onlyChanges && changed.length < members.size ? this.#frame(changed) : this.whole();
  }

  /** The last message with all of its members; null: there was none. */
  whole(): Buffer | null {
    if (this.#members.size === 0) return null;
    this.#whole ??= this.#frame([...this.#members.keys()]);
    return this.#whole;
  }

  #frame(names: readonly string[]): Buffer {
    const json = names.map((name) => `${JSON.stringify(name)}:${this.#members.get(name)}`).join(',');
    return frameOf(this.#event, `{${json}}`);
  }
}
