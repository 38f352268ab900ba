import { type Browser, type BrowserContext, chromium as driver, type Page } from 'playwright-core';
import { chromium } from './chromium.ts';

export type { Browser, Page } from 'playwright-core';

/** Starts the browser of this machine. */
export async function openBrowser(): Promise<Browser> {
  const { path, env } = await chromium();
  return driver.launch({
    executablePath: path,
    env: { ...process.env, ...env } as Record<string, string>,
    // Chromium refuses its sandbox to root, and a container's shared memory may be small.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-dev-shm-usage'],
  });
}

/** A page on which everything that should never happen is noted. */
export type WatchedPage = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors in the console, broken policies, requests to anybody else. While a service is down on purpose: `forgive`. */
  problems(): readonly string[];
  /** Forgets what was noted so far: the browser itself says that a request failed, whoever stopped the service. */
  forgive(): void;
};

type PageOptions = {
  readonly width?: number;
  readonly scheme?: 'dark' | 'light';
};

/** Opens a page of its own session, without going anywhere. */
export async function openPage(browser: Browser, baseURL: string, options: PageOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width: options.width ?? 1_440, height: 900 },
    colorScheme: options.scheme ?? 'dark',
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  // Long enough for a machine that does ten other things.
  context.setDefaultTimeout(300_000);
  const noted: string[] = [];
  await context.exposeBinding('__policyBroken', (_, what: string) => void noted.push(`policy: ${what}`));
  await context.addInitScript({
    content: `document.addEventListener('securitypolicyviolation', (broken) =>
      __policyBroken(broken.violatedDirective + ' ' + broken.blockedURI + ' ' + broken.sourceFile))`,
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      noted.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => void noted.push(`error: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== baseURL && !['data:', 'blob:'].includes(protocol)) noted.push(`request to ${request.url()}`);
  });
  return {
    page,
    context,
    problems: () => [...noted],
    forgive: () => {
      noted.length = 0;
    },
  };
}
