const BASE = 'http://dashboard.invalid';

/**
 * Where somebody goes after logging in: a page of this dashboard, whatever a link to the login said. Browsers read
 * `//host`, `/\host` and `/\t/host` as other sites, and `/.//host` becomes one of these.
 */
export function nextPage(wanted: string | undefined): string {
  const url = wanted === undefined || wanted.length > 1_000 || !wanted.startsWith('/') ? null : URL.parse(wanted, BASE);
  if (url === null || url.origin !== BASE || url.username !== '') return '/';
  if (url.pathname.startsWith('//') || /^\/(api|login)(\/|$)/.test(url.pathname)) return '/';
  return `${url.pathname}${url.search}${url.hash}`;
}
