import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority, with the files that it is known by. */
export type Authority = { readonly certFile: string; readonly keyFile: string };

/** A certificate with its key. */
export type Certificate = { readonly certFile: string; readonly keyFile: string };

const openssl = (folder: string, args: readonly string[]): void => {
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
};

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority with openssl, as nobody trusts it yet. */
export function newAuthority(folder: string, name: string): Authority {
  const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const of = ['-subj', `/CN=${name}`, '-days', '2', '-keyout', keyFile, '-out', certFile];
  openssl(folder, ['req', '-x509', ...KEY, ...of]);
  return { certFile, keyFile };
}

/** What a certificate says: for which names, and for how many days, which may be over. */
type Signed = { readonly names: string; readonly days?: number };

/** Has an authority sign a certificate for these names, such as `IP:127.0.0.1,DNS:localhost`. */
export function newCertificate(folder: string, name: string, by: Authority, signed: Signed): Certificate {
  const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const request = join(folder, `${name}.csr`);
  openssl(folder, ['req', '-new', ...KEY, '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', request]);
  const extensions = join(folder, `${name}.ext`);
  writeFileSync(extensions, `subjectAltName=${signed.names}\n`);
  const when = ['-days', String(signed.days ?? 2)];
  const of = ['-in', request, '-CA', by.certFile, '-CAkey', by.keyFile, '-extfile', extensions, '-out', certFile];
  openssl(folder, ['x509', '-req', '-CAcreateserial', ...when, ...of]);
  return { certFile, keyFile };
}

/** A key and its certificate in one file, as Kafka wants its key store. */
export function keyStore(folder: string, name: string, { certFile, keyFile }: Certificate): string {
  const file = join(folder, `${name}.store.pem`);
  writeFileSync(file, `${readFileSync(keyFile, 'utf8')}${readFileSync(certFile, 'utf8')}`, { mode: 0o600 });
  return file;
}
