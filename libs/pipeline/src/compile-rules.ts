import type { ColumnSet } from './column-set.ts';
import { compileExpectation } from './compile-expectation.ts';
import { parsed } from './compile-sql.ts';
import { parseConstraint } from './constraint.ts';
import type { Operation } from './declaration.ts';
import { durationText } from './duration-text.ts';
import { judgeDuration } from './judge-options.ts';
import { quoted, type Report } from './mistakes.ts';
import type { ExpectationPlan, RulePlan, StepPlan, ThresholdPlan } from './plan.ts';

type Of<Kind extends Operation['kind']> = Extract<Operation, { readonly kind: Kind }>;

/** The rules of a table while its steps are gone through: each is named once, and may get a threshold later. */
export class Rules {
  readonly #steps: StepPlan[];
  readonly #report: Report;
  readonly #names = new Set<string>();
  /** The expectations that are judged together with the next one; null when another step came in between. */
  #judging: ExpectationPlan[] | null = null;

  constructor(steps: StepPlan[], report: Report) {
    this.#steps = steps;
    this.#report = report;
  }

  /** What follows is judged apart from what was before. */
  endJudgement(): void {
    this.#judging = null;
  }

  expect(operation: Of<'expect'> | Of<'constraint'>, columns: ColumnSet): void {
    const expectation =
      operation.kind === 'expect'
        ? operation.expectation
        : parsed(() => parseConstraint(operation.text), 'a constraint', this.#report);
    if (expectation === null) return;
    this.#name(expectation.name);
    if (this.#judging === null) {
      this.#judging = [];
      this.#steps.push({ kind: 'judge', expectations: this.#judging });
    }
    this.#judging.push(compileExpectation(expectation, columns, this.#report));
  }

  dedupe({ by, withinMs, rule }: Of<'dedupe'>, columns: ColumnSet, isTimed: boolean): void {
    const call = rule === null ? 'dedupe' : 'expectUnique';
    if (this.#steps.some((step) => step.kind === 'dedupe'))
      this.#report('it drops duplicates twice', rule === null ? 'keep one dedupe' : 'keep one dedupe or expectUnique');
    if (rule !== null) this.#name(rule.name);
    const field = columns.find(by, call);
    if (field?.type.kind === 'list')
      this.#report(`${call} is by "${by}", a list`, 'choose a column that holds one value');
    judgeDuration('the time within which duplicates are dropped', withinMs, 1, this.#report);
    if (!isTimed)
      this.#report(
        `${call} counts in event time, and none is declared before it`,
        `call .eventTime() before .${call}()`,
      );
    const text = `${by} is unique within ${durationText(withinMs)} of event time`;
    this.#steps.push({ kind: 'dedupe', by, withinMs, ...(rule === null ? {} : { rule: { ...rule, text } }) });
  }

  failWhen({ rule, threshold }: Of<'fail_when'>): void {
    const what = `the threshold of "${rule}"`;
    judgeThreshold(what, threshold, this.#report);
    const found = this.#replace(rule, (declared) => {
      if (declared.threshold !== undefined) this.#report(`"${rule}" has two thresholds`, 'keep one');
      if (declared.action === 'fail')
        this.#report(`${what} is never reached: its first violation stops the flow`, 'declare it with another action');
      return { ...declared, threshold };
    });
    if (!found)
      this.#report(
        `failWhen names expectation "${rule}", which does not exist before it`,
        this.#names.size === 0 ? 'declare it first' : `choose one of ${quoted(this.#names)}`,
      );
  }

  #replace(name: string, change: <R extends RulePlan>(rule: R) => R): boolean {
    for (const [i, step] of this.#steps.entries()) {
      if (step.kind === 'judge') {
        const at = step.expectations.findIndex((expectation) => expectation.name === name);
        if (at < 0) continue;
        // Nobody but this class holds the list before it is frozen.
        const expectations = step.expectations as ExpectationPlan[];
        expectations[at] = change(expectations[at]!);
        return true;
      }
      if (step.kind !== 'dedupe' || step.rule?.name !== name) continue;
      this.#steps[i] = { ...step, rule: change(step.rule) };
      return true;
    }
    return false;
  }

  #name(name: string): void {
    if (this.#names.has(name)) this.#report(`two expectations are named "${name}"`, 'give each a name of its own');
    if (name === '') this.#report('an expectation has an empty name', 'name it: its counts are kept by name');
    this.#names.add(name);
  }
}

function judgeThreshold(what: string, { moreThan, ofMs, atLeast }: ThresholdPlan, report: Report): void {
  if (!(moreThan >= 0 && moreThan < 1)) report(`${what} is ${moreThan}`, 'give a share from 0 to less than 1');
  judgeDuration(`the window of ${what}`, ofMs, 1, report);
  if (!Number.isSafeInteger(atLeast) || atLeast < 1)
    report(`${what} counts from ${atLeast} rows on`, 'use a whole number from 1');
}
