import { existsSync, globSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import { MedallionError } from '@medallion/core';
import type { FastifyInstance } from 'fastify';

/** Where vite puts the pages. */
export const WEB_DIST = join(import.meta.dirname, '..', '..', 'web', 'dist');

/** Vite's names carry a hash of the content: what has such a name never changes. */
const isHashed = (path: string): boolean => path.startsWith('assets/');

const YEAR_MS = 31_536_000_000;

const UNBUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="3">
<title>Medallion: the pages are not built</title>
<h1>The pages are not built yet</h1>
<p>The API is there: <a href="/api/openapi.json">/api/openapi.json</a>. To build the pages, run</p>
<pre>pnpm --filter @medallion/dashboard build</pre>
<p>and load this page again. <code>npm start</code> does so by itself, which takes some seconds.</p>
</html>
`;

/**
 * Serves the pages: files of `dist`, compressed as the build left them, and `index.html` for all other addresses outside the
 * API, as the page itself knows what to show there. Pages are for everybody: what they show they have to ask for.
 */
export async function addPages(app: FastifyInstance, dist: string): Promise<void> {
  const files = filesOf(dist);
  await app.register(fastifyStatic, { root: dist, serve: false, preCompressed: true, suppressWarning: true });
  app.get<{ Params: { '*': string } }>(
    '/*',
    { config: { access: 'public' }, schema: { hide: true } },
    async (request, reply) => {
      const path = request.params['*'];
      if (files.has(path) && path !== 'index.html') {
        if (isHashed(path)) return reply.sendFile(path, { maxAge: YEAR_MS, immutable: true });
        return reply.header('cache-control', 'no-cache').sendFile(path, { cacheControl: false });
      }
      if (!isPage(path) || !acceptsPage(request.headers.accept))
        throw new MedallionError('MED_NOT_FOUND', {
          ...{ kind: 'address', name: `/${path.slice(0, 200)}`, list: '/api/docs' },
        });
      reply.header('cache-control', 'no-cache');
      if (files.has('index.html')) return reply.sendFile('index.html', { cacheControl: false });
      return reply.code(503).type('text/html; charset=utf-8').send(UNBUILT);
    },
  );
}

/** Addresses of pages have no ending, as files have. */
const isPage = (path: string): boolean =>
  path === 'index.html' || (path !== 'api' && !path.startsWith('api/') && !/\.[^/]*$/.test(path));

const acceptsPage = (accept: string | undefined): boolean => accept === undefined || /text\/html|\*\/\*/.test(accept);

/** What may be asked for by its own name; read again when a build has put another index there. */
function filesOf(dist: string): { has(path: string): boolean } {
  const index = join(dist, 'index.html');
  let builtAt = -1;
  let names = new Set<string>();
  const refresh = (): void => {
    const at = existsSync(index) ? statSync(index).mtimeMs : 0;
    if (at === builtAt) return;
    builtAt = at;
    const found = at === 0 ? [] : globSync('**/*.*', { cwd: dist });
    names = new Set(found.map((name) => name.split(sep).join('/')).filter((name) => !/\.(br|gz)$/.test(name)));
  };
  return {
    has(path) {
      refresh();
      return names.has(path);
    },
  };
}
