/** Tests the refusals and endings of `search` through the shell. `runtime/node/run-search.test.ts` tests its results, in one process. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InputFiles } from './files/input-files';
import { SearchFolder } from './files/search-folder';
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

  it('refuses a folder that another search writes to, and leaves that one alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pareto-search-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const search = ['search', 'public/samples/digits-mlp.onnx', '--budget-s', '1', '-o', folder];
    const other = new SearchFolder(folder, new InputFiles());
    expect(await pareto(...search)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^Another search writes to .* If it was killed, remove .*\.part\.\n$/) as string,
    });
    expect(readdirSync(folder)).toHaveLength(1);
    other.discard();
    expect((await pareto(...search)).status).toBe(0);
  });

  it('refuses a folder that no one can make', async () => {
    const { stderr } = await pareto('search', 'public/samples/digits-mlp.onnx', '--budget-s', '1', '-o', '/proc/zz/y');
    expect(stderr).toMatch(/^\/proc\/zz\/y cannot be written: /);
  });

  it('goes on only from a folder with a search', async () => {
    expect((await pareto('search', 'm.onnx', '--resume')).stderr).toMatch(/-o <folder>/);
    const sample = 'public/samples/digits-mlp.onnx';
    expect((await pareto('search', sample, '--resume', '-o', 'docs')).stderr).toMatch(/search\.json to continue/);
  });
});
