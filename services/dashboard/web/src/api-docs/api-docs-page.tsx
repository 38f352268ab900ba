import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useResource } from '../api/resource.ts';
import { Icon } from '../components/icon.tsx';
import { Answer } from '../operator/parts/answer.tsx';
import { currentSearch, setSearch } from '../router/router.ts';
import { Page } from '../shell/page.tsx';
import './api-docs.css';
import type { Description } from './description.ts';
import { Introduction } from './introduction.tsx';
import { OperationSection } from './operation-section.tsx';
import { apiOf, type Group, groupsFound } from './operations.ts';
import { ProblemCodes } from './problem-codes.tsx';

/** What the address of the page names, after its `#`. */
function useHash(): string {
  const [hash, setHash] = useState(window.location.hash.slice(1));
  useEffect(() => {
    const look = (): void => setHash(window.location.hash.slice(1));
    window.addEventListener('hashchange', look);
    return () => window.removeEventListener('hashchange', look);
  }, []);
  return hash;
}

/** The API: what can be asked for, with what, and what comes back. */
export function ApiDocsPage(): JSX.Element {
  const description = useResource<Description>('/api/openapi.json');
  return (
    <Page title="API" note="Everything that these pages show, for programs">
      <Answer of={description} lines={12}>
        {(found) => <Described of={found} />}
      </Answer>
    </Page>
  );
}

function Described({ of }: { of: Description }): JSX.Element {
  const api = useMemo(() => apiOf(of), [of]);
  const hash = useHash();
  const query = currentSearch.value.get('find') ?? '';
  const groups = groupsFound(api.groups, query);
  useEffect(() => {
    if (hash === 'problems') document.getElementById(hash)?.scrollIntoView();
  }, [hash]);
  const count = (all: readonly Group[]): number => all.reduce((sum, { operations }) => sum + operations.length, 0);
  return (
    <div class="api-docs stack">
      <Introduction of={of} />
      <div class="row find">
        <label class="field">
          Find an address
          <span class="find-input">
            <Icon name="search" />
            <input
              type="search"
              class="plain"
              value={query}
              placeholder="tables rows"
              onInput={(event) => setSearch({ find: event.currentTarget.value })}
            />
          </span>
        </label>
        <p role="status" class="muted small">
          {count(groups)} of {count(api.groups)} addresses
        </p>
      </div>
      {groups.map(({ name, description, operations }) => (
        <section key={name} aria-labelledby={`group-${name}`} class="api-group">
          <h2 id={`group-${name}`}>{name}</h2>
          {description !== '' && <p class="muted small">{description}</p>}
          <div class="operations">
            {operations.map((operation) => (
              <OperationSection key={operation.id} of={operation} named={api.named} chosen={operation.id === hash} />
            ))}
          </div>
        </section>
      ))}
      <ProblemCodes codes={api.codes} named={api.named} />
    </div>
  );
}
