/** What is wrong with an expression, and where, before the whole text is known: ExpressionError is made of it. */
export class Mistake extends Error {
  override readonly name = 'Mistake';
  readonly at: number;
  readonly remedy: string;

  constructor(at: number, problem: string, remedy: string) {
    super(problem);
    this.at = at;
    this.remedy = remedy;
  }
}
