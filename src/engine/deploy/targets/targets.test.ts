/** Sizes and types that the tools of a bundle are given, by models whose inputs are more than a batch of numbers. */
import { describe, expect, it } from 'vitest';
import { inspect } from '../../analysis/inspect';
import { DataType } from '../../onnx/data-type';
import type { Graph, ValueInfo } from '../../onnx/graph';
import { createTensor } from '../../onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import type { BatchVerdict } from '../../serving/batch-verdict';
import { exampleServerMeasurement } from '../../serving/testing/example-server-measurement';
import type { DeployFacts } from '../deploy-facts';
import { deployTargets, makeBundle } from '../make-bundle';

const independent: BatchVerdict = { joining: 'independent', reason: 'The same.', measured: null };
const alone: BatchVerdict = { joining: 'fixed', reason: 'A scalar.', measured: null };

function bundleOf(parts: Partial<Graph>, batching: BatchVerdict, documents: DeployFacts['documents'] = [], plain = 1) {
  const inspection = inspect(model(graph(parts), { opset: 21 }), { name: 'm', sizeBytes: 1, sha256: 'a'.repeat(64) });
  const facts: DeployFacts = {
    ...{
      inspection,
      batching,
      modelBytes: { plain, gzip: null, brotli: null },
      externalData: [],
      originalSha256: null,
      original: null,
      recipe: null,
    },
    ...{ report: null, documents, recorded: null, drift: null, createdAt: '', pareto: '', onnxruntimeWeb: '' },
  };
  const made = makeBundle(
    facts,
    deployTargets.map(({ id }) => id),
  );
  const textOf = (path: string) => made.files.find((file) => file.path === path)?.text ?? '';
  return { textOf, refused: new Map(made.refused.map(({ target, reason }) => [target, reason])) };
}

const ids = [valueInfo('ids', ['batch', 'seq'], DataType.int64), valueInfo('mask', ['batch', 'seq'], DataType.int64)];
const text: Partial<Graph> = {
  nodes: [node('Mul', ['ids', 'mask'], ['y'])],
  inputs: ids,
  outputs: [valueInfo('y', ['batch', 'seq'], DataType.int64)],
};
const withState: Partial<Graph> = {
  nodes: [
    node('ReduceMean', ['state'], ['mean'], { keepdims: 0n }),
    node('Cast', ['sr'], ['rate'], { to: 1n }),
    node('Add', ['mean', 'rate'], ['sum']),
    node('Add', ['input', 'sum'], ['y']),
  ],
  inputs: [
    valueInfo('input', ['batch', 512]),
    valueInfo('state', [2, 'batch', 128]),
    valueInfo('sr', [], DataType.int64),
  ],
  outputs: [valueInfo('y', ['batch', 512])],
};

describe('shapes that a tool has to know before the first request', () => {
  it('are those of texts for a model of texts', () => {
    const { textOf } = bundleOf(text, independent);
    expect(textOf('tensorrt/build.sh')).toContain(
      '--minShapes=ids:1x1,mask:1x1 --optShapes=ids:8x128,mask:8x128 --maxShapes=ids:32x512,mask:32x512',
    );
    expect(textOf('coreml/convert.py')).toContain('"ids": ([1, 128], "int64"),');
    const config = textOf('models/m/config.pbtxt');
    expect(config).toContain('key: "ids" value: { data_type: TYPE_INT64 dims: [ 128 ] zero_data: true }');
    expect(config).not.toContain('random_data');
  });

  it('name no scalar, and are one batch for the state and the input', () => {
    const { textOf } = bundleOf(withState, alone);
    expect(textOf('tensorrt/build.sh')).toContain('--maxShapes=input:1x512,state:2x1x128 \\');
    expect(textOf('tensorrt/build.sh')).not.toContain('sr:');
    const joined = bundleOf(withState, independent).textOf('tensorrt/build.sh');
    expect(joined).toContain('--maxShapes=input:32x512,state:2x32x128');
    expect(textOf('models/m/config.pbtxt')).toContain('dims: [ 1, 512 ] random_data: true');
  });
});

describe('the server in Python', () => {
  it('is made for texts, and refused for inputs that have no arrays and outputs that it cannot write', () => {
    const echo = (dtype: number, op = 'Identity', output = valueInfo('y', ['N'], dtype as never)) =>
      bundleOf(
        { nodes: [node(op, ['x'], ['y'])], inputs: [valueInfo('x', ['N'], dtype as never)], outputs: [output] },
        independent,
      ).refused.get('fastapi');
    expect(echo(DataType.string)).toBeUndefined();
    expect(echo(DataType.bfloat16)).toBe('The server does not support input “x” of type bfloat16.');
    const sequence: ValueInfo = {
      name: 'y',
      type: { kind: 'sequence', element: { kind: 'tensor', elementType: DataType.float32 } },
    };
    expect(echo(DataType.float32, 'SplitToSequence', sequence)).toBe(
      'The server does not support output “y” of type sequence. Export the model with tensor outputs.',
    );
  });

  it('has limits that one row of the model fits', () => {
    const limit = (size: number) => {
      const input = valueInfo('x', ['N', 3, size, size]);
      const parts = { nodes: [node('Relu', ['x'], ['y'])], inputs: [input], outputs: [valueInfo('y', null)] };
      const facts = bundleOf(parts, independent).textOf('server/model.json');
      return (JSON.parse(facts) as { readonly maxBodyBytes: number }).maxBodyBytes;
    };
    expect(limit(4)).toBe(1_067_008);
    expect(limit(224)).toBe(8 * 2 ** 20);
    expect(limit(1024)).toBeGreaterThan(3 * 1024 ** 2 * 22);
  });

  it('limits the numbers per row: texts to thousands, pictures to double size, sounds to the body limit', () => {
    const limit = (parts: Partial<Graph>) => {
      const facts = bundleOf(parts, independent).textOf('server/model.json');
      return (JSON.parse(facts) as { readonly maxRowNumbers: number }).maxRowNumbers;
    };
    expect(limit(text)).toBe(4096);
    const pictures = valueInfo('x', ['N', 3, 'height', 'width']);
    const relu = { nodes: [node('Relu', ['x'], ['y'])], inputs: [pictures], outputs: [valueInfo('y', null)] };
    expect(limit(relu)).toBe(3 * 448 * 448);
    const sound = { ...relu, inputs: [valueInfo('x', ['N', 'samples'])] };
    expect(limit(sound)).toBe(Math.floor((8 * 2 ** 20) / 24));
  });

  it('has threads, and memory that the model fits', () => {
    const manifest = (documents: DeployFacts['documents'], plain: number) =>
      bundleOf(text, independent, documents, plain).textOf('server/kubernetes.yaml');
    expect(manifest([], 1)).toContain('{ name: THREADS, value: "2" }');
    expect(manifest([], 1)).toContain('limits: { cpu: "2", memory: 1024Mi,');
    expect(manifest([], 2 ** 30)).toContain('limits: { cpu: "2", memory: 3840Mi,');
    const server = { ...exampleServerMeasurement.server, peakMemoryBytes: 2 * 2 ** 30 };
    const document = { ...exampleServerMeasurement, server, sha256: 'a'.repeat(64) };
    expect(manifest([{ kind: 'server measurement', document }], 1)).toContain('memory: 3072Mi,');
  });
});

it('refuses OpenVINO for weights whose last block is not full', () => {
  const stored = (columns: number) => ({
    nodes: [
      node('DequantizeLinear', ['w', 'scales'], ['weights'], { axis: 0n, block_size: 32n }),
      node('MatMul', ['x', 'weights'], ['y']),
    ],
    initializers: [
      createTensor({ name: 'w', dataType: DataType.int8, dims: [columns, 2], bytes: new Int8Array(columns * 2) }),
      floatTensor('scales', [Math.ceil(columns / 32), 2], new Float32Array(Math.ceil(columns / 32) * 2)),
    ],
    inputs: [valueInfo('x', ['N', columns])],
    outputs: [valueInfo('y', ['N', 2])],
  });
  expect(bundleOf(stored(64), independent).refused.get('openvino')).toBeUndefined();
  expect(bundleOf(stored(40), independent).refused.get('openvino')).toBe(
    'OpenVINO needs weight rows that are a multiple of their block size. Layers that are not: graph/DequantizeLinear_0. Quantize with another block size, or exclude them.',
  );
});

describe('Triton', () => {
  const relu: Partial<Graph> = {
    nodes: [node('Relu', ['x'], ['y'])],
    inputs: [valueInfo('x', ['N', 4])],
    outputs: [valueInfo('y', ['N', 4])],
  };
  const config = (batching: BatchVerdict, documents: DeployFacts['documents'] = []) =>
    bundleOf(relu, batching, documents).textOf('models/m/config.pbtxt');

  it('warms up every size that it prefers, and keeps no response that depends on neighbors', () => {
    const batched = config(independent);
    expect(batched).toContain('preferred_batch_size: [ 4, 8, 16, 32 ]');
    expect([...batched.matchAll(/batch_size: (\d+) count/g)].map(([, size]) => size)).toEqual([
      '1',
      '4',
      '8',
      '16',
      '32',
    ]);
    expect(batched).toContain('response_cache { enable: true }');
    expect(config({ ...alone, joining: 'approximate' })).not.toContain('response_cache');
    expect([...config(alone).matchAll(/batch_size: (\d+) count/g)]).toHaveLength(1);
  });

  it('takes its times from the measured server, and usual ones without', () => {
    expect(config(independent)).toContain('default_timeout_microseconds: 100000');
    const document = { ...exampleServerMeasurement, sha256: 'a'.repeat(64) };
    const measured = config(independent, [{ kind: 'server measurement', document }]);
    // 8 ms for 16 rows are 16 ms for 32, and four of them 64 ms; one row takes 2 ms.
    expect(measured).toContain('default_timeout_microseconds: 64000');
    expect(measured).toContain('max_queue_delay_microseconds: 2000');
  });
});

it('rolls out by gates that do not pass without data, and names no shell in its command', () => {
  const { textOf } = bundleOf(text, independent);
  const plan = JSON.parse(textOf('rollout/plan.json')) as {
    readonly steps: readonly { readonly weight: number }[];
    readonly gates: readonly { readonly name: string; readonly optional?: true }[];
    readonly setWeight: string;
  };
  expect(plan.steps.map(({ weight }) => weight)).toEqual([5, 25, 50, 100]);
  expect(plan.gates.filter(({ optional }) => optional === undefined).map(({ name }) => name)).toEqual([
    'errors',
    'p99 in ms',
  ]);
  expect(plan.setWeight).toContain('{canary}');
  expect(textOf('rollout/argo.yaml')).toContain('setWeight: 25');
});

it('warms a model of integers up with zeros, which are in every table', () => {
  const { textOf } = bundleOf(
    {
      nodes: [node('Gather', ['table', 'id'], ['y'])],
      initializers: [floatTensor('table', [3, 2], [1, 2, 3, 4, 5, 6]), int64Tensor('unused', [1], [0])],
      inputs: [valueInfo('id', ['N'], DataType.int64)],
      outputs: [valueInfo('y', ['N', 2])],
    },
    independent,
  );
  expect(textOf('models/m/config.pbtxt')).toContain(
    'key: "id" value: { data_type: TYPE_INT64 dims: [ 1 ] zero_data: true }',
  );
});
