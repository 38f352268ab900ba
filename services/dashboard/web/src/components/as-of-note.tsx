import type { JSX } from 'preact';
import type { AsOf } from '../api/contract.ts';
import { Age, Moment } from './age.tsx';

/** Of which commit what is on show is, how old that is, and how far event time has come where there are windows. */
export const AsOfNote = ({ asOf }: { asOf: AsOf }): JSX.Element => (
  <span>
    as of <Moment at={asOf.committedAt ?? asOf.readAt} />, <Age at={asOf.committedAt ?? asOf.readAt} />
    {asOf.watermark !== null && (
      <>
        {' '}
        · watermark <Moment at={asOf.watermark} />
      </>
    )}
  </span>
);
