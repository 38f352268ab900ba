import type { JSX } from 'preact';
import { Page } from '../shell/page.tsx';

/** The operator's page: `rest` is the address after the pipeline. */
export const OperatorPage = ({ pipeline }: { pipeline: string; rest: string }): JSX.Element => (
  <Page title={`${pipeline}, operated`}>…</Page>
);
