import type { JSX } from 'preact';
import { Page } from '../shell/page.tsx';

/** One table. */
export const TablePage = ({ table }: { pipeline: string; table: string }): JSX.Element => <Page title={table}>…</Page>;
