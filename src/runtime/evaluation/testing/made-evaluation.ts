/** Data and models made for tests of evaluations, and the call that evaluates one on the other with real sessions. */
import type { Dataset, DataField, FieldValue, SampleRead } from '../../../engine/data/dataset';
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import type { Progress } from '../../../engine/progress';
import { DataType } from '../../../engine/onnx/data-type';
import { encodeModel, joinParts } from '../../../engine/onnx/codec/encode';
import type { Graph } from '../../../engine/onnx/graph';
import { createTensor } from '../../../engine/onnx/tensor';
import { graph, model, node, valueInfo } from '../../../engine/onnx/testing/build';
import { evaluateModels } from '../evaluate-models';
import type { EvaluateModelsRequest } from '../evaluate-models-request';
import type { ModelFiles } from '../../models/model-files';
import { createNodeHost } from '../../node/node-host';
import { createInProcessHost } from '../../node/testing/in-process-host';
import type { SessionHost } from '../../session/session-host';

export const samples = 150;

/** x of sample i has its largest element at i mod 3, except for every tenth, where it comes one later. */
export function features(index: number): Float32Array {
  const x = new Float32Array(3).fill(index / 1000);
  x[(index + (index % 10 === 0 ? 1 : 0)) % 3]! += 1;
  return x;
}

export const tensor = (data: Float32Array, dims: readonly number[]): FieldValue => ({
  kind: 'tensor',
  tensor: { dtype: 'float32', dims, data },
});
export const labelValue = (value: number): FieldValue => ({
  kind: 'tensor',
  tensor: { dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(value)) },
});

interface MadeData {
  readonly fields: readonly DataField[];
  readonly samples?: number;
  valuesOf(index: number): Record<string, FieldValue> | string;
  onRead?(index: number): void;
}

export function dataOf({ fields, samples: count = samples, valuesOf, onRead }: MadeData): Dataset {
  return {
    description: { name: 'made.npz', format: 'npz', samples: count, fields, sizeBytes: 0, notes: [] },
    files: [],
    async *read(indices, requests, context): AsyncGenerator<SampleRead> {
      const names = requests.map((field) => (typeof field === 'string' ? field : field.name));
      for (const index of indices) {
        await context.checkpoint();
        onRead?.(index);
        const values = valuesOf(index);
        if (typeof values === 'string') yield { index, place: `row ${index} of made.npz`, reason: values };
        else yield { index, values: Object.fromEntries(names.map((name) => [name, values[name]!])) };
      }
    },
  };
}

export const x: DataField = { name: 'x', kind: 'numbers', dtype: 'float32', shape: [3] };
export const labels: DataField = { name: 'labels', kind: 'numbers', dtype: 'int64', shape: [] };
export const classified = dataOf({
  fields: [x, labels],
  valuesOf: (index) => ({ x: tensor(features(index), [3]), labels: labelValue(index % 3) }),
});
export const mapping: DataMapping = { inputs: { x: { array: 'x' } }, labels: { array: 'labels' } };

export function filesOf(main: Graph): ModelFiles {
  const bytes = joinParts(encodeModel(model(main)));
  return { model: new Blob([bytes as Uint8Array<ArrayBuffer>]), name: 'made.onnx', externalData: [] };
}

/** y = x W: W is the identity, or with `shift` the columns moved by one. */
export function linear(batch: number | string, shift = 0, input = 'x'): ModelFiles {
  const weights = Float32Array.from({ length: 9 }, (_, i) => ((Math.floor(i / 3) + shift) % 3 === i % 3 ? 1 : 0));
  const weight = createTensor({ name: 'w', dataType: DataType.float32, dims: [3, 3], bytes: weights });
  return filesOf(
    graph({
      nodes: [node('MatMul', [input, 'w'], ['y'])],
      initializers: [weight],
      inputs: [valueInfo(input, [batch, 3])],
      outputs: [valueInfo('y', [batch, 3])],
    }),
  );
}

export const signalOf = (controller: AbortController) => ({
  signal: controller.signal,
  async checkpoint() {
    await new Promise((resolve) => setImmediate(resolve));
    controller.signal.throwIfAborted();
  },
});

interface How {
  readonly onProgress?: (progress: Progress) => void;
  readonly controller?: AbortController;
  /** The host of sessions; each runs in a thread of its own if absent. */
  readonly host?: SessionHost;
}

export function evaluate(
  request: Partial<EvaluateModelsRequest> & Pick<EvaluateModelsRequest, 'models'>,
  { onProgress, controller = new AbortController(), host = createNodeHost() }: How = {},
) {
  const dataset = request.dataset ?? classified;
  const indices = Array.from({ length: dataset.description.samples }, (_, index) => index);
  const all = { dataset, indices, mapping, ep: 'wasm', threads: 1, freeDimensions: {}, ...request } as const;
  return evaluateModels(signalOf(controller), host, all, (progress) => onProgress?.(progress));
}

/**
 * Like `evaluate`, in this process, because starting a thread takes longer than evaluating a model that is built here.
 */
export const evaluateHere: typeof evaluate = (request, how) =>
  evaluate(request, { host: createInProcessHost(), ...how });
