import { computed, signal } from '@preact/signals';

const here = (): URL => new URL(window.location.href);
const url = signal(here());

/** The path on show, and what follows its question mark. */
export const currentPath = computed(() => url.value.pathname);
export const currentSearch = computed(() => url.value.searchParams);

/** Shows another page of this application. */
export function navigate(to: string, how: { replace?: boolean; keepFocus?: boolean } = {}): void {
  const before = url.peek().pathname;
  if (how.replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  url.value = here();
  if (url.peek().pathname !== before && !how.keepFocus) arrive();
}

/** Changes the query of the address without a new entry in the history; null removes a name. */
export function setSearch(values: Readonly<Record<string, string | null>>): void {
  const next = here();
  for (const [name, value] of Object.entries(values))
    if (value === null || value === '') next.searchParams.delete(name);
    else next.searchParams.set(name, value);
  history.replaceState(null, '', next);
  url.value = next;
}

/** A new page begins at its top, and a screen reader in its main part. */
function arrive(): void {
  window.scrollTo(0, 0);
  document.querySelector('main')?.focus({ preventScroll: true });
}

/** Whether a click on a link is one that the browser would follow here, to a page of this application. */
const isOurs = (event: MouseEvent, link: HTMLAnchorElement): boolean =>
  event.button === 0 &&
  !event.defaultPrevented &&
  !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) &&
  link.target === '' &&
  !link.hasAttribute('download') &&
  link.origin === window.location.origin &&
  !link.pathname.startsWith('/api/');

/** Follows links and the back button from now on: links stay plain links, which can be copied and opened elsewhere. */
export function startRouter(): void {
  window.addEventListener('popstate', () => {
    url.value = here();
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!(link instanceof HTMLAnchorElement) || !isOurs(event, link)) return;
    if (link.hash !== '' && link.pathname === window.location.pathname) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
