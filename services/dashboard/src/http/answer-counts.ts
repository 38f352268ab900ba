import type { FastifyInstance } from 'fastify';

const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** Answers by the class of their status: few labels, whoever asks for what. */
export type AnswerCounts = Record<(typeof CLASSES)[number], number>;

/** Counts of a service that has answered nothing yet. */
export const noAnswers = (): AnswerCounts => ({ '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 });

/** Counts every answer when it has ended; a live stream when its page is gone. */
export function countAnswers(app: FastifyInstance, counts: AnswerCounts): void {
  app.addHook('onResponse', async (_request, { statusCode }) => {
    const name = CLASSES[Math.floor(statusCode / 100) - 1];
    if (name !== undefined) counts[name] += 1;
  });
}
