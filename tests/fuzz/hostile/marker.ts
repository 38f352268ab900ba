/** Stands in payloads; short, so that an error that quotes a few characters around a mistake shows it. */
export const MARKER = 'zK7q';
/** Stands in passwords and tokens. */
export const SECRET = 'pW9x!e';
