import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveStudio, type Studio } from './studio-server';

let folder = '';
let studio: Studio;
const at = (...names: string[]) => path.join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pareto-studio-'));
  for (const name of ['page', 'models', 'models/weights']) mkdirSync(at(name));
  writeFileSync(at('page', 'index.html'), '<title>Page</title>');
  writeFileSync(at('page', '_headers'), "/*\n  Content-Security-Policy: default-src 'none'\n");
  for (const name of ['a model.onnx', 'weights/a.bin', 'secret.onnx']) writeFileSync(at('models', name), name);
  const files = [
    { path: at('models', 'a model.onnx'), location: 'a model.onnx' },
    { path: at('models', 'weights', 'a.bin'), location: 'weights/a.bin' },
  ];
  studio = await serveStudio(files, { port: 0, folder: at('page') });
});
afterAll(() => {
  studio.close();
  rmSync(folder, { recursive: true });
});

/** The path is sent as it is, which `fetch` would normalize. */
function request(pathname: string, host?: string): Promise<{ status?: number; policy?: unknown; text: string }> {
  const { port } = new URL(studio.address);
  const headers = host === undefined ? {} : { host };
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: pathname, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode, policy: response.headers['content-security-policy'], text }),
      );
    }).on('error', reject);
  });
}

describe('server of the studio', () => {
  it('serves the page with its headers, and each offered file under the address that opens it', async () => {
    expect(await request('/')).toEqual({ status: 200, policy: "default-src 'none'", text: '<title>Page</title>' });
    const offered = new URL(studio.address).searchParams.getAll('open');
    expect(offered).toEqual(['opened/a%20model.onnx', 'opened/weights/a.bin']);
    const answers = await Promise.all(offered.map((file) => request(`/${file}`)));
    expect(answers.map(({ text }) => text)).toEqual(['a model.onnx', 'weights/a.bin']);
  });

  it.each([
    '/opened/secret.onnx',
    '/opened/../models/secret.onnx',
    '/opened/%2e%2e/secret.onnx',
    '/_headers',
    '/opened/',
  ])('serves nothing under %s', async (pathname) => {
    expect(await request(pathname)).toMatchObject({ status: 404, policy: "default-src 'none'" });
  });

  it('refuses a request that names another host, whose page could read the model', async () => {
    const { host, port } = new URL(studio.address);
    for (const name of ['evil.example', `evil.example:${port}`, `localhost.evil.example:${port}`]) {
      expect(await request('/opened/a%20model.onnx', name)).toMatchObject({ status: 421 });
    }
    for (const name of [host, `127.0.0.1:${port}`]) expect(await request('/', name)).toMatchObject({ status: 200 });
  });

  it('names a port that is in use', async () => {
    const port = Number(new URL(studio.address).port);
    const taken = serveStudio([], { port, strictPort: true, folder: at('page') });
    await expect(taken).rejects.toThrow(`Port ${port} is in use. Choose another one with --port.`);
  });
});
