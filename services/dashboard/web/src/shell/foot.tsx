import type { JSX } from 'preact';

/** Where what these pages show can be had without them. */
export const Foot = (): JSX.Element => (
  <footer class="foot">
    <p>
      All numbers of these pages are answers of the <a href="/api-docs">API</a>, and every table can be had as CSV.
    </p>
  </footer>
);
