import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { createBrowserHost } from '../session/browser-host';

afterEach(() => vi.unstubAllGlobals());

/** Records the workers that the page starts. */
function recordWorkers() {
  const started: string[] = [];
  const ended: string[] = [];
  vi.stubGlobal(
    'Worker',
    class extends Worker {
      readonly #what: string;
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        this.#what = `${/(\w+)\.ts/.exec(String(url))?.[1]} ${options?.name ?? ''}`.trim();
        started.push(this.#what);
      }
      override terminate(): void {
        ended.push(this.#what);
        super.terminate();
      }
    },
  );
  return { started, ended };
}

describe('serveWorker', () => {
  it('starts the threads of a session in the page, and ends them with it', async () => {
    const { started, ended } = recordWorkers();
    const bytes = joinParts(
      encodeModel(
        model(
          graph({
            nodes: [node('MatMul', ['x', 'x'], ['y'])],
            inputs: [valueInfo('x', ['N', 'N'])],
            outputs: [valueInfo('y', ['N', 'N'])],
          }),
        ),
      ),
    );
    const session = await createBrowserHost().open(new AbortController().signal, {
      ...{ files: { name: 'm.onnx', model: new Blob([bytes]), externalData: [] }, ep: 'wasm', threads: 3 },
      ...{ freeDimensions: {}, profile: false },
    });
    const data = new Float32Array(256 * 256).fill(1);
    const { outputs } = await session.run({ x: { dtype: 'float32', dims: [256, 256], data } });
    expect(new Set(outputs['y']!.data as Float32Array)).toEqual(new Set([256]));
    expect(started).toEqual(['session', 'thread em-pthread', 'thread em-pthread']);
    session.close();
    await expect.poll(() => ended).toEqual(started);
  });
});
