import type { JSX } from 'preact';
import { Prose } from '../components/prose.tsx';
import { Scroller } from '../operator/parts/scroller.tsx';
import type { Named, Schema } from './description.ts';
import { type SchemaLine, schemaLines } from './schema-lines.ts';

/** What is in a body: one line for each property, by the whole way to it. */
export function SchemaTable({ label, schema, named }: { label: string; schema: Schema; named: Named }): JSX.Element {
  const [whole, ...lines] = schemaLines(schema, named);
  return (
    <>
      {whole !== undefined && (
        <p class="whole">
          <code>{whole.type}</code> <Meaning of={whole} />
        </p>
      )}
      {lines.length > 0 && (
        <Scroller label={label}>
          <table class="api-table">
            <caption class="visually-hidden">{label}</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
                <th scope="col">Meaning</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <tr key={line.within + line.name}>
                  <th scope="row">
                    <code>
                      <span class="muted">{line.within}</span>
                      {line.name}
                    </code>
                    {line.optional && <span class="muted tiny"> optional</span>}
                  </th>
                  <td>
                    <code>{line.type}</code>
                  </td>
                  <td>
                    <Meaning of={line} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </>
  );
}

/** What a value means, and between which bounds it is. */
export const Meaning = ({ of }: { of: Pick<SchemaLine, 'meaning' | 'bounds'> }): JSX.Element => (
  <>
    {of.meaning !== '' && <Prose text={of.meaning} />}
    {of.meaning !== '' && of.bounds.length > 0 && ' · '}
    {of.bounds.length > 0 && <span class="muted">{of.bounds.join(', ')}</span>}
  </>
);
