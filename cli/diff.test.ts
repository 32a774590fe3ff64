/** `diff` as people run it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelDifference } from '../src/engine/analysis/diff/diff';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import type { Node, Tensor } from '../src/engine/onnx/graph';
import { floatTensor, graph, model as testModel, node, valueInfo } from '../src/engine/onnx/testing/build';
import type { NodeSqnr } from '../src/engine/metrics/node-sqnr';
import { runHere } from './testing/run-here';

const root = fileURLToPath(new URL('..', import.meta.url));
const model = join(root, 'public/samples/digits-mlp.onnx');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-diff-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pareto = (...given: readonly string[]) => runHere(root, ...given);

describe('pareto diff', () => {
  it('finds a model the same as itself', async () => {
    const { status, stdout } = await pareto('diff', model, model);
    expect(status).toBe(0);
    expect(stdout).toContain('The models are equal');
    const json = JSON.parse((await pareto('diff', model, model, '--json')).stdout) as ModelDifference;
    expect(json).toMatchObject({ changed: [], onlyA: [], onlyB: [], model: [] });
    expect(json.same).toBeGreaterThan(3);
  });

  it('shows the changes of a pass, with exit code 0', async () => {
    const variant = join(folder, 'variant.onnx');
    expect((await pareto('optimize', model, '-o', variant, '--pass', 'prune-weights')).status).toBe(0);
    const { status, stdout, stderr } = await pareto('diff', model, variant, '--json');
    expect([status, stderr]).toEqual([0, '']);
    const { changed, onlyA, onlyB } = JSON.parse(stdout) as ModelDifference;
    expect([onlyA, onlyB]).toEqual([[], []]);
    expect(changed.length).toBeGreaterThan(0);
    for (const { a, b, what } of changed) {
      expect(a).toBe(b);
      expect(what).toMatch(/^Weight .+ has other values\.$/);
    }
    expect((await pareto('diff', model, variant)).stdout).toContain(changed[0]!.what);
  });

  it('names a Constant node that came alone by its path', async () => {
    const save = (file: string, nodes: readonly Node[], initializers: readonly Tensor[]): string => {
      const path = join(folder, file);
      const [inputs, outputs] = [[valueInfo('x', [1])], [valueInfo('y', [1])]];
      writeFileSync(path, joinParts(encodeModel(testModel(graph({ inputs, outputs, nodes, initializers })))));
      return path;
    };
    const [weight, add] = [floatTensor('w', [1], [1]), node('Add', ['x', 'w'], ['y'])];
    const constant = node('Constant', [], ['w'], { value: weight });
    const { stdout } = await pareto('diff', save('a.onnx', [add], [weight]), save('b.onnx', [constant, add], []));
    expect(stdout).toMatch(/^\+ {2}Constant {2}graph\/Constant_0$/m);
  });

  it('measures how near the values of a variant are', async () => {
    const variant = join(folder, 'quantized.onnx');
    expect((await pareto('optimize', model, '-o', variant, '--pass', 'quantize-dynamic')).status).toBe(0);
    const data = join(root, 'public/samples/digits-evaluation.npz');
    const { status, stdout, stderr } = await pareto(
      'diff',
      model,
      variant,
      '--sqnr',
      '--data',
      data,
      '--limit',
      '3',
      '--json',
    );
    expect([status, stderr]).toEqual([0, '']);
    const { sqnr, sqnrSamples } = JSON.parse(stdout) as { sqnr: NodeSqnr[]; sqnrSamples: object };
    expect(sqnrSamples).toEqual({ samples: 3, inputs: 'data' });
    const last = sqnr.at(-1)!;
    expect(last.sqnrDb).toBeGreaterThan(15);
    expect(last.sqnrDb).toBeLessThan(60);
    expect((await pareto('diff', model, variant, '--sqnr')).stdout).toMatch(
      /SQNR of \d+ values that both models compute/,
    );
    expect(await pareto('diff', model, variant, '--limit', '3')).toMatchObject({ status: 2 });
    const seeded = await pareto('diff', model, variant, '--sqnr', '--data', 'x.npz', '--seed', '3');
    expect(seeded).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--seed is for random inputs'),
    });
    const withoutData = await pareto('diff', model, variant, '--sqnr', '--preset', 'mnist');
    expect(withoutData).toMatchObject({ status: 2, stdout: '' });
    expect(withoutData.stderr).toContain('--preset describes how data is used. Name the data with --data.');
  });

  it('names missing and wrong arguments', async () => {
    expect(await pareto('diff', model)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('The second model'),
    });
    expect(await pareto('diff', model, join(folder, 'none.onnx'))).toMatchObject({ status: 1 });
    const text = join(folder, 'text.onnx');
    writeFileSync(text, 'not a model');
    expect(await pareto('diff', model, text)).toMatchObject({ status: 1, stdout: '' });
    expect((await pareto('diff', '--help')).stdout).toContain('pareto diff model.onnx simplified.onnx');
  });
});
