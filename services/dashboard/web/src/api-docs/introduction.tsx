import type { JSX } from 'preact';
import { Card } from '../components/card.tsx';
import { Prose } from '../components/prose.tsx';
import { session } from '../state/session.ts';
import type { Description } from './description.ts';
import type { Login } from './request.ts';

const HOW: Readonly<Record<Login, string>> = {
  none: 'Here nobody logs in: whoever reaches this dashboard may ask. What changes something needs the header `x-csrf-token` with the value of `csrf` that `GET /api/session` gives.',
  token:
    'Here people log in with a token, and their browser has a session. Programs send the token with each request, as `Authorization: Bearer`.',
  oidc: 'Here people log in at their organisation, and their browser has a session. Programs send an access token of the same issuer with each request, as `Authorization: Bearer`.',
};

/** What the API is, and how one is let in. */
export function Introduction({ of }: { of: Description }): JSX.Element {
  const login = session.value?.login ?? 'none';
  return (
    <Card title="What it is">
      <div class="api-text">
        <p>
          <Prose text={of.info.description ?? ''} />
        </p>
        <p>
          <Prose text={HOW[login]} />
        </p>
        <p>
          <a href="/api/openapi.json">The description itself</a>, for programs: OpenAPI {of.openapi}.
        </p>
      </div>
    </Card>
  );
}
