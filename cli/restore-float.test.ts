import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlacementChange } from '../src/engine/analysis/compare-placement';
import { runHere } from './testing/run-here';

const root = fileURLToPath(new URL('..', import.meta.url));
const model = join(root, 'public/samples/digits-mlp.onnx');
let folder = '';

const pareto = (...given: readonly string[]) => runHere(root, ...given);
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-restore-'));
  await pareto('optimize', model, '-o', at('int8.onnx'), '--pass', 'quantize-dynamic');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a quantized model in the shell', () => {
  it('is restored by a pass, and by a goal before its recipe', async () => {
    const restored = await pareto('optimize', at('int8.onnx'), '-o', at('float.onnx'), '--pass', 'restore-float');
    expect(restored.status).toBe(0);
    expect(restored.stdout).toMatch(/Restored \d+ quantized weights to float32\./);
    expect(restored.stdout).toMatch(/WebGPU +[1-9]\d* +0 /);
    expect(statSync(at('float.onnx')).size / statSync(model).size).toBeCloseTo(1, 1);
    const goal = await pareto('optimize', at('int8.onnx'), '-o', at('web.onnx'), '--goal', 'faster-webgpu');
    expect(goal.stdout).toContain('Restores float32, then: float16. Nothing was timed on WebGPU.');
    expect(goal.stdout).toMatch(/Nodes left to the CPU, predicted: WebGPU [1-9]\d* → 0, WebNN \d+ → \d+\./);
    const webnn = await pareto('optimize', at('int8.onnx'), '-o', at('webnn.onnx'), '--goal', 'faster-webnn', '--json');
    const { opsNotOn, passes } = JSON.parse(webnn.stdout) as {
      readonly opsNotOn: PlacementChange;
      readonly passes: readonly { readonly id: string }[];
    };
    expect(passes.map(({ id }) => id)).toEqual(['restore-float', 'fix-dimensions', 'simplify', 'convert-float16']);
    expect(opsNotOn.webnn.original).toBeGreaterThan(0);
    expect([opsNotOn.webgpu.variant, opsNotOn.webnn.variant]).toEqual([0, 0]);
  });

  it('is sent to the pass by those that need floats', async () => {
    const { stdout, stderr } = await pareto(
      'optimize',
      at('int8.onnx'),
      '-o',
      at('x.onnx'),
      '--pass',
      'quantize-weights',
    );
    expect(stdout + stderr).toContain('Run restore-float first.');
  });
});
