import { readFileSync } from 'node:fs';
import { shownPath } from '@medallion/core';

/** A secret, or the file that holds it: that is read anew for each connection, so that a secret may change at run time. */
export type SecretSource = { readonly value: string } | { readonly file: string; readonly variable: string };

/** Why a file of secrets or certificates cannot be had. Its code tells it from what a peer says. */
export class FileError extends Error {
  readonly code = 'MED_FILE';
}

/** A file that a variable names, as it is now. @throws FileError, without any of its content */
export function readNow(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new FileError(`${variable}: cannot read the file ${shownPath(file)} (${reason})`);
  }
}

/** The secret as it is now. @throws FileError */
export function secretNow(source: SecretSource): string {
  if ('value' in source) return source.value;
  const text = readNow(source.variable, source.file).replace(/[\r\n]+$/, '');
  if (text === '') throw new FileError(`${source.variable}: the file ${shownPath(source.file)} is empty`);
  return text;
}
