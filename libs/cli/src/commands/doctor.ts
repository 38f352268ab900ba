import { diagnose } from '@medallion/devstack';
import { type Answer, EXIT, type Surroundings } from '../answer.ts';

const MARK = { fine: '✓', hint: '·', missing: '✗' } as const;

/** `medallion doctor`: what is missing on this machine, with the remedy. */
export async function doctor(_args: readonly string[], _options: object, { env }: Surroundings): Promise<Answer> {
  const findings = await diagnose(env);
  const missing = findings.filter(({ state }) => state === 'missing').length;
  return {
    data: findings,
    lines: [
      ...findings.flatMap((finding) => [
        `${MARK[finding.state]} ${finding.what}: ${finding.detail}`,
        ...(finding.state === 'missing' ? [`    ${finding.remedy}`] : []),
      ]),
      missing === 0 ? 'Nothing is missing.' : `${missing} of ${findings.length} are missing.`,
    ],
    exit: missing === 0 ? EXIT.fine : EXIT.checksFailed,
  };
}
