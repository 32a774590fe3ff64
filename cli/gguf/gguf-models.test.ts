/** GGUF files in place of models, in the shell. tools/golden/make-gguf.py wrote the model and its perplexity. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { partPath } from '../files/part-files';
import { runHere } from '../testing/run-here';

const fixtures = 'src/engine/gguf/fixtures';
const golden = JSON.parse(readFileSync(`${fixtures}/llama.json`, 'utf8')) as {
  readonly texts: readonly string[];
  readonly perplexity: number;
  readonly tokens: number;
};
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-test-'));
  copyFileSync(`${fixtures}/llama.gguf`, join(folder, 'small.gguf'));
  writeFileSync(join(folder, 'texts.jsonl'), golden.texts.map((text) => JSON.stringify({ text })).join('\n'));
  // Converted models lie here, and must be gone.
  vi.stubEnv('TMPDIR', folder);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it('evaluates texts with the tokenizer of the file, and leaves nothing behind', async () => {
  const ran = await runHere(folder, 'evaluate', 'small.gguf', '--data', 'texts.jsonl', '--threads', '1', '--json');
  expect([ran.status, ran.stderr]).toEqual([0, expect.stringContaining('small.gguf is used as small.onnx')]);
  expect(ran.stderr).toContain('Q5_0');
  const { metrics } = JSON.parse(ran.stdout) as { metrics: { perplexity: { value: number; tokens: number } } };
  expect(metrics.perplexity.tokens).toBe(golden.tokens);
  expect(metrics.perplexity.value / golden.perplexity).toBeCloseTo(1, 4);
  expect(readdirSync(folder).toSorted()).toEqual(['small.gguf', 'texts.jsonl']);
});

it('writes it as an ONNX file, and never over the GGUF file', async () => {
  const over = await runHere(folder, 'roundtrip', 'small.gguf', '-o', 'small.gguf');
  expect([over.status, over.stderr]).toEqual([1, expect.stringContaining('is an input of this command')]);
  const written = await runHere(folder, 'roundtrip', 'small.gguf', '-o', 'small.onnx');
  expect(written.status).toBe(0);
  const inspected = await runHere(folder, 'inspect', 'small.onnx', '--json');
  expect(JSON.parse(inspected.stdout)).toMatchObject({ parameters: expect.any(Number) as number });
  expect(readdirSync(folder).some((name) => name.includes('pareto-gguf'))).toBe(false);
});

it('keeps the blocks of the file as they are stored, with the same answers', async () => {
  const written = await runHere(folder, 'roundtrip', 'small.gguf', '-o', 'stored.onnx', '--as-stored', '--json');
  expect([written.status, written.stderr]).toEqual([0, expect.stringContaining('read them as they are')]);
  const ran = await runHere(
    folder,
    ...['evaluate', 'small.gguf', '--variant', 'stored.onnx', '--data', 'texts.jsonl', '--threads', '1', '--json'],
  );
  expect(JSON.parse(ran.stdout)).toMatchObject({ outputMatch: { identical: true } });
  const floats = await runHere(folder, 'roundtrip', 'small.gguf', '-o', 'floats.onnx');
  expect(floats.status).toBe(0);
  const sizes = ['small.gguf', 'stored.onnx', 'floats.onnx'].map((name) => statSync(join(folder, name)).size);
  expect(sizes[1]).toBeLessThan(sizes[2]!);
  for (const name of ['stored.onnx', 'floats.onnx']) rmSync(join(folder, name));
});

it('computes weights for commands that run no file, without a temporary folder', async () => {
  const variant = join(folder, 'small.onnx');
  const there = await runHere(folder, 'roundtrip', 'small.gguf', '-o', 'small.onnx');
  expect(there.status).toBe(0);
  vi.stubEnv('TMPDIR', join(folder, 'none'));
  const run = async (...words: readonly string[]) => {
    const ran = await runHere(folder, ...words);
    expect([words[0], ran.status, ran.stderr]).toEqual([
      words[0],
      0,
      expect.stringContaining('is read as an ONNX model'),
    ]);
    return JSON.parse(ran.stdout) as Record<string, unknown>;
  };
  const inspected = await run('inspect', 'small.gguf', '--json');
  const stored = readFileSync(join(folder, 'small.gguf'));
  expect(inspected).toMatchObject({
    file: { name: 'small.gguf', sizeBytes: stored.length, sha256: createHash('sha256').update(stored).digest('hex') },
  });
  const asFile = JSON.parse((await runHere(folder, 'inspect', 'small.onnx', '--json')).stdout) as Record<
    string,
    unknown
  >;
  for (const key of ['nodes', 'weights', 'duplicateWeights', 'inputs']) expect(inspected[key]).toEqual(asFile[key]);
  expect(await run('diff', 'small.gguf', 'small.onnx', '--json')).toMatchObject({ changed: [], onlyA: [], onlyB: [] });
  await run('plan', 'small.gguf', '--pass', 'prune-channels', '--json');
  const recipe = ['--pass', 'quantize-weights', '--json'];
  await run('optimize', 'small.gguf', '-o', 'from-gguf.onnx', ...recipe);
  expect((await runHere(folder, 'optimize', variant, '-o', 'from-onnx.onnx', ...recipe)).status).toBe(0);
  const [a, b] = ['from-gguf.onnx', 'from-onnx.onnx'].map((name) => readFileSync(join(folder, name)));
  expect(Buffer.compare(a!, b!)).toBe(0);
  const refused = await runHere(folder, 'evaluate', 'small.gguf', '--data', 'texts.jsonl');
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('Set TMPDIR to another folder')]);
  vi.stubEnv('TMPDIR', folder);
});

it('removes files that a killed command left', async () => {
  const { pid } = spawnSync('true');
  const left = partPath(join(folder, 'pareto-gguf')).replace(`-${process.pid}-`, `-${pid}-`);
  mkdirSync(left);
  writeFileSync(join(left, 'large.onnx'), 'x');
  const ran = await runHere(folder, 'evaluate', 'small.gguf', '--data', 'texts.jsonl');
  expect([ran.stderr, existsSync(left)]).toEqual([expect.stringContaining('is used as small.onnx'), false]);
});

it('names the file that it cannot open', async () => {
  writeFileSync(join(folder, 'cut.gguf'), readFileSync(join(folder, 'small.gguf')).subarray(0, 5000));
  const cut = await runHere(folder, 'inspect', 'cut.gguf');
  expect([cut.status, cut.stderr]).toEqual([1, expect.stringMatching(/^cut\.gguf: This GGUF file is damaged/)]);
});

describe('a folder as output', () => {
  it('holds the model, its tokenizer, and the files by which other runtimes open it', async () => {
    const output = `${join(folder, 'made')}/`;
    const { status, stdout } = await runHere(
      folder,
      ...['optimize', 'small.gguf', '-o', output, '--pass', 'quantize-weights', '--json'],
    );
    const { variant, folder: written } = JSON.parse(stdout) as {
      readonly variant: { readonly path: string; readonly sizeBytes: number };
      readonly folder: { readonly files: readonly string[]; readonly notes: readonly string[] };
    };
    expect([status, written.notes, statSync(variant.path).size]).toEqual([0, [], variant.sizeBytes]);
    expect(readdirSync(output).toSorted()).toEqual(
      [...new Set(written.files.map((path) => path.split('/')[0]!))].toSorted(),
    );
    const read = (name: string) => JSON.parse(readFileSync(join(output, name), 'utf8')) as Record<string, object>;
    const { hidden_size: width, 'transformers.js_config': loaded } = read('config.json');
    expect(loaded).toMatchObject({ dtype: 'fp32' });
    expect(read('genai_config.json').model).toMatchObject({
      decoder: {
        hidden_size: width,
        filename: 'onnx/model.onnx',
        inputs: { past_key_names: 'past_key_values.%d.key' },
      },
    });
    expect(read('tokenizer_config.json')).toHaveProperty('eos_token');
    expect(readFileSync(join(output, 'README.md'), 'utf8')).toContain('AutoModelForCausalLM');
    const evaluated = await runHere(folder, 'evaluate', output, '--data', 'texts.jsonl', '--threads', '1', '--json');
    const { metrics } = JSON.parse(evaluated.stdout) as { metrics: { perplexity: { tokens: number } } };
    expect(metrics.perplexity.tokens).toBe(golden.tokens);
  });

  it('is written by roundtrip with the same outputs, and never into a used folder', async () => {
    const output = `${join(folder, 'whole')}/`;
    const { status, stdout } = await runHere(folder, 'roundtrip', 'small.gguf', '-o', output, '--json');
    expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ folder: expect.anything() as object })]);
    const again = await runHere(folder, 'roundtrip', 'small.gguf', '-o', output);
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('is not empty')]);
    const copied = await runHere(folder, 'roundtrip', output, '-o', `${join(folder, 'copy')}/`);
    expect(copied.status).toBe(0);
    expect(readdirSync(join(folder, 'copy')).toSorted()).toEqual(readdirSync(output).toSorted());
  });
});
