/** `compare` as people run it. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { renameGraph } from '../src/engine/onnx/rename-values';
import { graph, model as testModel, node, valueInfo } from '../src/engine/onnx/testing/build';
import { expectDocumentedKeys } from './testing/documented-keys';
import { hurryClock } from './testing/hurry-clock';
import { runHere } from './testing/run-here';

const root = fileURLToPath(new URL('..', import.meta.url));
const model = join(root, 'public/samples/digits-mlp.onnx');
const data = ['--data', join(root, 'public/samples/digits-evaluation.npz'), '--limit', '50'];
let folder = '';
let int8 = '';
let half = '';

const pareto = (...given: readonly string[]) => runHere(root, ...given);

beforeAll(() => hurryClock(8));
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-compare-'));
  [int8, half] = [join(folder, 'int8.onnx'), join(folder, 'half.onnx')];
  await pareto('optimize', model, '-o', int8, '--pass', 'quantize-dynamic');
  await pareto('optimize', model, '-o', half, '--pass', 'convert-float16');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Compared {
  readonly model: { readonly name: string; readonly sizeBytes: number; readonly macs: number };
  readonly variants: readonly {
    readonly name: string;
    readonly sizeBytes: number;
    readonly outputMatch: { readonly sqnrDb: number; readonly inputs: string; readonly samples: number };
    readonly comparison: readonly { readonly ratio: number }[];
    readonly difference: { readonly same: number; readonly onlyB: readonly unknown[] };
    readonly evaluation?: { readonly metrics: { readonly top1: { readonly value: number } } };
  }[];
}

describe('pareto compare', () => {
  it('measures, evaluates and diffs files against the original', async () => {
    const { status, stdout, stderr } = await pareto('compare', model, int8, half, ...data, '--json');
    expect([status, stderr]).toEqual([0, '']);
    expectDocumentedKeys('compare', stdout);
    const result = JSON.parse(stdout) as Compared;
    expect(result.model).toMatchObject({ name: 'digits-mlp.onnx', sizeBytes: statSync(model).size });
    expect(result.model.macs).toBeGreaterThan(5_000);
    expect(result.variants.map(({ name }) => name)).toEqual(['int8.onnx', 'half.onnx']);
    for (const { sizeBytes, outputMatch, comparison, difference, evaluation } of result.variants) {
      expect(sizeBytes).toBeLessThan(result.model.sizeBytes);
      expect(outputMatch).toMatchObject({ inputs: 'data', samples: 50 });
      expect(outputMatch.sqnrDb).toBeGreaterThan(15);
      expect(comparison[0]?.ratio).toBeGreaterThan(0);
      expect(difference.onlyB.length).toBeGreaterThan(0);
      expect(evaluation?.metrics.top1.value).toBeGreaterThan(0.9);
    }
  });

  it('shows a table, without data on random inputs', async () => {
    const { status, stdout } = await pareto('compare', model, int8);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^int8\.onnx +.*−\d+\s%.*output error [\d.]+\s%/m);
    expect(stdout).toMatch(/^int8\.onnx: \d+ nodes unchanged, /m);
    expect(stdout).toMatch(/Outputs compared on \d+ random inputs?;/);
  });

  it('warns of labels that contradict the original, once for both models', async () => {
    const reversed = ['--classes', '9,8,7,6,5,4,3,2,1,0'];
    const { status, stderr } = await pareto('compare', model, int8, ...data, ...reversed);
    expect(status).toBe(0);
    expect(stderr.match(/with another class order/g)).toHaveLength(1);
  });

  it('matches outputs with other names by their order and shape, as evaluate does', async () => {
    const renamed = join(folder, 'renamed.onnx');
    const decoded = decodeModel(new MemorySource(readFileSync(int8)));
    const main = decoded.graph!;
    const names = new Map([[main.outputs[0]!.name!, '24']]);
    writeFileSync(renamed, joinParts(encodeModel({ ...decoded, graph: renameGraph(main, names) })));
    for (const command of [
      ['compare', model, renamed],
      ['evaluate', renamed, '--against', model],
    ]) {
      const { status, stdout, stderr } = await pareto(...command, ...data, '--json');
      expect([status, stderr]).toEqual([0, expect.stringContaining('by order and shape: “24” is')]);
      expect(stdout).toContain('"sqnrDb"');
    }
  });

  it('names the input or output that differs, and measures nothing', async () => {
    const other = join(folder, 'other.onnx');
    const [inputs, outputs] = [[valueInfo('x', [1, 64])], [valueInfo('y', [1, 64])]];
    const nodes = [node('Relu', ['x'], ['y'])];
    writeFileSync(other, joinParts(encodeModel(testModel(graph({ inputs, outputs, nodes })))));
    const { status, stdout, stderr } = await pareto('compare', model, int8, other);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^other\.onnx cannot be compared with digits-mlp\.onnx: it has no input “.+”, but one named “x”\./,
    );
  });

  it('names missing arguments', async () => {
    expect((await pareto('compare', model)).stderr).toContain('The model to compare with it is missing.');
    expect((await pareto('compare', model, int8, '--limit', '3')).stderr).toContain('Name the data with --data.');
    expect((await pareto('compare', model, int8, '--budget', 'none')).stderr).toContain('--budget must be one of');
  });
});
