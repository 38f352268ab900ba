import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { type Log, messageOf } from '@medallion/core';

/** What a server speaks TLS with. */
export type TlsOptions = { readonly cert: Buffer; readonly key: Buffer; readonly minVersion: 'TLSv1.2' };

type Files = { readonly certFile: string; readonly keyFile: string };

/** Reads certificate and key; throws where they cannot be read or do not belong together. */
export function readTls({ certFile, keyFile }: Files): TlsOptions {
  const options = { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion: 'TLSv1.2' } as const;
  createSecureContext(options);
  return options;
}

/**
 * Gives `server` the certificate again whenever its files change; connections that are open keep theirs. Files are
 * asked for (not watched), as a Kubernetes secret is renewed by moving a link. Ends by the function that is returned.
 */
export function watchTls(
  files: Files,
  server: { setSecureContext(options: SecureContextOptions): void },
  log: Log,
  everyMs = 10_000,
): () => void {
  const reload = (): void => {
    try {
      server.setSecureContext(readTls(files));
      log.info({ file: files.certFile }, 'the certificate was read again');
    } catch (error) {
      // between the writing of one file and the other they do not belong together; the next change reads them again
      log.warn({ file: files.certFile, reason: messageOf(error) }, 'the changed certificate is not used');
    }
  };
  for (const file of [files.certFile, files.keyFile]) watchFile(file, { interval: everyMs, persistent: false }, reload);
  return () => {
    for (const file of [files.certFile, files.keyFile]) unwatchFile(file, reload);
  };
}
