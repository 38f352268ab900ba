import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { MedallionError, messageOf } from '@medallion/core';

/** What a `postgres://` address says, as a client wants it. Files are named here, and read when a connection is made. */
export type DatabaseAddress = {
  readonly host: string | undefined;
  readonly port: number;
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly password: string | undefined;
  readonly passwordFile: string | undefined;
  readonly tls: DatabaseTls;
};

/** How a connection is encrypted, and what of the server is verified. */
export type DatabaseTls = {
  readonly mode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  readonly rootFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
};

const MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
const PARAMETERS = ['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'passwordfile'] as const;
/** Said by us, or of no meaning to this client: taken without a word, as libpq's users write them. */
const IGNORED = [
  'application_name',
  'connect_timeout',
  'options',
  'channel_binding',
  'gssencmode',
  'target_session_attrs',
];

/** So many bytes are no password and no certificate: the path is wrong. */
const MAX_FILE_BYTES = 1_048_576;

/**
 * Reads an address with libpq's meaning of `sslmode`, whatever the client library of the day takes it for: `require` encrypts
 * and verifies nothing (with `sslrootcert`, as libpq has it, it is `verify-ca`), `verify-ca` verifies who signed, and
 * `verify-full` the host's name too. Without `sslrootcert`, or with `system`, the certificates that Node.js trusts are taken.
 * `allow` and `prefer`, which promise nothing, are refused. `passwordfile`, which libpq has not, names a file with the password.
 *
 * @throws MED_DATABASE_URL_INVALID
 * @example databaseAddress('postgres://gold_writer@db/medallion?sslmode=verify-full&sslrootcert=/ca.pem&passwordfile=/run/pw')
 */
export function databaseAddress(databaseUrl: string): DatabaseAddress {
  const url = URL.parse(databaseUrl);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) throw invalid('it is no postgres:// address');
  const given = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (IGNORED.includes(name)) continue;
    if (!PARAMETERS.some((each) => each === name))
      throw invalid(`"${name}" is not known; known are ${PARAMETERS.join(', ')}`);
    given.set(name, value);
  }
  const port = Number(given.get('port') || url.port || 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalid('its port is none');
  return {
    host: given.get('host') || bare(url.hostname),
    port,
    user: decoded(url.username),
    database: decoded(url.pathname.slice(1)),
    password: decoded(url.password),
    passwordFile: given.get('passwordfile'),
    tls: tlsOf(given),
  };
}

function tlsOf(given: ReadonlyMap<string, string>): DatabaseTls {
  const named = given.get('sslmode') ?? 'disable';
  const mode = MODES.find((each) => each === named);
  if (mode === undefined)
    throw invalid(
      `sslmode=${named} ${/^(allow|prefer)$/.test(named) ? 'promises no encryption' : 'is not known'}; allowed: ${MODES.join(', ')}`,
    );
  const rootFile = given.get('sslrootcert');
  const files = {
    rootFile: rootFile === 'system' ? undefined : rootFile,
    certFile: given.get('sslcert'),
    keyFile: given.get('sslkey'),
  };
  if ((files.certFile === undefined) !== (files.keyFile === undefined))
    throw invalid('sslcert and sslkey come together');
  const named_ = [rootFile, files.certFile].some((each) => each !== undefined);
  if (mode === 'disable' && named_) throw invalid('it names certificates, and sslmode does not say what for');
  return { mode: mode === 'require' && rootFile !== undefined ? 'verify-ca' : mode, ...files };
}

/** What Node's TLS is told; the files are read now, so that renewed ones serve the next connection. */
export function tlsOptions({
  host,
  tls: { mode, rootFile, certFile, keyFile },
}: DatabaseAddress): ConnectionOptions | false {
  if (mode === 'disable' || host?.startsWith('/')) return false;
  return {
    // The name that is verified; an address of numbers would else be taken for localhost.
    host: host ?? 'localhost',
    rejectUnauthorized: mode !== 'require',
    ...(rootFile === undefined ? {} : { ca: fileText(rootFile) }),
    ...(certFile === undefined || keyFile === undefined ? {} : { cert: fileText(certFile), key: fileText(keyFile) }),
    // Who signed is verified all the same.
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

/** The password as it is now; undefined where the address has none. */
export const passwordOf = ({ password, passwordFile }: DatabaseAddress): string | undefined =>
  passwordFile === undefined ? password : fileText(passwordFile).replace(/[\r\n]+$/, '');

/**
 * The address with another password than its own: the given one, or the one in a file, which is read at each new connection.
 *
 * @throws MED_DATABASE_URL_INVALID
 * @example withPassword(config.DATABASE_URL, { file: '/run/secrets/database-password' })
 */
export function withPassword(
  databaseUrl: string,
  given: { readonly text?: string | undefined; readonly file?: string | undefined },
): string {
  if (given.text === undefined && given.file === undefined) return databaseUrl;
  const url = URL.parse(databaseUrl);
  if (url === null) throw invalid('it is no postgres:// address');
  url.password = given.file === undefined ? encodeURIComponent(given.text ?? '') : '';
  url.searchParams.delete('passwordfile');
  if (given.file !== undefined) url.searchParams.set('passwordfile', given.file);
  return url.href;
}

/**
 * The address of a setting with the password that DATABASE_PASSWORD or DATABASE_PASSWORD_FILE says, where one does.
 *
 * @throws MED_DATABASE_URL_INVALID
 */
export const databaseUrlFrom = (
  databaseUrl: string,
  env: Readonly<Record<string, string | undefined>>,
  variable = 'DATABASE_PASSWORD',
): string =>
  withPassword(databaseUrl, { text: env[variable] || undefined, file: env[`${variable}_FILE`] || undefined });

function fileText(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_FILE_BYTES) throw new Error(`it has ${bytes.length} bytes`);
    return bytes.toString('utf8');
  } catch (error) {
    throw new MedallionError(
      'MED_STORE_UNAVAILABLE',
      { reason: `cannot read ${path}: ${messageOf(error)}` },
      { cause: error },
    );
  }
}

const invalid = (problem: string): MedallionError => new MedallionError('MED_DATABASE_URL_INVALID', { problem });
const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text) || undefined;
  } catch {
    throw invalid('it has a % that is no escape; write %25');
  }
};
const bare = (host: string): string | undefined => decoded(host.replace(/^\[(.*)\]$/, '$1'));
