/** What the search refuses, as people meet it. What it finds is tested in this process: `runtime/node/run-search.test.ts`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

function pareto(...given: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(root, 'cli/pareto.mjs'), ...given], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
}

describe('pareto search', () => {
  it('refuses limits and goals that it does not know, before anything is read', () => {
    expect(pareto('search', 'm.onnx', '--limit', 'size=1')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('accuracyLoss') as string,
    });
    expect(pareto('search', 'm.onnx', '--goal', 'fame').stderr).toMatch(/--goal takes size, latency, accuracy/);
  });
});
