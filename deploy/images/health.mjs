// HEALTHCHECK of the image: whether the program in this container makes progress. Exit code 0 or 1, the reason on stdout.
import { get } from 'node:http';

const request = get(
  { host: '127.0.0.1', port: process.env.PORT || 9100, path: '/livez', timeout: 4_000 },
  (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk) => {
      body += chunk;
    });
    response.on('end', () => {
      console.log(`${response.statusCode} ${body.slice(0, 300)}`);
      process.exitCode = response.statusCode === 200 ? 0 : 1;
    });
  },
);
request.on('timeout', () => request.destroy(new Error('no answer within 4 s')));
request.on('error', (error) => {
  console.log(error.message);
  process.exitCode = 1;
});
