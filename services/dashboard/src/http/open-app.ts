import { type Log, silentLog } from '@medallion/core';
import { problem } from '@medallion/service';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { Live } from '../live/live.ts';
import { liveRoute } from '../live/live-route.ts';
import type { Feature } from '../parts.ts';
import { BARE_HEADERS } from '../security/headers.ts';
import type { Security } from '../security/security.ts';
import { type AnswerCounts, countAnswers } from './answer-counts.ts';
import { addApiDescription, addApiPage } from './api-docs.ts';
import { refuseInfinite } from './finite-numbers.ts';
import { addFreshness } from './fresh-answers.ts';
import { addLimits, type Limits, SERVER_LIMITS, standardLimits } from './limits.ts';
import { addPages, WEB_DIST } from './pages.ts';
import { addProblems, sendProblem } from './problems.ts';

/** What the HTTP side is made of. */
export type AppOptions = {
  readonly features: readonly Feature[];
  readonly live: Live;
  readonly security: Security;
  readonly log?: Log;
  readonly limits?: Limits;
  /** Where answers are counted. */
  readonly answers?: AnswerCounts;
  /** The folder of the built pages. */
  readonly dist?: string;
  /** Hooks of whoever tests. */
  readonly before?: (app: FastifyInstance) => void;
};

/** The HTTP side of the dashboard, not yet listening: what every answer has, the API, the live channel and the pages. */
export async function openApp(options: AppOptions): Promise<FastifyInstance> {
  const { features, live, security, log = silentLog, limits = standardLimits } = options;
  const { https, trustProxy } = security.serverOptions;
  const app = fastify({
    ...{ ...SERVER_LIMITS, handlerTimeout: limits.answerMs },
    ...(https === null ? {} : { https }),
    trustProxy,
    // A stream would be waited for; what it tells is told again after the next start.
    forceCloseConnections: true,
    return503OnClosing: false,
    // All problems of a request at once, and nothing that nobody declared is overlooked.
    ajv: { customOptions: { allErrors: true, removeAdditional: false } },
    frameworkErrors: (error, _request, reply) => {
      const answer = (reply as unknown as FastifyReply).headers(BARE_HEADERS);
      sendProblem(answer, problem(error.statusCode ?? 400, 'the request could not be read'));
    },
  }) as unknown as FastifyInstance;
  options.before?.(app);
  if (options.answers !== undefined) countAnswers(app, options.answers);
  addProblems(app, log);
  await security.addHeaders(app);
  // Before who is asking is looked into, so that guessing has a limit too.
  await addLimits(app, limits);
  await addApiDescription(app);
  await security.register(app);
  addApiPage(app);
  refuseInfinite(app);
  addFreshness(app);
  for (const feature of features) app.register(async (scope) => feature.routes(scope));
  liveRoute(app, live);
  await addPages(app, options.dist ?? WEB_DIST);
  app.addHook('preClose', async () => live.close());
  await app.ready();
  return app;
}
