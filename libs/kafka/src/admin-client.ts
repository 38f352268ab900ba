import kafkajs from 'kafkajs';
import { clientConfig } from './access/client-config.ts';
import { settled, unavailable } from './failure.ts';
import { CLOSE_TIMEOUT_MS, type KafkaOptions } from './options.ts';

/** The requests of a command to a cluster. */
export type AdminClient = {
  /**
   * Asks it, connected from the first question on.
   *
   * @throws MED_LOG_UNAVAILABLE; an error of the question that has a code is passed on
   */
  readonly ask: <T>(question: (admin: kafkajs.Admin) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** Opens a client that connects when it is first asked; for commands, not for services. */
export function adminClient(options: KafkaOptions): AdminClient {
  const admin = new kafkajs.Kafka(clientConfig(options)).admin();
  let connected: Promise<void> | undefined;
  return {
    async ask(question) {
      try {
        connected ??= admin.connect();
        await connected;
        return await question(admin);
      } catch (error) {
        throw unavailable(error);
      }
    },
    async close() {
      if (connected !== undefined) await settled(CLOSE_TIMEOUT_MS, admin.disconnect());
    },
  };
}
