import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { Problem } from '../contract/index.ts';

type Responses = Readonly<Record<string, TSchema | undefined>>;

const isJson = (type: unknown): boolean => /^application\/(problem\+)?json/.test(String(type ?? ''));

/**
 * Refuses answers that are not as their route says: for tests, where every answer has a schema, and holds to it before it
 * is made text and after. What is wrong is added to `wrong`, and the answer becomes a 500.
 */
export function checkAnswers(app: FastifyInstance, wrong: string[]): void {
  const declared = new Map<string, Responses>();
  app.addHook('onRoute', ({ url, method, schema }: RouteOptions) => {
    for (const each of [method].flat())
      if (schema?.response !== undefined && schema.response !== null)
        declared.set(`${each} ${url}`, schema.response as Responses);
  });
  const schemaOf = (request: FastifyRequest, status: number): TSchema | undefined => {
    const responses = declared.get(`${request.method} ${request.routeOptions.url}`);
    return responses?.[status] ?? responses?.[`${Math.floor(status / 100)}xx`] ?? responses?.default;
  };
  const check = (request: FastifyRequest, schema: TSchema | undefined, answer: unknown, when: string): void => {
    const what = `${request.method} ${request.url} (${when})`;
    if (schema === undefined) throw failed(`${what} has no schema for its answer`);
    if (Check(schema, answer)) return;
    const [first] = Errors(schema, answer);
    throw failed(`${what} is not as its schema says: ${first?.instancePath} ${first?.message}`);
  };
  const failed = (message: string): Error => {
    wrong.push(message);
    return new Error(message);
  };
  const isOurs = (request: FastifyRequest): boolean => /^\/api\//.test(request.url) && !request.is404;

  app.addHook('preSerialization', async (request, reply, payload: unknown) => {
    if (isOurs(request) && reply.statusCode < 300)
      check(request, schemaOf(request, reply.statusCode), JSON.parse(JSON.stringify(payload)), 'as it was given');
    return payload;
  });
  app.addHook('onSend', async (request, reply, payload: unknown) => {
    if (!isOurs(request) || !isJson(reply.getHeader('content-type')) || typeof payload !== 'string' || payload === '')
      return payload;
    const schema = reply.statusCode >= 400 ? Problem : schemaOf(request, reply.statusCode);
    check(request, schema, JSON.parse(payload), 'as it is sent');
    return payload;
  });
}
