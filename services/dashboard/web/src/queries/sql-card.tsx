import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Card } from '../components/card.tsx';
import { Icon } from '../components/icon.tsx';

/** What was run, and with which values: whoever doubts a number can run it too. */
export function SqlCard({ sql, values }: { sql: string; values: readonly unknown[] }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(sql);
    setCopied(true);
    window.setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <Card
      title="SQL"
      actions={
        // Without TLS, a browser has no clipboard for pages that are not of this machine.
        navigator.clipboard !== undefined && (
          <button type="button" class="button quiet" onClick={() => void copy()}>
            <Icon name={copied ? 'check' : 'copy'} />
            {copied ? 'Copied' : 'Copy'}
          </button>
        )
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by the keyboard */}
      <pre class="sql" tabIndex={0}>
        <code>{sql}</code>
      </pre>
      {values.length > 0 && (
        <dl class="sql-values">
          {values.map((value, index) => (
            <div key={index}>
              <dt>${index + 1}</dt>
              <dd>{value === null ? 'NULL' : typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}
