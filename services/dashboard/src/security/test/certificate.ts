import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Writes a certificate for localhost that signed itself, and its key, into `folder`. */
export function certificate(folder: string, serial: number): { readonly certFile: string; readonly keyFile: string } {
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const args = ['req', '-x509', ...key, '-out', certFile, '-days', '2', '-set_serial', String(serial), ...subject];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return { certFile, keyFile };
}
