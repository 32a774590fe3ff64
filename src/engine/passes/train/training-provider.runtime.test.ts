/**
 * Tests where passes that train run their steps: the runtime's providers, the values that stay on WebGPU, and the time
 * decide.
 */
import { describe, expect, it } from 'vitest';
import type { Inference, OpenInference } from '../../inference';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { resolveOptions } from '../options';
import type { PassOutcome } from '../pass';
import { pruneWeights } from '../prune/weights/prune-weights';
import { passContext } from '../testing/pass-context';
import { fineTune } from './fine-tune/fine-tune';
import { dataOf, original, pictures, side, weakened } from './testing/small-net';
import { createNodeHost } from '../../../runtime/node/node-host';
import { createInProcessInference } from '../../../runtime/node/testing/in-process-inference';

const inProcess = createInProcessInference();

/** A runtime with another provider, which computes what WASM does, but for what `open` changes. */
function withWebgpu(change: (session: OpenInference) => OpenInference = (session) => session): Inference {
  return {
    ...inProcess,
    availability: async (ep) => ({ ep, available: true, reason: 'A GPU.' }),
    async open(signal, each, options) {
      const session = await inProcess.open(signal, each, options);
      return options?.provider === 'webgpu' ? change(session) : session;
    },
  };
}

function tune(provider: string, inference: Inference, teacher = original): Promise<PassOutcome> {
  const options = { steps: 4, matchLayers: false, optimizer: 'adam', augment: 'none', provider };
  const context = passContext({ original: teacher, inference, data: dataOf(pictures) });
  return fineTune.run(weakened(teacher), resolveOptions(fineTune, options), context);
}

const bytesOf = (outcome: PassOutcome): Uint8Array => joinParts(encodeModel(outcome.model));
const reasonsOf = ({ refusals }: PassOutcome): string[] => refusals.map(({ reason }) => reason);

describe('the provider of training', () => {
  it('is WASM in the shell, which says so and writes the same bytes', async () => {
    const inference = { ...inProcess, availability: createNodeHost().availability };
    const [wasm, webgpu] = [await tune('wasm', inference), await tune('webgpu', inference)];
    expect(wasm.refusals).toEqual([]);
    expect(webgpu.refusals.map(({ code }) => code)).toEqual(['trained-on-wasm']);
    expect(reasonsOf(webgpu)).toEqual([
      'WebGPU was not used: Node does not support WebGPU. Use the page in a browser that does.',
    ]);
    expect(bytesOf(webgpu)).toEqual(bytesOf(wasm));
  });

  it('is WebGPU if it was requested and all of a step stays there', async () => {
    const outcome = await tune('webgpu', withWebgpu());
    expect(outcome.refusals).toEqual([]);
    expect(outcome.sentence).toContain('Trained on WebGPU: another GPU may give other bytes.');
    expect(bytesOf(outcome)).toEqual(bytesOf(await tune('wasm', inProcess)));
  });

  it('is the faster of both, with the time of a step on each', async () => {
    const slow = withWebgpu((session) => ({
      ...session,
      run: async (feeds) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return session.run(feeds);
      },
    }));
    const outcome = await tune('fastest', slow);
    const told = /^WebGPU was not used: A step took ([\d.]+) ms on WASM and ([\d.]+) ms on WebGPU\.$/;
    const [wasmMs = NaN, webgpuMs = NaN] = told.exec(reasonsOf(outcome)[0]!)!.slice(1).map(Number);
    // A timer may fire a millisecond early, and on a busy machine much later.
    expect(webgpuMs).toBeGreaterThanOrEqual(199);
    expect(wasmMs).toBeLessThan(webgpuMs);
    expect(inProcess.sessions.open).toBe(0);
  });

  it('is WASM if a node would leave, or WebGPU computes it wrong', async () => {
    const net = (group: bigint, opType = 'Identity') =>
      model(
        graph({
          nodes: [
            node('Conv', ['image', 'filters'], ['c'], { pads: [1n, 1n, 1n, 1n] }, { name: 'conv' }),
            node('ConvTranspose', ['c', 'back'], ['t'], { group }),
            node(opType, ['t'], ['u']),
            node('Flatten', ['u'], ['f']),
            node('Gemm', ['f', 'matrix'], ['scores']),
          ],
          initializers: [
            floatTensor(
              'filters',
              [4, 1, 3, 3],
              Float32Array.from({ length: 36 }, (_, index) => Math.sin(index)),
            ),
            floatTensor('back', [4, 1, 1, 1], [0.5, -0.5, 1, 0.25]),
            floatTensor(
              'matrix',
              [Number(group) * side * side, 2],
              Float32Array.from({ length: Number(group) * side * side * 2 }, (_, index) => Math.cos(index)),
            ),
          ],
          inputs: [valueInfo('image', ['N', 1, side, side])],
          outputs: [valueInfo('scores', ['N', 2])],
        }),
      );
    expect(reasonsOf(await tune('webgpu', withWebgpu(), net(2n)))).toEqual([
      'WebGPU was not used: All nodes run on WebGPU. 2 nodes compute wrong numbers there: ConvTranspose ×2.',
    ]);
    expect(reasonsOf(await tune('webgpu', withWebgpu(), net(4n)))).toEqual([]);
    const leaving = await tune('webgpu', withWebgpu(), net(4n, 'Celu'));
    expect(reasonsOf(leaving).join(' ')).toContain(
      'WebGPU was not used: 2 nodes will not run on WebGPU (4 copies): Celu ×2.',
    );
  });

  it('is WASM if WebGPU fails, or computes another loss', async () => {
    const failing = withWebgpu((session) => ({ ...session, run: () => Promise.reject(new Error('device lost')) }));
    const outcome = await tune('webgpu', failing);
    expect(reasonsOf(outcome)).toEqual(['WebGPU was not used: WebGPU could not run a step: device lost.']);
    const wrong = withWebgpu((session) => ({
      ...session,
      async run(feeds) {
        const outputs = await session.run(feeds);
        return Object.fromEntries(
          Object.entries(outputs).map(([name, tensor]) => [name, { ...tensor, data: Float32Array.of(7) }]),
        );
      },
    }));
    expect(reasonsOf(await tune('webgpu', wrong))[0]).toMatch(/WebGPU computes a loss of 7, but WASM 0\.\d+/);
    expect(inProcess.sessions.open).toBe(0);
  });

  it('is that of rounds too', async () => {
    const options = resolveOptions(pruneWeights, { rounds: 2, stepsPerRound: 4, amount: 0.3, provider: 'webgpu' });
    const context = passContext({ original, inference: withWebgpu(), data: dataOf(pictures) });
    const { sentence } = await pruneWeights.run(original, options, context);
    expect(sentence).toContain('Trained on WebGPU');
  });
});
