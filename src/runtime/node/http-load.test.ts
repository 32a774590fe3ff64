import { getEventListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { driveAll, driveClosedLoop, driveOpenLoop, driveStream, type HttpTarget } from './http-load';

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that answers the n-th request as `answer` says; `null` closes the connection. */
async function serve(answer: (index: number) => number | null, afterMs = 0) {
  const seen: string[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const status = answer(seen.push(body) - 1);
      if (status === null) return void request.socket.destroy();
      setTimeout(() => response.writeHead(status).end('{}'), afterMs);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const bodies = ['{"a":1}', '{"b":2}'].map((text) => new TextEncoder().encode(text));
  const target: HttpTarget = { url: `http://127.0.0.1:${port}/infer`, bodies };
  return { target, seen };
}

const { signal } = new AbortController();

it('sends every request at its time, however slow the answers are, and counts from that time', async () => {
  const answerMs = 300;
  const { target, seen } = await serve(() => 200, answerMs);
  const answers = await driveOpenLoop(signal, target, [0, 5, 10, 15]);
  // One after the other they would take four times as long.
  expect(answers.every(({ status, ms }) => status === 200 && ms >= answerMs * 0.9)).toBe(true);
  expect(seen.length).toBe(4);
  expect(new Set(seen)).toEqual(new Set(['{"a":1}', '{"b":2}']));
});

it('counts a refusal by its status and a lost connection as none', async () => {
  const { target } = await serve((index) => [200, 429, null][index]!);
  const answers = await driveOpenLoop(signal, target, [0, 100, 200]);
  expect(answers.map(({ status }) => status)).toEqual([200, 429, 0]);
});

it('asks again after an answer, and stops when it is told to', async () => {
  const { target, seen } = await serve(() => 200);
  const { servedPerSecond, answersMs } = await driveClosedLoop(signal, target, { clients: 2, durationMs: 200 });
  expect(answersMs.length).toBe(seen.length);
  expect(servedPerSecond).toBeGreaterThan(0);
  const controller = new AbortController();
  const endless = driveOpenLoop(controller.signal, target, [0, 1e7]);
  controller.abort(new Error('Stopped.'));
  await expect(endless).rejects.toThrow('Stopped.');
  // Node warns of the eleventh listener, and a measurement has more runs.
  expect([signal, controller.signal].flatMap((one) => getEventListeners(one, 'abort'))).toEqual([]);
});

it('streams queries whose samples come together, and counts one with a refused sample as failed', async () => {
  const answerMs = 60;
  const { target, seen } = await serve((index) => (index === 0 ? 429 : 200), answerMs);
  const { latenciesMs, failed } = await driveStream(signal, target, { requestsAtOnce: 4, durationMs: 600 });
  expect([failed, seen.length]).toEqual([1, 4 * (latenciesMs.length + 1)]);
  // One after the other, four samples would take four times as long.
  expect(latenciesMs.length).toBeGreaterThan(0);
  expect(latenciesMs[0]).toBeGreaterThan(answerMs * 0.9);
});

it('sends a number of requests with some of them on their way', async () => {
  const { target, seen } = await serve((index) => (index === 3 ? 500 : 200));
  const { latenciesMs, failed, durationMs } = await driveAll(signal, target, { requests: 10, atOnce: 4 });
  expect([latenciesMs.length, failed, seen.length]).toEqual([9, 1, 10]);
  expect(Math.max(...latenciesMs)).toBeLessThanOrEqual(durationMs);
});
