import type { JSX } from 'preact';
import { EmptyState } from './components/empty-state.tsx';
import { currentPath } from './router/router.ts';
import { pageAt } from './routes.tsx';
import { Foot } from './shell/foot.tsx';
import { Page } from './shell/page.tsx';
import { StoreNotice } from './shell/store-notice.tsx';
import { TopBar } from './shell/top-bar.tsx';

const NotFound = (): JSX.Element => (
  <Page title="No such page">
    <EmptyState title="There is nothing at this address">
      <a href="/">Go to the night</a>
    </EmptyState>
  </Page>
);

/** The application: the bar on top, and the page of the address below. */
export function App(): JSX.Element {
  const path = currentPath.value;
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      {path !== '/login' && <TopBar />}
      {path !== '/login' && <StoreNotice />}
      <main id="main" tabIndex={-1}>
        {pageAt(path) ?? <NotFound />}
      </main>
      {path !== '/login' && <Foot />}
    </>
  );
}
