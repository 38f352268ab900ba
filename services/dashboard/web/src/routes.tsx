import type { JSX } from 'preact';
import { lazy } from './router/lazy.tsx';
import { match, type Params } from './router/match.ts';

type Route = { readonly pattern: string; readonly page: (params: Params) => JSX.Element };

const Night = lazy(async () => (await import('./night/night-page.tsx')).NightPage);
const Queries = lazy(async () => (await import('./queries/queries-page.tsx')).QueriesPage);
const Query = lazy(async () => (await import('./queries/query-page.tsx')).QueryPage);
const Tables = lazy(async () => (await import('./tables/tables-page.tsx')).TablesPage);
const Table = lazy(async () => (await import('./tables/table-page.tsx')).TablePage);
const Operator = lazy(async () => (await import('./operator/operator-page.tsx')).OperatorPage);
const ApiDocs = lazy(async () => (await import('./api-docs/api-docs-page.tsx')).ApiDocsPage);
const Login = lazy(async () => (await import('./login/login-page.tsx')).LoginPage);

/** Every page by its address; the first that fits is shown. */
const ROUTES: readonly Route[] = [
  { pattern: '/', page: () => <Night /> },
  { pattern: '/queries', page: () => <Queries /> },
  { pattern: '/queries/:name', page: ({ name = '' }) => <Query key={name} name={name} /> },
  { pattern: '/pipelines/:pipeline', page: ({ pipeline = '' }) => <Tables key={pipeline} pipeline={pipeline} /> },
  {
    pattern: '/pipelines/:pipeline/tables/:table',
    page: ({ pipeline = '', table = '' }) => <Table key={`${pipeline}/${table}`} pipeline={pipeline} table={table} />,
  },
  {
    pattern: '/operator/:pipeline/*',
    page: ({ pipeline = '', rest = '' }) => <Operator pipeline={pipeline} rest={rest} />,
  },
  { pattern: '/api-docs', page: () => <ApiDocs /> },
  { pattern: '/login', page: () => <Login /> },
];

/** The page of an address; null where there is none. */
export function pageAt(path: string): JSX.Element | null {
  for (const { pattern, page } of ROUTES) {
    const params = match(pattern, path);
    if (params !== null) return page(params);
  }
  return null;
}
