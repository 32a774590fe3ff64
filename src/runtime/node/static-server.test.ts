import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHeaderRules } from './response-headers.mjs';
import { closeAtEndOf, readPort } from '../../../scripts/serve.mjs';
import { createStaticServer, listen, resolveRequest } from './static-server.mjs';

const longText = 'export const answer = 42;\n'.repeat(1000);

let folder: string;
let server: ReturnType<typeof createStaticServer>;
let origin: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-serve-'));
  await mkdir(path.join(folder, 'dist', 'assets'), { recursive: true });
  await writeFile(path.join(folder, 'secret.txt'), 'secret');
  await writeFile(path.join(folder, 'dist', 'index.html'), '<!doctype html>');
  await writeFile(path.join(folder, 'dist', '_headers'), 'not served');
  for (const name of ['a.wasm', 'a.mjs', 'a.onnx']) await writeFile(path.join(folder, 'dist', 'assets', name), name);
  for (const name of ['long.js', 'long.onnx']) await writeFile(path.join(folder, 'dist', 'assets', name), longText);
  server = createStaticServer(path.join(folder, 'dist'), readHeaderRules('public/_headers'));
  origin = `http://127.0.0.1:${await listen(server, { port: 0 })}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

describe('static server', () => {
  it('sends the isolation and security headers with every file', async () => {
    for (const pathname of ['/', '/assets/a.mjs', '/missing']) {
      const { headers } = await fetch(origin + pathname);
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it.each([
    ['/', 'text/html; charset=utf-8'],
    ['/assets/a.wasm', 'application/wasm'],
    ['/assets/a.mjs', 'text/javascript; charset=utf-8'],
    ['/assets/a.onnx', 'application/octet-stream'],
  ])('serves %s as %s', async (pathname, type) => {
    const response = await fetch(origin + pathname);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
  });

  it('keeps hashed files for good, and the page never without asking', async () => {
    expect((await fetch(`${origin}/assets/a.mjs`)).headers.get('cache-control')).toContain('immutable');
    expect((await fetch(`${origin}/assets/gone.mjs`)).headers.get('cache-control')).toBe('no-store');
    const page = await fetch(`${origin}/`);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const again = await fetch(`${origin}/`, { headers: { 'if-none-match': page.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  });

  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0, br;q=0', 'gzip'],
    ['identity', null],
    ['br;q=0.0, gzip;q=0', null],
  ])('answers a request that accepts %s with %s', async (accepted, encoding) => {
    for (let time = 0; time < 2; time++) {
      const response = await fetch(`${origin}/assets/long.js`, { headers: { 'accept-encoding': accepted } });
      expect(response.headers.get('content-encoding')).toBe(encoding);
      expect(response.headers.get('vary')).toBe('Accept-Encoding');
      const sent = Number(response.headers.get('content-length'));
      if (encoding === null) expect(sent).toBe(longText.length);
      else expect(sent).toBeLessThan(longText.length / 10);
      expect(await response.text()).toBe(longText);
    }
  });

  it('has a tag for each encoding, and none for a model, whose bytes compress badly', async () => {
    const ask = (file: string, accepted: string, tag = '') =>
      fetch(origin + file, { headers: { 'accept-encoding': accepted, 'if-none-match': tag } });
    const [packed, plain] = [await ask('/assets/long.js', 'br'), await ask('/assets/long.js', 'identity')];
    expect(packed.headers.get('etag')).not.toBe(plain.headers.get('etag'));
    expect((await ask('/assets/long.js', 'br', packed.headers.get('etag')!)).status).toBe(304);
    expect((await ask('/assets/long.js', 'br', plain.headers.get('etag')!)).status).toBe(200);
    expect((await ask('/assets/long.onnx', 'br')).headers.get('content-encoding')).toBeNull();
  });

  it('sends the changed file, not an earlier compressed one', async () => {
    const file = path.join(folder, 'dist', 'assets', 'changing.js');
    await writeFile(file, longText);
    await (await fetch(`${origin}/assets/changing.js`)).text();
    await writeFile(file, `${longText}// new`);
    expect(await (await fetch(`${origin}/assets/changing.js`)).text()).toContain('// new');
  });

  it('answers other methods with 405', async () => {
    expect((await fetch(`${origin}/`, { method: 'POST' })).status).toBe(405);
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/_headers',
    '/%',
  ])('does not leave its folder for %s', async (pathname) => {
    expect(await rawRequest(pathname)).toMatch(/^HTTP\/1\.1 404/);
  });

  it('never resolves outside its folder for any request', () => {
    const segment = fc.oneof(fc.constantFrom('..', '%2e%2e', '%2f', '..%2f', '.', '\\', '%00', ''), fc.string());
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        const file = resolveRequest('/srv/dist', `/${segments.join('/')}`);
        expect(file === null || file === '/srv/dist' || file.startsWith('/srv/dist/')).toBe(true);
      }),
    );
  });

  it('takes the next port when the first is in use, unless told not to', async () => {
    const taken = Number(new URL(origin).port);
    const second = createStaticServer(folder, []);
    await expect(listen(createStaticServer(folder, []), { port: taken, strictPort: true })).rejects.toThrow(
      'EADDRINUSE',
    );
    expect(await listen(second, { port: taken })).toBeGreaterThan(taken);
    await new Promise((resolve) => second.close(resolve));
  });

  it('frees its port when the process that started it ends, even with an open connection', async () => {
    const input = new PassThrough();
    const started = createStaticServer(path.join(folder, 'dist'), []);
    const port = await listen(started, { port: 0 });
    closeAtEndOf(input, started);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    const closed = new Promise((resolve) => started.once('close', resolve));
    input.end();
    await closed;
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
  });
});

/** `fetch` tidies a path before it sends it; this does not. */
function rawRequest(pathname: string): Promise<string> {
  const { port, address } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const socket = connect(port, address, () => socket.write(`GET ${pathname} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('the port', () => {
  it.each([undefined, '', '0', '65535', '4173'])('may be %j', (given) => {
    expect(readPort(given)).toBe(given === undefined || given === '' ? 4173 : Number(given));
  });

  it.each(['abc', '-1', '65536', '1e3', '80.5'])('may not be %j', (given) => {
    expect(() => readPort(given)).toThrow(`PORT is "${given}": give a whole number`);
  });
});
