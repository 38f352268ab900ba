/**
 * The path of a file as a message may show it: what does not begin as a path does may be the secret that should be in the
 * file, put into the wrong variable.
 *
 * @example shownPath('/run/secrets/password') // '/run/secrets/password'
 */
export const shownPath = (path: string): string =>
  /^\.{0,2}\/[^\s@]*$/.test(path) ? path : '(not shown, as it is no path with /: is it the secret itself?)';
