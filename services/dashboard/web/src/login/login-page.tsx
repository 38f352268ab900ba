import type { JSX } from 'preact';
import { Page } from '../shell/page.tsx';

/** Where one logs in. */
export const LoginPage = (): JSX.Element => <Page title="Log in">…</Page>;
