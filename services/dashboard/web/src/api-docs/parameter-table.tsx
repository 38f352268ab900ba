import type { JSX } from 'preact';
import { Scroller } from '../operator/parts/scroller.tsx';
import type { Named } from './description.ts';
import { isRequired, type Operation } from './operations.ts';
import { Meaning } from './schema-table.tsx';
import { boundWords, typeWords } from './type-words.ts';

type ParameterTableProps = { readonly of: Operation; readonly named: Named };

/** What an address takes. */
export const ParameterTable = ({ of, named }: ParameterTableProps): JSX.Element => (
  <Scroller label={`Parameters of ${of.method} ${of.path}`}>
    <table class="api-table">
      <caption class="visually-hidden">
        Parameters of {of.method} {of.path}
      </caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Where</th>
          <th scope="col">Type</th>
          <th scope="col">Meaning</th>
        </tr>
      </thead>
      <tbody>
        {of.parameters.map((parameter) => {
          const { name, schema, description = '' } = parameter;
          return (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
                {isRequired(parameter) && <span class="tiny required"> required</span>}
              </th>
              <td>{parameter.in}</td>
              <td>
                <code>{typeWords(schema, named)}</code>
              </td>
              <td>
                <Meaning of={{ meaning: description, bounds: boundWords(schema, named) }} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  </Scroller>
);
