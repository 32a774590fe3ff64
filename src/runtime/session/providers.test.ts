import { afterEach, expect, it, vi } from 'vitest';
import { detectTimedDevice } from './browser-device';
import { probeProvider, withoutCopies } from './providers';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const probed = (limits: string | undefined) =>
  (['webnn-cpu', 'webnn-gpu', 'webnn-npu'] as const).map((ep) => {
    return {
      ep,
      available: true,
      reason: ep,
      ...(limits !== undefined && { limits: ep === 'webnn-npu' ? limits : 'same' }),
    };
  });
const available = (limits: string | undefined, hasGpu: boolean) =>
  withoutCopies(probed(limits), hasGpu).flatMap(({ ep, available: is }) => (is ? [ep] : []));

it('offers one WebNN if the CPU emulates all of them, and each that may be another processor', () => {
  expect(available('same', false)).toEqual(['webnn-cpu']);
  expect(available('other', false)).toEqual(['webnn-cpu', 'webnn-npu']);
  expect(available('same', true)).toEqual(['webnn-cpu', 'webnn-gpu', 'webnn-npu']);
  expect(available(undefined, false)).toEqual(['webnn-cpu', 'webnn-gpu', 'webnn-npu']);
  expect(withoutCopies(probed('same'), false)[1]?.reason).toContain('WebNN on the CPU');
});

it.each([
  [10_000, true, /^WebGPU on ACME card, without float16/],
  [Infinity, false, /^WebGPU found no adapter: no response within 15 seconds\./],
])('waits for a GPU that answers after %d ms, and not for ever', async (afterMs, isFound, reason) => {
  vi.useFakeTimers();
  const adapter = { info: { vendor: 'ACME', architecture: 'card', description: '' }, features: new Set() };
  const requestAdapter = () =>
    new Promise((resolve) => Number.isFinite(afterMs) && setTimeout(() => resolve(adapter), afterMs));
  vi.stubGlobal('navigator', { gpu: { requestAdapter } });
  const probing = probeProvider('webgpu');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await probing).toEqual({ ep: 'webgpu', available: isFound, reason: expect.stringMatching(reason) as string });
});

it('waits for no driver if nothing is timed on WebGPU', async () => {
  vi.stubGlobal('crossOriginIsolated', true);
  const requestAdapter = vi.fn<() => Promise<never>>(() => new Promise(() => undefined));
  vi.stubGlobal('navigator', { hardwareConcurrency: 8, gpu: { requestAdapter } });
  expect(await detectTimedDevice('wasm')).toMatchObject({ threads: 4, webgpu: null });
  expect(requestAdapter).not.toHaveBeenCalled();
});
