/** A server of this machine for a page whose modules and models lie in folders. Its page is cross-origin isolated. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** @param places folders by the beginning of their addresses, such as `/models/` */
export function serveFolders(page: string, places: Readonly<Record<string, string>>): Server {
  return createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
    const isolation = {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    };
    if (path === '/') {
      response.writeHead(200, { 'Content-Type': 'text/html', ...isolation }).end(page);
      return;
    }
    const [prefix, folder] = Object.entries(places).find(([start]) => path.startsWith(start)) ?? [];
    const file = folder === undefined ? undefined : join(folder, path.slice(prefix!.length));
    if (file === undefined || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': statSync(file).size, ...isolation });
    createReadStream(file).pipe(response);
  });
}
