/** Tests the refusals and endings of `search` through the shell. `runtime/node/run-search.test.ts` tests its results, in one process. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runHere } from './testing/run-here';

const root = fileURLToPath(new URL('..', import.meta.url));

const pareto = (...given: readonly string[]) => runHere(root, ...given);

describe('pareto search', () => {
  it('refuses limits and goals that it does not know, before anything is read', async () => {
    expect(await pareto('search', 'm.onnx', '--limit', 'size=1')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('accuracyLoss') as string,
    });
    expect((await pareto('search', 'm.onnx', '--goal', 'fame')).stderr).toMatch(
      /--goal must be one of size, latency, accuracy/,
    );
    expect((await pareto('search', 'm.onnx', '--ep', 'webgpu')).stderr).toMatch(/--ep webgpu needs a browser/);
    expect((await pareto('search', 'm.onnx', '--ep', 'compiled')).stderr).toMatch(/--ep compiled .* pareto compile/);
    expect((await pareto('search', 'm.onnx', '--ep', 'cuda')).stderr).toMatch(/--ep must be one of wasm, /);
  });

  it('says how to continue when time ran out', async () => {
    const { stdout } = await pareto('search', 'public/samples/digits-mlp.onnx', '--goal', 'size', '--budget-s', '1');
    expect(stdout).toMatch(/Time ran out after .*\. A search with -o can continue: repeat it with --resume\.\n$/);
  });

  it('goes on only from a folder with a search', async () => {
    expect((await pareto('search', 'm.onnx', '--resume')).stderr).toMatch(/-o <folder>/);
    const sample = 'public/samples/digits-mlp.onnx';
    expect((await pareto('search', sample, '--resume', '-o', 'docs')).stderr).toMatch(/search\.json to continue/);
  });
});
