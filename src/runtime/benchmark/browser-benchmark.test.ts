import { afterEach, expect, it, vi } from 'vitest';
import { linkThrough, type MessageToPage } from '../session/page-link';
import { BrowserBenchmark } from './browser-benchmark';

afterEach(() => vi.unstubAllGlobals());

it('does not wait for the drivers of other providers to know its threads', async () => {
  vi.stubGlobal('crossOriginIsolated', true);
  vi.stubGlobal('navigator', {
    hardwareConcurrency: 8,
    gpu: { requestAdapter: () => new Promise(() => undefined) },
  });
  const { port1: page, port2 } = new MessageChannel();
  page.onmessage = ({ data: { kind, id } }: { data: MessageToPage & { id: number } }) => {
    if (kind === 'lock') page.postMessage({ kind: 'locked', id });
    else page.close();
  };
  linkThrough(port2 as unknown as MessagePort);
  const { signal } = new AbortController();
  expect(await new BrowserBenchmark().alone({}, signal, async (_, { threads }) => threads)).toBe(4);
});
