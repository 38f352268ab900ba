import type { Parameter, Schema } from './description.ts';
import type { Operation } from './operations.ts';
import { isRequired } from './operations.ts';

/** What was typed in, by the names of parameters; a list has one value in each line. */
export type Values = Readonly<Record<string, string>>;

const isList = ({ schema }: Parameter): boolean => schema.type === 'array';

/** What the form begins with: examples where something has to be given. */
export const firstValues = ({ parameters }: Operation, known: Values): Values =>
  Object.fromEntries(
    parameters.map((each) => [each.name, isRequired(each) ? (known[each.name] ?? String(each.example ?? '')) : '']),
  );

/** The names of parameters that have to be given, and are not. */
export const missing = ({ parameters }: Operation, values: Values): readonly string[] =>
  parameters.flatMap((each) => (isRequired(each) && (values[each.name] ?? '') === '' ? [each.name] : []));

/** The address that asks for these values; a part of the path without one keeps its name in braces. */
export function addressOf({ path, parameters }: Operation, values: Values): string {
  const query = new URLSearchParams();
  let address = path;
  for (const each of parameters) {
    const value = values[each.name] ?? '';
    if (value === '') continue;
    if (each.in === 'path') address = address.replace(`{${each.name}}`, () => encodeURIComponent(value));
    else if (each.in === 'query')
      for (const one of isList(each) ? value.split('\n').filter((line) => line !== '') : [value])
        query.append(each.name, one);
  }
  return query.size === 0 ? address : `${address}?${query}`;
}

/** A body with what has to be in it: examples where there are some. */
export function exampleOf(schema: Schema): unknown {
  const [example] = schema.examples ?? [];
  if (example !== undefined) return example;
  if (schema.default !== undefined) return schema.default;
  const required = new Set(schema.required);
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => required.has(name));
  if (schema.type === 'object') return Object.fromEntries(properties.map(([name, each]) => [name, exampleOf(each)]));
  if (schema.type === 'array') return [];
  if (schema.type === 'boolean') return false;
  return schema.type === 'integer' || schema.type === 'number' ? (schema.minimum ?? 0) : '…';
}

/** As a shell takes it, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** How people log in to the dashboard that is asked. */
export type Login = 'none' | 'token' | 'oidc';

/** What a shell runs to ask the same. Programs have a token where people log in, and otherwise show that a change is meant. */
export function curlOf(operation: Operation, values: Values, origin: string, login: Login): string {
  const { method, access, body, answers } = operation;
  const isChange = method !== 'GET';
  const streams = answers.some(({ mediaType }) => mediaType === 'text/event-stream');
  const parts = [
    `curl ${streams ? '-N ' : ''}${isChange ? `-X ${method} ` : ''}${quoted(origin + addressOf(operation, values))}`,
    ...(access !== 'everybody' && login !== 'none' ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(isChange && login === 'none' ? ['-H "x-csrf-token: $CSRF"'] : []),
    ...(body === null ? [] : ["-H 'content-type: application/json'", `-d ${quoted(JSON.stringify(exampleOf(body)))}`]),
  ];
  return parts.join(' \\\n  ');
}
