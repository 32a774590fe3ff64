/** `benchmark` as people run it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CellResult } from '../src/engine/metrics/cell';

const root = fileURLToPath(new URL('..', import.meta.url));
const model = join(root, 'public/samples/digits-mlp.onnx');
function pareto(...given: readonly string[]) {
  return spawnSync(process.execPath, [join(root, 'cli/pareto.mjs'), ...given], { encoding: 'utf8' });
}

describe('pareto benchmark --per-node', () => {
  it('gives every node that inspect gives, with shares that add up to the whole', () => {
    const { status, stdout, stderr } = pareto('benchmark', model, '--budget', 'quick', '--per-node', '--json');
    expect([status, stderr]).toEqual([0, '']);
    const [cell] = (JSON.parse(stdout) as { cells: CellResult[] }).cells;
    const inspected = JSON.parse(pareto('inspect', model, '--json').stdout) as { nodes: { path: string }[] };
    expect(cell!.nodes!.map(({ path }) => path)).toEqual(inspected.nodes.map(({ path }) => path));
    const { runs, sumMs, unattributed } = cell!.nodeTimes!;
    expect(runs).toBe(12);
    expect(sumMs).toBeGreaterThan(0);
    const shares = [...cell!.nodes!, ...unattributed].map(({ share }) => share ?? 0);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  it('shows the slowest nodes, and none unless asked', () => {
    const asked = pareto('benchmark', model, '--budget', 'quick', '--per-node');
    expect(asked.stdout).toMatch(/original on wasm: \d+ of \d+ nodes ran on their own/);
    expect(asked.stdout).toContain('graph/');
    const plain = pareto('benchmark', model, '--budget', 'quick', '--json');
    const [cell] = (JSON.parse(plain.stdout) as { cells: CellResult[] }).cells;
    expect([cell!.nodes, cell!.nodeTimes]).toEqual([undefined, undefined]);
  });
});
