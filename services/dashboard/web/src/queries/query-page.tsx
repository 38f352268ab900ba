import type { JSX } from 'preact';
import { Page } from '../shell/page.tsx';

/** One pre-built query. */
export const QueryPage = ({ name }: { name: string }): JSX.Element => <Page title={name}>…</Page>;
