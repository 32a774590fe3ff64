import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { blobOfModel } from '../files/model-blob';
import { findFirstDifference } from '../nodes/first-difference';
import type { SessionHost } from '../session/session-host';
import { createInProcessHost } from './testing/in-process-host';

const chain = model(
  graph({
    nodes: [
      node('Mul', ['x', 'w'], ['a'], {}, { name: 'first' }),
      node('Mul', ['a', 'w'], ['b'], {}, { name: 'second' }),
      node('Mul', ['b', 'w'], ['y'], {}, { name: 'third' }),
    ],
    initializers: [floatTensor('w', [1], [2])],
    inputs: [valueInfo('x', [1, 64])],
    outputs: [valueInfo('y', [1, 64])],
  }),
);

/** A host whose WebGPU multiplies some values by a factor. */
function hostWith(factors: Readonly<Record<string, number>>): SessionHost {
  const host = createInProcessHost();
  return {
    ...host,
    async open(signal, spec) {
      const session = await host.open(signal, { ...spec, ep: 'wasm' });
      if (spec.ep !== 'webgpu') return session;
      return {
        ...session,
        async run(feeds) {
          const { outputs, ...rest } = await session.run(feeds);
          const changed = Object.entries(outputs).map(([name, tensor]) => {
            const data = Float32Array.from(tensor.data as Float32Array, (value) => value * (factors[name] ?? 1));
            return [name, { ...tensor, data }] as const;
          });
          return { ...rest, outputs: Object.fromEntries(changed) };
        },
      };
    },
  };
}

function find(factors: Readonly<Record<string, number>>) {
  const files = { model: blobOfModel(chain), name: 'chain.onnx', externalData: [] };
  const request = { files, ep: 'webgpu', threads: 1, freeDimensions: {}, seed: 1, feeds: null } as const;
  return findFirstDifference(new AbortController().signal, hostWith(factors), request, () => undefined);
}

describe('findFirstDifference', () => {
  it('names the first node whose value differs by more than 1 %', async () => {
    const { compared, first } = await find({ a: 1.005, b: 1.1, y: 2 });
    expect(compared).toBe(2);
    expect(first).toMatchObject({ path: 'graph/second', op: 'Mul', value: 'b' });
    expect(first?.sqnrDb).toBeCloseTo(20, 3);
  });

  it('names the first node that gives NaN', async () => {
    const { first } = await find({ y: Number.NaN });
    expect(first).toMatchObject({ path: 'graph/third', sqnrDb: null });
    expect(first?.problem).toContain('not finite at 64 of 64 elements');
  });

  it('returns no node if all values agree', async () => {
    expect(await find({})).toEqual({ compared: 3, first: null });
  });
});
