import { Mistake } from './mistake.ts';
import { type Token, tokensOf } from './tokens.ts';

/** How a token is named in messages. */
export const named = (token: Token): string =>
  token.kind === 'end' ? 'the end of the expression' : token.kind === 'text' ? `'${token.text}'` : `"${token.text}"`;

/** The words of an expression, one by one. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  /** The next token, or the one that many further. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]!;
  }

  take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  isSymbol(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === text;
  }

  /** Whether the next token is this word, in any case, not in quotes. */
  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'name' && !token.quoted && token.text.toUpperCase() === word;
  }

  /** Takes the symbol or word if it comes next. */
  takeIf(text: string): boolean {
    const found = this.isSymbol(text) || this.isWord(text);
    if (found) this.take();
    return found;
  }

  /** Takes the symbol or word that must come next. */
  expect(text: string, remedy: string): Token {
    if (this.isSymbol(text) || this.isWord(text)) return this.take();
    throw new Mistake(this.peek().at, `${text} is expected here, not ${named(this.peek())}`, remedy);
  }
}
