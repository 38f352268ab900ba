import type { JSX } from 'preact';
import { Page } from '../shell/page.tsx';

/** The business page. */
export const NightPage = (): JSX.Element => <Page title="The night">…</Page>;
