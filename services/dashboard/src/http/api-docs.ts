import swagger from '@fastify/swagger';
import { errors } from '@medallion/core';
import type { FastifyInstance, RouteOptions } from 'fastify';
import Type from 'typebox';
import { Problem } from '../contract/index.ts';
import { statusOf, TOLD_CODES } from './status-of.ts';

/** Where the pages show the API to people. */
const PAGE = '/api-docs';

/** Ways to say who asks; either will do. */
const SCHEMES = {
  token: {
    ...{ type: 'http' as const, scheme: 'bearer' },
    description: 'A token of viewers or operators, or an access token of the issuer: for programs',
  },
  session: {
    ...{ type: 'apiKey' as const, in: 'cookie', name: 'medallion' },
    description: 'What a browser has after its login',
  },
};

/** In the order of the page; tags that are not here come after them. */
const TAGS = [
  { name: 'business', description: 'The night as the business page shows it' },
  { name: 'queries', description: 'Named questions with parameters, as JSON or CSV' },
  { name: 'tables', description: 'Any gold table of any pipeline: its rows, and what a chart of it shows' },
  { name: 'live', description: 'What happens, told as it happens' },
  { name: 'operator', description: 'How pipelines are, what they refused, and what to do about it' },
  { name: 'session', description: 'Logging in and out, for browsers' },
  { name: 'api', description: 'The API itself' },
];

/** Who may ask, as OpenAPI says it: with roles behind the names of the schemes, or nothing at all. */
const securityOf = ({ config }: RouteOptions): Record<string, string[]>[] => {
  const access = config?.access ?? 'viewer';
  const roles = access === 'operator' ? ['operator'] : [];
  return access === 'public' ? [] : Object.keys(SCHEMES).map((name) => ({ [name]: roles }));
};

type Operation = { readonly responses?: Record<string, { description: string; content?: object }> };
type Description = {
  readonly components: { schemas?: Record<string, object> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

/** What every operation may answer as well: a problem, with one of these codes. */
function withProblems(description: Description): Description {
  const told = TOLD_CODES.map((code) => {
    const { message, remedy } = errors[code];
    return { code, status: statusOf(code), message, remedy };
  });
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  description.components.schemas = { ...description.components.schemas, Problem: { ...Problem, 'x-codes': told } };
  for (const { responses = {} } of Object.values(description.paths).flatMap((path) => Object.values(path))) {
    for (const response of Object.values(responses))
      if (response.description === 'Default Response') response.description = 'As asked for';
    responses.default = { description: 'A problem', content: problem };
  }
  return description;
}

/** Describes the routes that are added from here on, as OpenAPI 3.1. */
export async function addApiDescription(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Medallion dashboard',
        version: '1',
        description:
          'What the pages show. Errors are problems (RFC 9457) with a stable `code`; lists go on with `nextCursor`; answers with `asOf` have an ETag of its version.',
      },
      tags: TAGS,
      components: { securitySchemes: SCHEMES },
    },
    transform: ({ schema, url, route }) => ({ schema: { ...schema, security: securityOf(route) }, url }),
  });
}

/** The description at `/api/openapi.json`, for those who may ask; the page for people is one of the pages. */
export function addApiPage(app: FastifyInstance): void {
  let description: Description | undefined;
  app.get(
    '/api/openapi.json',
    {
      schema: {
        ...{ tags: ['api'], summary: 'This description, as OpenAPI 3.1' },
        response: { 200: Type.Record(Type.String(), Type.Unknown()) },
      },
    },
    // It is the same as long as the process runs: routes are not added later.
    async () => {
      description ??= withProblems(structuredClone(app.swagger()) as unknown as Description);
      return description;
    },
  );
  // Tells nothing but where to go: whoever is not logged in is led to the login there.
  app.get('/api/docs', { config: { access: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    reply.redirect(PAGE, 302),
  );
}
