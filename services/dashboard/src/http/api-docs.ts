import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

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
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'medallion' },
        },
      },
    },
  });
}

/** The description at `/api/docs/json`, and a page for people at `/api/docs`. After who is asking is known. */
export async function addApiPage(app: FastifyInstance): Promise<void> {
  // The page is made of files of this origin, so that the policy of all pages holds for it too.
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    // Without the bar that asks for the address of another description.
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true, validatorUrl: null, layout: 'BaseLayout' },
    theme: { title: 'Medallion dashboard: API' },
  });
}
