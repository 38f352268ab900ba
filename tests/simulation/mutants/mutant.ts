/** A deliberate defect: one place in one module reads otherwise, in the processes that are to find out. */
export type Mutant = {
  /** What is wrong, in a few words with hyphens. */
  readonly name: string;
  /** Which promise it breaks, as a SPEC.md or the design numbers it. */
  readonly breaks: string;
  /** The module, from the repository's root. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The pipeline in which it can be seen; absent: Santa's. */
  readonly pipeline?: string;
  /** Nearly every run shows it: a few seeds are enough, in every `npm test`. */
  readonly quick?: true;
};
