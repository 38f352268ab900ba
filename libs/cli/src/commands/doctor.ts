import { isMedallionError, MedallionError } from '@medallion/core';
import { type Asks, diagnose, localAddresses } from '@medallion/devstack';
import { subjectVersions } from '@medallion/kafka';
import { type Answer, EXIT, type Surroundings } from '../answer.ts';
import { registryOf, withLog, withTables } from '../connect.ts';

const MARK = { fine: '✓', hint: '·', missing: '✗' } as const;
/** Nothing is of this name: it is asked for to be answered at all. */
const NOTHING = 'medallion.doctor';

/** `medallion doctor`: what is missing on this machine, with the remedy. */
export async function doctor(_args: readonly string[], _options: object, around: Surroundings): Promise<Answer> {
  const findings = await diagnose(around.env, asksOf(around));
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

/** Each part is asked by the clients of the services, as the login of the settings: a wrong password or authority shows here. */
const asksOf = (around: Surroundings): Asks => ({
  async kafka() {
    const brokers = localAddresses(around.env).kafkaBrokers.join(', ');
    try {
      await withLog(around, (log) => log.partitions(NOTHING));
    } catch (error) {
      // Who may not see a topic was let in.
      if (!isMedallionError(error) || error.code !== 'MED_LOG_FORBIDDEN') throw error;
    }
    return brokers;
  },

  async registry() {
    const registry = registryOf(around);
    await subjectVersions(registry, NOTHING, 1);
    return registry.url;
  },

  database: () =>
    withTables(around, 'public', async ({ query }) => {
      const [row] = await query<{ version: string; login: string; may: boolean }>(
        `SELECT current_setting('server_version') AS version, current_user AS login,
                has_database_privilege(current_database(), 'CREATE') AS may`,
      );
      if (row === undefined) throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: 'it says nothing' });
      return `version ${row.version}, as ${row.login}${row.may ? '' : ', who may make no schemas (as MIGRATE=verify wants it)'}`;
    }),
});
