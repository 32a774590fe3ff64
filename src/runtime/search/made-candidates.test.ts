import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { MemorySource } from '../../engine/onnx/byte-source';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { collectGarbage } from '../../engine/testing/collect-garbage';
import { openModel } from '../../engine/recipe/open-model';
import type { Candidate } from '../../engine/search/candidate';
import { MadeCandidates } from './made-candidates';

const size = 96;
const weights = Array.from({ length: size * size }, (_, index) => Math.sin(index));
const bytes = joinParts(
  encodeModel(
    model(
      graph({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        initializers: [floatTensor('w', [size, size], weights)],
        inputs: [valueInfo('x', [1, size])],
        outputs: [valueInfo('y', [1, size])],
      }),
    ),
  ),
);

/** Live bytes of objects and of buffers; the bytes in Blobs are not among them. */
function liveBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it('keeps as many of 200 candidates as fit, with its memory, and makes removed ones again', async () => {
  const { signal } = new AbortController();
  const host = {
    signal,
    checkpoint: () => Promise.resolve(),
    createHash: () => {
      const hash = createHash('sha256');
      return { update: (part: Uint8Array) => void hash.update(part), digestHex: () => hash.digest('hex') };
    },
  };
  const opened = openModel({ name: 'm', source: new MemorySource(bytes), sha256: '', findData: () => undefined });
  const original = { model: new Blob([bytes]), name: 'm', externalData: [] };
  const made = new MadeCandidates(host, { opened, original, data: null }, 4.5 * bytes.length);
  const candidates = Array.from({ length: 200 }, (_, index): Candidate => {
    const step = { pass: 'prune-weights', enabled: true, options: { amount: (index + 1) / 400 } };
    return { id: String(index), name: '', recipe: { version: 1, seed: 0, steps: [step] }, stage: 'planned' };
  });
  const first = await made.make(signal, candidates[0]!);
  const last: (typeof first)[] = [];
  let earlyBytes = 0;
  for (const [index, candidate] of candidates.entries()) {
    if (index > 0) last.push(await made.make(signal, candidate));
    if (last.length > 4) last.shift();
    if (index === 50) earlyBytes = liveBytes();
  }
  // The facts about 150 files take 29 times as much as the bytes of one if all are kept, and 9 times if four are.
  expect(liveBytes() - earlyBytes).toBeLessThan(18 * bytes.length);
  for (const [index, candidate] of candidates.slice(-4).entries()) {
    expect(await made.make(signal, candidate)).toBe(last[index]);
  }
  const again = await made.make(signal, candidates[0]!);
  expect(again).not.toBe(first);
  expect(again.optimization.variant.sha256).toBe(first.optimization.variant.sha256);
});
