import type { JSX } from 'preact';
import { Card } from '../components/card.tsx';
import { Prose } from '../components/prose.tsx';
import { Scroller } from '../operator/parts/scroller.tsx';
import type { Named, ProblemCode } from './description.ts';
import { SchemaTable } from './schema-table.tsx';

/** What a refusal looks like, and every code that one may have. */
export const ProblemCodes = ({ codes, named }: { codes: readonly ProblemCode[]; named: Named }): JSX.Element => (
  <div id="problems" class="anchor">
    <Card title="Problems">
      <div class="stack">
        <p>
          What cannot be answered is told as a problem (RFC 9457, <code>application/problem+json</code>). A code keeps
          its meaning; a text in braces stands for what it is about.
        </p>
        {named.Problem !== undefined && <SchemaTable label="A problem" schema={named.Problem} named={named} />}
        <Scroller label="Codes of problems">
          <table class="api-table codes">
            <caption class="visually-hidden">Codes of problems</caption>
            <thead>
              <tr>
                <th scope="col">Code</th>
                <th scope="col">Status</th>
                <th scope="col">Meaning</th>
                <th scope="col">What to do</th>
              </tr>
            </thead>
            <tbody>
              {codes.map(({ code, status, message, remedy }) => (
                <tr key={code}>
                  <th scope="row">
                    <code>{code}</code>
                  </th>
                  <td class="status">{status}</td>
                  <td>{message}</td>
                  <td>
                    <Prose text={remedy} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      </div>
    </Card>
  </div>
);
