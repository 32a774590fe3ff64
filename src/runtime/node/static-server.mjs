/** A server for the files of the built page, with the headers that `public/_headers` names. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { chooseEncoding, CompressedFiles } from './compressed-files.mjs';
import { headersFor } from './response-headers.mjs';

export const defaultPort = 4173;

/** @type {Readonly<Record<string, string>>} */
const mediaTypes = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.onnx': 'application/octet-stream',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

const refusals = { 404: 'Not found', 405: 'Method not allowed', 421: 'This server answers for localhost only' };

/**
 * The file that a request means, or null when it would lie outside the folder or in a hidden or header file.
 * @param {string} folder
 * @param {string} pathname  as sent, still percent-encoded
 */
export function resolveRequest(folder, pathname) {
  let decoded;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return null;
  const segments = decoded.split('/').filter((segment) => segment !== '');
  if (segments.some((segment) => segment.startsWith('.') || segment.startsWith('_'))) return null;
  if (decoded.endsWith('/')) segments.push('index.html');
  return path.join(folder, ...segments);
}

/**
 * @typedef {object} OtherFiles
 * @property {(pathname: string) => string | undefined} [findOther]  a file outside the folder, by the pathname as sent
 * @property {(host: string) => boolean} [isOwnHost]  false: the request names another host and is refused
 */

/**
 * @param {string} folder
 * @param {readonly import('./response-headers.mjs').HeaderRule[]} rules
 * @param {OtherFiles} [others]
 */
export function createStaticServer(folder, rules, others = {}) {
  const compressed = new CompressedFiles();
  return createServer((request, response) => {
    // A file that goes away between two looks at it is no reason to end the server.
    answer({ folder, rules, compressed, ...others }, request, response).catch(() => response.destroy());
  });
}

/** @typedef {OtherFiles & { folder: string, rules: readonly import('./response-headers.mjs').HeaderRule[], compressed: CompressedFiles }} Site */

/**
 * @param {Site} site
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer({ folder, rules, compressed, findOther, isOwnHost }, request, response) {
  const pathname = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
  for (const [name, value] of Object.entries(headersFor(rules, pathname))) response.setHeader(name, value);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405);
  }
  if (isOwnHost?.(request.headers.host ?? '') === false) return refuse(response, 421);
  const file = findOther?.(pathname) ?? resolveRequest(folder, pathname);
  const found = file === null ? null : await stat(file).catch(() => null);
  if (file === null || found === null || !found.isFile()) return refuse(response, 404);

  const mediaType = mediaTypes[path.extname(file)] ?? 'application/octet-stream';
  const encoding = chooseEncoding(String(request.headers['accept-encoding'] ?? ''), mediaType, found.size);
  const version = `${found.size.toString(16)}-${Math.trunc(found.mtimeMs).toString(16)}`;
  const tag = `"${version}${encoding === null ? '' : `-${encoding}`}"`;
  response.setHeader('Vary', 'Accept-Encoding');
  response.setHeader('ETag', tag);
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('Content-Type', mediaType);
  if (encoding !== null) {
    const bytes = await compressed.read(file, version, encoding);
    response.setHeader('Content-Encoding', encoding);
    response.setHeader('Content-Length', bytes.length);
    response.writeHead(200).end(request.method === 'HEAD' ? undefined : bytes);
    return;
  }
  response.setHeader('Content-Length', found.size);
  response.writeHead(200);
  if (request.method === 'HEAD') response.end();
  // A reader that goes away mid-file is no fault of the server; pipeline closes the file either way.
  else pipeline(createReadStream(file), response, () => {});
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {keyof typeof refusals} status
 */
function refuse(response, status) {
  // A missing hashed file must not be remembered as missing.
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.writeHead(status).end(`${refusals[status]}\n`);
}

/**
 * @param {import('node:http').Server} server
 * @param {{ port?: number, strictPort?: boolean, host?: string }} [options]  not strict: the next free port is taken instead
 * @returns {Promise<number>} the port that it listens on
 */
export async function listen(server, { port = defaultPort, strictPort = false, host = '127.0.0.1' } = {}) {
  for (let candidate = port; ; candidate += 1) {
    try {
      await listenOn(server, candidate, host);
      const address = server.address();
      return address !== null && typeof address === 'object' ? address.port : candidate;
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!taken || strictPort || candidate >= port + 50) throw error;
    }
  }
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @param {string} host
 * @returns {Promise<void>}
 */
function listenOn(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The number, not the name: a bare machine may have no entry for localhost, while browsers know it by themselves.
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
