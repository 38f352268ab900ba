import type { JSX } from 'preact';
import { Page } from '../shell/page.tsx';

/** All gold tables of a pipeline. */
export const TablesPage = ({ pipeline }: { pipeline: string }): JSX.Element => <Page title={pipeline}>…</Page>;
