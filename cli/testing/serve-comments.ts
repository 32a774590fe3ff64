/** The part of GitHub that keeps the comments of pull requests, as a server of this machine. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Comment {
  readonly id: number;
  body: string;
}

export interface CommentServer {
  /** For `GITHUB_API_URL`. */
  readonly address: string;
  /** In the order in which they were written. */
  readonly comments: Comment[];
  close(): void;
}

/** Lists comments for everybody. Only the token may write. Anything else is answered with 403. */
export async function serveComments(token: string): Promise<CommentServer> {
  const comments: Comment[] = [];
  const server = createServer(async (request, response) => {
    const { body = '' } = JSON.parse((await text(request)) || '{}') as { readonly body?: string };
    const [, list, id] =
      /^\/repos\/[^/]+\/[^/]+\/issues\/(?:(\d+\/comments)(?:\?.*)?|comments\/(\d+))$/.exec(request.url ?? '') ?? [];
    const existing = comments.find((each) => each.id === Number(id));
    const mayWrite = request.headers.authorization === `Bearer ${token}`;
    if (request.method === 'GET' && list) response.end(JSON.stringify(comments));
    else if (request.method === 'POST' && list && mayWrite) {
      comments.push({ id: comments.length + 1, body });
      response.end('{}');
    } else if (request.method === 'PATCH' && existing && mayWrite) {
      existing.body = body;
      response.end('{}');
    } else response.writeHead(403).end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}`, comments, close: () => void server.close() };
}
