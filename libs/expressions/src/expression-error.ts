import { MedallionError } from '@medallion/core';

/** A longer line is cut around the mistake. */
const MAX_LINE = 100;

/** The line of `text` that holds the character at `at`, and below it a caret that points at it. */
function pointedAt(text: string, at: number): string {
  const begin = text.lastIndexOf('\n', at - 1) + 1;
  const newline = text.indexOf('\n', at);
  const end = newline === -1 ? text.length : newline;
  const from = end - begin <= MAX_LINE ? begin : Math.max(begin, at - MAX_LINE / 2);
  const to = Math.min(end, from + MAX_LINE);
  const before = `${from > begin ? '…' : ''}${text.slice(from, at)}`;
  const line = `${before}${text.slice(at, to)}${to < end ? '…' : ''}`;
  // A tab stays one, so that the caret stays below its character; other characters take one place each.
  const indent = [...before].map((c) => (c === '\t' ? '\t' : ' ')).join('');
  return `${line.replace(/\r$/, '')}\n${indent}^`;
}

/**
 * A mistake in an expression: what is wrong, at which character, and what to write instead.
 *
 * @example
 * amout > 0
 * ^ there is no column "amout". Remedy: did you mean "amount"?
 */
export class ExpressionError extends MedallionError<'MED_EXPRESSION_INVALID'> {
  override readonly name = 'ExpressionError';
  /** The offset in the text. */
  readonly at: number;
  /** What is wrong, without place and remedy. */
  readonly problem: string;
  /** Two lines: the text, and a caret below the character. */
  readonly rendering: string;

  constructor(text: string, at: number, problem: string, advice: string) {
    const rendering = pointedAt(text, at);
    super('MED_EXPRESSION_INVALID', { place: rendering, problem, advice });
    // The catalogue ends each message with a full stop.
    this.message = this.message.replace(/\?\.$/, '?');
    this.at = at;
    this.problem = problem;
    this.rendering = rendering;
  }
}
