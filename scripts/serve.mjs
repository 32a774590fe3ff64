/**
 * Serves the built application on localhost with the headers of `public/_headers`.
 * `node scripts/serve.mjs [--strict-port] [--until-stdin-ends]`; `PORT` chooses the first port to try.
 * `HOST=0.0.0.0` also lets other machines in, for a container.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHeaderRules } from '../src/runtime/node/response-headers.mjs';
import { createStaticServer, defaultPort, listen } from '../src/runtime/node/static-server.mjs';

/**
 * @param {string | undefined} given
 * @returns {number}
 */
export function readPort(given) {
  if (given === undefined || given === '') return defaultPort;
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  throw new Error(`PORT is "${given}": give a whole number from 0 to 65535.`);
}

/** @param {{ strictPort?: boolean }} [options] */
export async function serveBuild(options = {}) {
  const folder = fileURLToPath(new URL('../dist', import.meta.url));
  const server = createStaticServer(folder, readHeaderRules(path.join(folder, '_headers')));
  const host = process.env.HOST || undefined;
  const port = await listen(server, { port: readPort(process.env.PORT), host, ...options });
  return { server, address: `http://localhost:${port}/` };
}

/**
 * Ends a server with its input. The input of a process ends when the process that started it ends, in whatever way. Nothing else would
 * free the port then.
 * @param {import('node:stream').Readable} input
 * @param {import('node:http').Server} server
 */
export function closeAtEndOf(input, server) {
  input.resume().once('close', () => close(server));
}

/** @param {import('node:http').Server} server */
function close(server) {
  server.close();
  server.closeAllConnections();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { server, address } = await serveBuild({ strictPort: process.argv.includes('--strict-port') });
    if (process.argv.includes('--until-stdin-ends')) closeAtEndOf(process.stdin, server);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => close(server));
    console.log(`Pareto is at ${address}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
