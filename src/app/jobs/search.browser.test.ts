/** A search in the browser, up to its first evaluation. Times on WebGPU are tested with the benchmark, because they take minutes on a software GPU. */
import { expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { usualGoal } from '../../engine/search/search-goal';
import { afterEvent, type SearchState } from '../../engine/search/search-journal';
import { createSearchJobs, type ModelFiles } from './jobs';

const width = 64;

/** One product: of the tests' WebGPU each kernel takes seconds. */
function oneLayer(): ModelFiles {
  const weights = Float32Array.from({ length: width * width }, (_, i) => ((i * 7) % 17) / 64 - 0.1);
  const layer = graph({
    nodes: [node('MatMul', ['x', 'w'], ['y'], {}, { name: 'layer' })],
    initializers: [floatTensor('w', [width, width], weights)],
    inputs: [valueInfo('x', [1, width])],
    outputs: [valueInfo('y', [1, width])],
  });
  return { model: new Blob([joinParts(encodeModel(model(layer)))]), name: 'layer.onnx', externalData: [] };
}

it('runs the original on WebGPU if that is timed, and skips float16, which this GPU lacks', async () => {
  const controller = new AbortController();
  let state: SearchState | null = null;
  const onProgress = (told: object): void => {
    if (!('kind' in told) || told.kind === 'cell' || told.kind === 'comparison') return;
    const event = told as Parameters<typeof afterEvent>[1];
    state = afterEvent(state, event);
    if (event.kind === 'evaluated') controller.abort(new DOMException('Enough.', 'AbortError'));
  };
  const searching = createSearchJobs().search({ signal: controller.signal, onProgress }, oneLayer(), {
    goal: { ...usualGoal, ep: 'webgpu', techniques: ['weights-8', 'float16'] },
    data: null,
    freeDimensions: {},
    measuringSeed: 0,
    basis: 'layer',
    from: null,
  });
  await expect(searching).rejects.toThrow('Enough.');
  expect((state! as SearchState).candidates).toMatchObject([
    { id: 'weights-8', stage: 'evaluated', loss: { of: 'outputs' } },
    {
      id: 'float16',
      stage: 'failed',
      refusedBy: 'webgpu',
      reason: 'WebGPU on this device has no float16, so the variant will not load there.',
    },
  ]);
});
