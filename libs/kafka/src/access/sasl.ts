import { MedallionError, messageOf } from '@medallion/core';
import type { Mechanism as KafkajsMechanism, SaslAuthenticateArgs } from 'kafkajs';
import { protocolError } from '../failure.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { AUTHENTICATORS } from './kafkajs-authenticators.ts';
import { secretNow } from './secret-source.ts';

/**
 * A login for kafkajs that reads its password anew whenever a connection shows who it is, and says what became of it:
 *
 *     read the password ─▶ exchange ─▶ done
 *        │                    ├─ the broker refuses ─▶ MED_LOG_AUTH_FAILED
 *        │                    └─ the connection breaks ─▶ that error: kafkajs tries again
 *        └─ no such file ─▶ MED_LOG_AUTH_FAILED
 */
export function saslOf({ mechanism, username, password }: NonNullable<KafkaAccess['login']>): KafkajsMechanism {
  const refused = (reason: string, cause?: unknown): MedallionError =>
    new MedallionError('MED_LOG_AUTH_FAILED', { reason: `${username}: ${reason}` }, { cause });
  return {
    mechanism,
    authenticationProvider: (args) => ({
      async authenticate() {
        let secret: string;
        try {
          secret = secretNow(password);
        } catch (error) {
          throw refused(messageOf(error), error);
        }
        // kafkajs says "authentication failed" of a broken connection too, and drops what it was.
        let said: unknown;
        const saslAuthenticate = <T>(step: SaslAuthenticateArgs<T>) =>
          args.saslAuthenticate(step).catch((error: unknown) => {
            said = error;
            throw error;
          });
        try {
          await AUTHENTICATORS[mechanism]({ username, password: secret })({ ...args, saslAuthenticate }).authenticate();
        } catch (error) {
          if (said !== undefined && protocolError(said) === undefined) throw said;
          throw refused(messageOf(said ?? error), error);
        }
      },
    }),
  };
}
