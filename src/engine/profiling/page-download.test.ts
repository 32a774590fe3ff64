import { expect, it } from 'vitest';
import { describePageDownload, pageDownloads, providersOfDownload, runtimeBuilds } from './page-download';

it('adds the bytes of each build to those of the model', () => {
  const model = { plain: 1_000_000, gzip: 400_000, brotli: 300_000 };
  const downloads = pageDownloads(model);
  expect(downloads.map(({ module }) => module)).toEqual([
    'onnxruntime-web/wasm',
    'onnxruntime-web/jspi',
    'onnxruntime-web/webgpu',
  ]);
  downloads.forEach(({ runtime, total }, index) => {
    expect(runtime).toEqual(runtimeBuilds[index]!.bytes);
    for (const key of ['plain', 'gzip', 'brotli'] as const) expect(total[key]).toBe(model[key] + runtime[key]!);
  });
  const totals = downloads.map(({ total }) => total.plain);
  expect(totals).toEqual(totals.toSorted((a, b) => a - b));
});

it('describes the sum after gzip, or uncompressed if gzip was not measured', () => {
  const [wasm, jspi] = pageDownloads({ plain: 2_000_000, gzip: 1_000_000, brotli: null });
  expect(describePageDownload(wasm!)).toMatch(/^4\.\d+\sMB = model 1\.00\sMB \+ runtime 3\.\d+\sMB \(gzip\)$/);
  expect(wasm!.total.brotli).toBeNull();
  expect(providersOfDownload(jspi!)).toBe('WebGPU and WebNN');
  const [plain] = pageDownloads({ plain: 2_000_000, gzip: null, brotli: null });
  expect(describePageDownload(plain!)).toMatch(/model 2\.00\sMB \+ runtime 14\.\d\sMB \(not compressed\)$/);
});
