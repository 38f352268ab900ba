import { type Browser, openBrowser, openPage, type Page } from '../../tests/support/browser.ts';
import type { PageRequests } from './listeners.ts';

/** When something was first to be seen of a page, from the navigation on, ms. */
export type Paint = { readonly firstPaintMs: number; readonly contentMs: number; readonly loadedMs: number };

/** A page that is open in a browser. */
export type RealPage = {
  readonly requests: PageRequests;
  readonly paint: Paint;
  /** Requests to the API so far, the stream aside. */
  readonly asked: () => number;
  /** How long a frame takes now, ms: the browser draws nothing while its script runs. */
  readonly frameMs: () => Promise<number>;
};

/** Opens pages of the dashboard in one browser. */
export class RealPages {
  readonly #browser: Browser;
  readonly #url: string;

  private constructor(browser: Browser, url: string) {
    this.#browser = browser;
    this.#url = url;
  }

  static async start(url: string): Promise<RealPages> {
    return new RealPages(await openBrowser(), url);
  }

  async open(path: string): Promise<RealPage> {
    const { page } = await openPage(this.#browser, this.#url);
    // Fifty people have fifty browsers, so no page shares its stream; and a worker's requests are not seen here.
    await page.addInitScript('delete window.SharedWorker');
    const reads: string[] = [];
    let stream = '';
    page.on('request', (request) => {
      const { pathname, search } = new URL(request.url());
      if (pathname === '/api/live') stream ||= pathname + search;
      else if (pathname.startsWith('/api/')) reads.push(pathname + search);
    });
    await page.goto(path, { waitUntil: 'load' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForTimeout(2_000);
    const atFirst = [...reads];
    if (stream === '') throw new Error(`${path} opened no stream`);
    return {
      requests: { reads: atFirst, stream },
      paint: await paintOf(page),
      asked: () => reads.length,
      frameMs: () => page.evaluate<number>(FRAME),
    };
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

/** The longest of sixty frames. */
const FRAME = `new Promise((resolve) => {
  let last = performance.now(), worst = 0, left = 60;
  const next = (now) => {
    worst = Math.max(worst, now - last);
    last = now;
    if (--left === 0) resolve(worst); else requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})`;

async function paintOf(page: Page): Promise<Paint> {
  return page.evaluate<Paint>(`(() => {
    const at = (name) => Math.round(performance.getEntriesByName(name)[0]?.startTime ?? -1);
    const [navigation] = performance.getEntriesByType('navigation');
    return {
      firstPaintMs: at('first-paint'),
      contentMs: at('first-contentful-paint'),
      loadedMs: Math.round(navigation.loadEventEnd),
    };
  })()`);
}
