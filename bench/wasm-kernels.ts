/**
 * Measures the table in `wasm-refusals.ts`: the nodes for which the CPU of onnxruntime-web (WASM) has no kernel. It
 * does not open a model that holds such a node.
 *
 *     npx tsx bench/wasm-kernels.ts
 *
 * Opens the node tests of the onnx package as they are, and with every other element type one test of each operator and
 * operator set. Prints the rows of the table and the newest operator set that opens. It takes a minute or two.
 */
import { readFileSync } from 'node:fs';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import type { Model } from '../src/engine/onnx/graph';
import { loadOrtInNode } from '../src/runtime/node/ort';
import { asRow, rowOf, singleNodeModels } from './webgpu-kernels/single-node-models';

const types = 'float32 float64 float16 bfloat16 int8 uint8 int16 uint16 int32 uint32 int64 uint64 bool string'.split(
  ' ',
);
const archive = new URL('../src/engine/onnx/ops/fixtures/operator-shapes.zip', import.meta.url);
const ort = await loadOrtInNode(1);

/** `undefined` if the model is refused for another reason than a missing kernel, which shows nothing. */
async function hasKernel(model: Model): Promise<boolean | undefined> {
  const options = { logSeverityLevel: 4, graphOptimizationLevel: 'disabled' } as const;
  try {
    const session = await ort.InferenceSession.create(joinParts(encodeModel(model)), options);
    await session.release();
    return true;
  } catch (error) {
    // The runtime opened it, and its interface has no such type.
    if (/unsupported data type/.test(String(error))) return true;
    return /Could not find an implementation/.test(String(error)) ? false : undefined;
  }
}

const found = new Map<string, Map<string, Map<number, boolean>>>();
let newest = 0;
for (const model of singleNodeModels(readFileSync(archive))) {
  const own = rowOf(model);
  const [separated] = /[>^]/.exec(own.type) ?? [];
  const byType = found.get(own.op) ?? new Map<string, Map<number, boolean>>();
  found.set(own.op, byType);
  for (const type of new Set([own.type, ...(separated === undefined ? types : [])])) {
    const byOpset = byType.get(type) ?? new Map<number, boolean>();
    byType.set(type, byOpset);
    if (byOpset.get(own.opset)) continue;
    const row = asRow(model, { ...own, type });
    const opens = row && (await hasKernel(row));
    if (opens !== undefined) byOpset.set(own.opset, opens);
    if (opens) newest = Math.max(newest, own.opset);
  }
}
for (const [op, byType] of [...found].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  const byOpset = new Map<number, string[]>();
  for (const [type, opens] of byType) {
    const refused = [...opens].flatMap(([opset, isOpened]) => (isOpened ? [] : [opset]));
    if (refused.length === 0) continue;
    const opset = Math.min(...refused);
    byOpset.set(opset, [...(byOpset.get(opset) ?? []), type]);
  }
  const rows = [...byOpset].toSorted(([a], [b]) => a - b).map(([opset, list]) => `${opset} ${list.join(' ')}`);
  if (rows.length > 0) console.log(`  ${op}: '${rows.join('; ')}',`);
}
console.log(`newest operator set: ${newest}`);
