import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from '../../engine/onnx/codec/decode';
import { encodeModel } from '../../engine/onnx/codec/encode';
import { encodeFiles } from '../../engine/onnx/codec/encode-files';
import { checkModel } from '../../engine/onnx/check';
import { tensorBytes } from '../../engine/onnx/tensor';
import { weights } from '../../engine/onnx/weights';
import { resolveOptions } from '../../engine/passes/options';
import { passContext } from '../../engine/passes/testing/pass-context';
import { quantizeDynamic } from '../../engine/passes/quantize/dynamic/quantize-dynamic';
import { streamParts } from '../../engine/files/stream-parts';
import { startCpuClock } from '../../engine/testing/cpu-clock';
import { CountingSource, writeLargeModel } from '../testing/large-model';
import { FileSource } from './file-source';

const megabyte = 2 ** 20;

describe('a large model', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pareto-large-model-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('of 1 GB opens in about a second, with its weights left in the file', () => {
    const file = path.join(folder, 'large.onnx');
    const sizeBytes = writeLargeModel(file, 1024 * megabyte, 256);
    expect(sizeBytes).toBeGreaterThan(1000 * megabyte);
    const source = FileSource.open(file);
    const counting = new CountingSource(source);
    const memoryBefore = process.memoryUsage().rss;
    const cpuMs = startCpuClock();

    const model = decodeModel(counting);
    expect(checkModel(model)).toEqual([]);
    expect(weights(model)).toHaveLength(256);
    const encoded = encodeModel(model);

    expect(cpuMs()).toBeLessThan(1500);
    expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(50 * megabyte);
    // Structure and the window around each weight, not the weights.
    expect(counting.counts.bytes).toBeLessThan(1 * megabyte);
    expect(encoded.sizeBytes).toBeGreaterThan(1000 * megabyte);
    expect(encoded.parts.filter((part) => !(part instanceof Uint8Array))).toHaveLength(256);
    expect(tensorBytes(weights(model)[7]!.tensor)).toHaveLength(weights(model)[7]!.tensor.rawData!.sizeBytes);
    source.close();
  });

  it('of 1 GB in 20,000 weights costs about one small read for each', () => {
    const file = path.join(folder, 'many-weights.onnx');
    writeLargeModel(file, 1024 * megabyte, 20_000);
    const source = FileSource.open(file);
    const counting = new CountingSource(source);
    expect(weights(decodeModel(counting))).toHaveLength(20_000);
    expect(counting.counts.reads).toBeLessThan(21_000);
    expect(counting.counts.bytes).toBeLessThan(16 * megabyte);
    source.close();
  });

  it('is quantized and written with no more in memory than the pieces in work', async () => {
    const file = path.join(folder, 'quantized.onnx');
    writeLargeModel(file, 640 * megabyte, 64);
    const source = FileSource.open(file);
    const model = decodeModel(source);
    const memoryBefore = process.memoryUsage().rss;
    let peak = memoryBefore;
    const watch = () => void (peak = Math.max(peak, process.memoryUsage().rss));
    const context = passContext({ progress: watch });
    const outcome = await quantizeDynamic.run(model, resolveOptions(quantizeDynamic, {}), context);
    expect(outcome.changes).toHaveLength(64);
    const { parts, sizeBytes } = encodeModel(outcome.model);
    expect(sizeBytes).toBeGreaterThan(155 * megabyte);
    expect(await streamParts(parts, undefined, undefined, { ...context, progress: watch })).toBe(sizeBytes);
    // The limit covers the data that is kept by design, the floats of the current weight, and uncollected garbage; the
    // result is 160 MB.
    expect(peak - memoryBefore).toBeLessThan(96 * megabyte);
    source.close();
  });

  it('over 2 GB is refused as one file, and goes to a data file by itself', () => {
    const halves = ['a', 'b', 'c'].map((name) => {
      const file = path.join(folder, `${name}.onnx`);
      writeLargeModel(file, 900 * megabyte, 8);
      return FileSource.open(file);
    });
    const [first, ...others] = halves.map((source) => decodeModel(source));
    const initializers = others.flatMap((model, at) =>
      model.graph!.initializers.map((tensor) => ({ ...tensor, name: `${at}.${tensor.name}` })),
    );
    const graph = { ...first!.graph!, initializers: [...first!.graph!.initializers, ...initializers, ...initializers] };
    const large = { ...first!, graph };
    expect(() => encodeModel(large)).toThrow('over 2 GB');
    const files = encodeFiles(large, { storage: 'auto', dataFileName: 'large.onnx.data' });
    expect(files.externalData.map(({ name }) => name)).toEqual(['large.onnx.data']);
    expect(files.externalData[0]!.data.sizeBytes).toBeGreaterThan(1300 * megabyte);
    expect(files.model.sizeBytes).toBeLessThan(2 ** 31);
    for (const source of halves) source.close();
  });
});
