import { afterEach, expect, it, vi } from 'vitest';
import { BrowserBenchmark } from './browser-benchmark';

afterEach(() => vi.unstubAllGlobals());

it('does not wait for the drivers of other providers to know its threads', async () => {
  vi.stubGlobal('crossOriginIsolated', true);
  vi.stubGlobal('navigator', {
    hardwareConcurrency: 8,
    gpu: { requestAdapter: () => new Promise(() => undefined) },
    locks: { request: (_name: string, _options: object, work: () => Promise<unknown>) => work() },
  });
  const { signal } = new AbortController();
  expect(await new BrowserBenchmark().alone({}, signal, async (_, { threads }) => threads)).toBe(4);
});
