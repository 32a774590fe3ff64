/**
 * Measures how near real kernels come to the roof that `measure-roof.ts` finds, and whether a second measurement finds
 * the same roof. Goals: a large MatMul reaches 90 % of the roof, Add 80 %, and two measurements differ by at most 10 %.
 * It also checks the bottleneck on models whose limit follows from how they are made.
 *
 *     npx tsx bench/roofline.ts [--threads 1]
 */
import { parseArgs } from 'node:util';
import { formatFigures, formatPercent } from '../src/engine/format';
import { floatTensor, graph, model, node, valueInfo } from '../src/engine/onnx/testing/build';
import type { Graph, Model } from '../src/engine/onnx/graph';
import { roofAt, type Limit, type Roof } from '../src/engine/profiling/roofline';
import { measureRoof } from '../src/runtime/benchmark/measure-roof';
import { measureRoofline } from '../src/runtime/benchmark/measure-roofline';
import { blobOfModel } from '../src/runtime/files/model-blob';
import { createNodeHost } from '../src/runtime/node/node-host';
import { printRow, printTitledHead } from './support/print-table';
import { productOf } from '../src/engine/product-of';

const { values } = parseArgs({ options: { threads: { type: 'string', default: '1' } } });
const threads = Number(values.threads);
const { signal } = new AbortController();

type Chain = Pick<Graph, 'nodes' | 'initializers'> & { readonly input: readonly number[] };

/** A chain of nodes from `v0` to the last value. */
function chain({ nodes, initializers, input }: Chain): Model {
  return model(
    graph({
      nodes,
      initializers,
      inputs: [valueInfo('v0', input)],
      outputs: [valueInfo(`v${nodes.length}`, null)],
    }),
  );
}

const filled = (name: string, dims: readonly number[]) =>
  floatTensor(name, dims, new Float32Array(productOf(dims)).fill(0.01));

const repeated = (count: number, op: string, others: readonly string[], attributes = {}) =>
  Array.from({ length: count }, (_, at) => node(op, [`v${at}`, ...others], [`v${at + 1}`], attributes));

const models: readonly { readonly name: string; readonly limit: Limit; readonly made: Model }[] = [
  made('MatMul 512', 'compute', [512, 512], repeated(4, 'MatMul', ['w']), [filled('w', [512, 512])]),
  made('MatMul 128 rows', 'compute', [128, 768], repeated(12, 'MatMul', ['w']), [filled('w', [768, 768])]),
  made('Conv 3×3', 'compute', [1, 64, 56, 56], repeated(4, 'Conv', ['w'], { pads: [1n, 1n, 1n, 1n] }), [
    filled('w', [64, 64, 3, 3]),
  ]),
  made('Conv 1×1', 'compute', [1, 128, 56, 56], repeated(4, 'Conv', ['w']), [filled('w', [128, 128, 1, 1])]),
  made('Erf', 'compute', [1, 1_000_000], repeated(4, 'Erf', []), []),
  made('MatMul of one row', 'memory', [1, 4096], repeated(3, 'MatMul', ['w']), [filled('w', [4096, 4096])]),
  made('Add', 'memory', [4_000_000], repeated(24, 'Add', ['v0']), []),
  made('Transpose', 'memory', [2000, 2000], repeated(16, 'Transpose', []), []),
  made('many small nodes', 'overhead', [1, 8], repeated(400, 'Sin', []), []),
  made('one small node', 'overhead', [1, 8], repeated(1, 'Relu', []), []),
];

function made(
  name: string,
  limit: Limit,
  input: readonly number[],
  nodes: Graph['nodes'],
  initializers: Graph['initializers'],
) {
  return { name, limit, made: chain({ nodes, initializers, input }) };
}

const roofs: Roof[] = [];
for (let time = 0; time < 2; time++) {
  roofs.push(await measureRoof(signal, createNodeHost(), { ep: 'wasm', threads }, () => undefined));
}
const [roof] = roofs as [Roof, Roof];
printTitledHead('Roofs', 'measured', 'GFLOP/s', 'GB/s', 'node start, µs');
for (const [time, one] of roofs.entries()) {
  printRow(String(time + 1), ...[one.peakGflops, one.bandwidthGbps, one.launchMs * 1000].map(formatFigures));
}

const [first, second] = roofs as [Roof, Roof];
const furthest = (['peakGflops', 'bandwidthGbps', 'launchMs'] as const).map((key) =>
  Math.max(first[key] / second[key], second[key] / first[key]),
);
printRow('difference', ...furthest.map((ratio) => formatPercent(ratio - 1, 0)));

printTitledHead('Models whose limit is known', 'model', 'limit', 'found', 'share', 'of the roof');
let right = 0;
for (const { name, limit, made: one } of models) {
  const files = { model: blobOfModel(one), name, externalData: [] };
  const request = { files, ep: 'wasm', threads, freeDimensions: {}, seed: 0, roof } as const;
  const { bottleneck, roofline } = await measureRoofline(signal, createNodeHost(), request, () => undefined);
  if (bottleneck?.limit === limit) right++;
  const [slowest] = roofline.nodes;
  const { gflops = null, intensity = null } = slowest ?? {};
  const reached = gflops === null || !intensity ? '–' : formatPercent(gflops / roofAt(roof, intensity), 0);
  printRow(name, limit, bottleneck?.limit ?? 'none', formatPercent(bottleneck?.share ?? 0, 0), reached);
}
console.log(`\n${right} of ${models.length} are right.`);
