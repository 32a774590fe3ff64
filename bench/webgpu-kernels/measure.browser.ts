/**
 * Measures the facts in `webgpu-kernels.ts` again: the operators for which the WebGPU provider of onnxruntime-web has a
 * kernel.
 *
 *     npx vitest run --config bench/webgpu-kernels/vitest.config.ts
 *
 * Opens every node test of the onnx package as it is. For each row of the table it also opens a test that was given the
 * operator set and the element types of the row. The log of the runtime shows where the node runs. Prints rows whose
 * result differs from the table, and fails if there are any. It also prints rows that no test can be made into, and
 * measured operators that the table lacks. To measure a new row, write it into the table. With another version of the
 * runtime, the rows that differ are the changes. Takes a quarter of an hour. Seven rows are not measured, because no
 * test can be made into them: Clip at opset 9, ReduceLogSum and ReduceLogSumExp before 18, Resize of float16,
 * DequantizeLinear of uint2.
 */
import { expect, it } from 'vitest';
import corpusUrl from '../../src/engine/onnx/ops/fixtures/operator-shapes.zip?url';
import { encodeModel, joinParts } from '../../src/engine/onnx/codec/encode';
import type { Model } from '../../src/engine/onnx/graph';
import { webgpuKernels } from '../../src/engine/onnx/ops/provider-support/webgpu-kernels';
import { asRow, rowOf, singleNodeModels, type Row } from './single-node-models';

type Mark = '+' | '-';

/** A failed session spoils the runtime of its worker: the next one gets a new one. */
class Placer {
  #worker: Worker | undefined;

  /** The provider that runs the node of the model; `undefined` if the runtime does not open the model. */
  async place(model: Model): Promise<Mark | undefined> {
    this.#worker ??= new Worker(new URL('./place-nodes.worker.ts', import.meta.url), { type: 'module' });
    const worker = this.#worker;
    const answer = await new Promise<{ readonly lines: readonly string[]; readonly failure?: string }>((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage(joinParts(encodeModel(model)));
    });
    if (answer.failure !== undefined) {
      worker.terminate();
      this.#worker = undefined;
      // The CPU has no kernel either.
      return /Provider type for \w+ node with name .* is not set/.test(answer.failure) ? '-' : undefined;
    }
    const providers = answer.lines.flatMap((line) => /[Nn]odes?(?:\(s\))? placed on \[(\w+)\]/.exec(line)?.[1] ?? []);
    if (providers.length === 0) return undefined;
    return providers.every((provider) => provider === 'WebGpuExecutionProvider') ? '+' : '-';
  }

  close(): void {
    this.#worker?.terminate();
  }
}

const keyOf = ({ op, type, opset }: Row) => `${op} ${type} ${opset}`;

/** The rows of the table, with their marks. */
function tableRows(): ReadonlyMap<string, { readonly row: Row; readonly mark: Mark }> {
  const rows = Object.entries(webgpuKernels).flatMap(([op, text]) =>
    text.split('; ').flatMap((part) => {
      const [type = '', ...marks] = part.split(' ');
      return marks.map((entry) => ({ row: { op, type, opset: parseInt(entry, 10) }, mark: entry.at(-1) as Mark }));
    }),
  );
  return new Map(rows.map((entry) => [keyOf(entry.row), entry]));
}

/** One test is enough if it can be opened. If not, the next ones of the operator are tried. */
const mostTries = 4;

it('finds the kernels that the table has', { timeout: 3_600_000 }, async () => {
  const models = singleNodeModels(new Uint8Array(await (await fetch(corpusUrl)).arrayBuffer()));
  const byOperator = new Map<string, Model[]>();
  for (const model of models) byOperator.set(rowOf(model).op, [...(byOperator.get(rowOf(model).op) ?? []), model]);
  const placer = new Placer();
  const [known, measured] = [tableRows(), new Map<string, { row: Row; mark: Mark }>()];
  const measure = async (row: Row, candidates: readonly (Model | undefined)[]) => {
    if (measured.has(keyOf(row))) return;
    for (const model of candidates.filter((candidate) => candidate !== undefined).slice(0, mostTries)) {
      const mark = await placer.place(model);
      if (mark === undefined) continue;
      measured.set(keyOf(row), { row, mark });
      return;
    }
  };
  for (const model of models) await measure(rowOf(model), [model]);
  for (const { row } of known.values()) {
    // Tests that need the fewest changes come first. Newer operator sets come last, because an older one may not have
    // the same attributes.
    const distance = (model: Model) => {
      const { opset, type } = rowOf(model);
      return Math.abs(opset - row.opset) + (opset > row.opset ? 100 : 0) + (type === row.type ? 0 : 1000);
    };
    const nearest = (byOperator.get(row.op) ?? []).toSorted((a, b) => distance(a) - distance(b));
    await measure(
      row,
      nearest.map((model) => asRow(model, row)),
    );
  }
  placer.close();
  const differing = [...measured].filter(([key, { mark }]) => known.has(key) && known.get(key)!.mark !== mark);
  const missing = [...known.keys()].filter((key) => !measured.has(key));
  const added = [...measured].filter(([key]) => !known.has(key));
  const list = (entries: readonly (readonly [string, { readonly mark: Mark }])[]) =>
    entries.map(([key, { mark }]) => key + mark).join('; ');
  console.log(
    [
      `${known.size} rows in the table, ${known.size - missing.length - differing.length} of them measured again as they are.`,
      `Measured otherwise: ${list(differing) || 'none'}.`,
      `Not measured here: ${missing.join('; ') || 'none'}.`,
      `Not in the table: ${list(added) || 'none'}.`,
    ].join('\n'),
  );
  expect(differing).toEqual([]);
});
