import { createRequire } from 'node:module';
import type { AuthenticationProviderArgs, Authenticator } from 'kafkajs';
import type { Mechanism } from './kafka-access.ts';

/** What kafkajs makes an authentication of; it reads both at several moments of it. */
type Credentials = { readonly username: string; readonly password: string };
type Provider = (credentials: Credentials) => (args: AuthenticationProviderArgs) => Authenticator;

const require = createRequire(import.meta.url);
const provider = (name: string): Provider =>
  require(`kafkajs/src/broker/saslAuthenticator/${name}.js`) as unknown as Provider;

/** kafkajs' own authentications. It makes one for a client and keeps it; made here, there is one for each connection. */
export const AUTHENTICATORS: Readonly<Record<Mechanism, Provider>> = {
  plain: provider('plain'),
  'scram-sha-256': provider('scram256'),
  'scram-sha-512': provider('scram512'),
};
