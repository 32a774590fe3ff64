import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { MemorySource } from '../../engine/onnx/byte-source';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { openModel } from '../../engine/recipe/open-model';
import type { Candidate } from '../../engine/search/candidate';
import { MadeCandidates } from './made-candidates';

const weights = Array.from({ length: 16 * 16 }, (_, index) => Math.sin(index));
const bytes = joinParts(
  encodeModel(
    model(
      graph({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        initializers: [floatTensor('w', [16, 16], weights)],
        inputs: [valueInfo('x', [1, 16])],
        outputs: [valueInfo('y', [1, 16])],
      }),
    ),
  ),
);

it('keeps no more files of 200 candidates than fit, and makes what gave way again', async () => {
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
  const files = [];
  for (const candidate of candidates) files.push(await made.make(signal, candidate));
  const [first, ...others] = files;
  const last = others.slice(-4);
  for (const [index, candidate] of candidates.slice(-4).entries()) {
    expect(await made.make(signal, candidate)).toBe(last[index]);
  }
  const again = await made.make(signal, candidates[0]!);
  expect(again).not.toBe(first);
  expect(again.optimization.variant.sha256).toBe(first!.optimization.variant.sha256);
});
