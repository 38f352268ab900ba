import type { JSX } from 'preact';
import { Page } from '../shell/page.tsx';

/** All pre-built queries. */
export const QueriesPage = (): JSX.Element => <Page title="Queries">…</Page>;
