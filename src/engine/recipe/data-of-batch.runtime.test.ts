import { describe, expect, it } from 'vitest';
import { makeVariant } from '../../runtime/node/testing/make-variant';
import type { Feeds } from '../data/feeds';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { createSeededRandom } from '../seeded-random';

const random = createSeededRandom(3);
const draw = (count: number) => Float32Array.from({ length: count }, () => 4 * random.next() - 2);
const net = model(
  graph({
    nodes: [
      node('MatMul', ['x', 'w'], ['h'], {}, { name: 'first' }),
      node('Relu', ['h'], ['r']),
      node('MatMul', ['r', 'v'], ['y'], {}, { name: 'second' }),
    ],
    initializers: [floatTensor('w', [16, 32], draw(512)), floatTensor('v', [32, 8], draw(256))],
    inputs: [valueInfo('x', ['N', 16])],
    outputs: [valueInfo('y', ['N', 8])],
  }),
);
const samples = Array.from({ length: 83 }, (): Feeds => ({ x: { dtype: 'float32', dims: [1, 16], data: draw(16) } }));
const fixed = { pass: 'fix-dimensions', options: { dimensions: ['N=5'] }, enabled: true };

describe('passes behind a fixed batch of five', () => {
  it.each([
    ['prune-weights', { rounds: 2, stepsPerRound: 5 }],
    ['quantize-static', {}],
    ['fine-tune', { steps: 5 }],
    ['quantize-aware-training', { steps: 5 }],
    ['factorize', {}],
  ] as const)('run on five samples at a time: %s', async (pass, options) => {
    const steps = [fixed, ...(pass === 'fine-tune' ? [step('prune-weights', {})] : []), step(pass, options)];
    const { passes } = await makeVariant(net, { version: 1, seed: 0, steps }, samples);
    const { changes, refusals } = passes.at(-1)!;
    expect(refusals.filter(({ reason }) => reason.includes('Got: 1'))).toEqual([]);
    expect(changes.length).toBeGreaterThan(0);
  });
});

function step(pass: string, options: Readonly<Record<string, number>>) {
  return { pass, options, enabled: true };
}
