/** `plan` as people run it. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { StructuralPlan } from '../src/engine/passes/pass';
import { runHere } from './testing/run-here';

const root = fileURLToPath(new URL('..', import.meta.url));

const plan = (model: string, ...given: readonly string[]) => runHere(root, 'plan', `public/samples/${model}`, ...given);

describe('pareto plan', () => {
  it('lists the channels that prune-channels would remove, and the reasons for the others', async () => {
    const { status, stdout } = await plan(
      'digits-mlp.onnx',
      '--pass',
      'prune-channels',
      '--set',
      'remove=0.6',
      '--json',
    );
    expect(status).toBe(0);
    const { macs, groups, layers, locked } = JSON.parse(stdout) as StructuralPlan;
    expect(macs.after! / macs.before!).toBeLessThanOrEqual(0.4);
    expect(groups.map(({ id, channels, nodes }) => [id, channels, nodes.length])).toEqual([
      ['graph//layers/layers.0/Gemm', 64, 2],
      ['graph//layers/layers.3/Gemm', 32, 2],
    ]);
    expect(layers).toEqual([
      ...groups.map(({ id, channels, kept }) => ({ path: id, channels, kept })),
      { path: 'graph//layers/layers.5/Gemm', channels: 10, kept: 10 },
    ]);
    expect(locked.map(({ path }) => path)).toEqual(['graph//layers/layers.5/Gemm']);
  });

  it('counts heads of attention as heads', async () => {
    const { stdout } = await plan('fashion-transformer.onnx', '--pass', 'prune-channels');
    expect(stdout).toMatch(/layers\.0\/attention\/query\/MatMul +4 +4 heads +\d/);
    expect(stdout).toMatch(/layers\.0\/expand\/MatMul +2 +288 +\d/);
    expect(stdout).toMatch(/embed\/MatMul +\d+ +96 normalized +96 +A normalization averages over them/);
  });

  it('reports the largest reachable share if the target cannot be met', async () => {
    const given = ['--pass', 'prune-channels', '--set', 'remove=0.95'];
    const { stdout } = await plan('digits-mlp.onnx', ...given, '--json');
    const { macs, reachable } = JSON.parse(stdout) as StructuralPlan;
    expect(1 - macs.after! / macs.before!).toBeCloseTo(reachable!, 2);
    expect((await plan('digits-mlp.onnx', ...given)).stdout).toContain(`ask for ${reachable}`);
  });

  it('tells of passes other than of channels in tables of their own', async () => {
    const { stdout } = await plan('digits-mlp.onnx', '--pass', 'factorize', '--set', 'remove=0.4');
    expect(stdout).toMatch(/layers\.0\/Gemm +svd +\d+ +64/);
  });

  it('reports in words that there is nothing to plan', async () => {
    const { status, stderr } = await plan('digits-mlp.onnx', '--pass', 'simplify');
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('keeps the structure of the model, so there is nothing to plan') as string,
    ]);
  });
});
