/** A folder as it lies on Hugging Face, in the shell: opened as a model, and written as a repository. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../src/engine/onnx/codec/encode';
import { graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build';
import { hurryClock } from '../testing/hurry-clock';
import { runHere } from '../testing/run-here';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/texts/${name}`, import.meta.url));
const golden = JSON.parse(readFileSync(fixture('cases.json'), 'utf8')) as {
  readonly correct: number;
  readonly total: number;
};

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'pareto-hub-'));
  mkdirSync(join(root, 'reviews/onnx'), { recursive: true });
  copyFileSync(fixture('model.onnx'), join(root, 'reviews/onnx/model.onnx'));
  copyFileSync(fixture('model.onnx'), join(root, 'reviews/onnx/model_fp16.onnx'));
  copyFileSync(fixture('tokenizer.json'), join(root, 'reviews/tokenizer.json'));
  writeFileSync(join(root, 'reviews/config.json'), '{ "model_type": "bert", "hidden_size": 32 }');
  writeFileSync(join(root, 'reviews/README.md'), '# Reviews\n');
  writeFileSync(join(root, 'secret.json'), '{}');
  symlinkSync(join(root, 'secret.json'), join(root, 'reviews/special_tokens_map.json'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a folder of Hugging Face', () => {
  it('is opened as its float model, and says so', async () => {
    const { status, stdout, stderr } = await runHere(root, 'inspect', 'reviews', '--json');
    expect([status, (JSON.parse(stdout) as { file: { name: string } }).file.name]).toEqual([0, 'model.onnx']);
    expect(stderr).toMatch(
      /^reviews: onnx\/model\.onnx \(.*\) is the model\. Other precisions of it: onnx\/model_fp16\.onnx .*tokenizer\.json converts texts to tokens\.\n$/,
    );
  });

  it('converts texts with its own tokenizer', async () => {
    const { status, stdout } = await runHere(root, 'evaluate', 'reviews', '--data', fixture('reviews.csv'), '--json');
    const { samples, metrics } = JSON.parse(stdout) as { samples: number; metrics: { top1: { value: number } } };
    expect([status, samples, metrics.top1.value]).toEqual([0, golden.total, golden.correct / golden.total]);
  });

  it('without a model is refused as before', async () => {
    mkdirSync(join(root, 'empty'));
    const { status, stderr } = await runHere(root, 'inspect', 'empty');
    expect([status, stderr]).toEqual([1, expect.stringContaining('empty is a folder. Name the .onnx file in it.')]);
  });
});

interface Bundled {
  readonly files: readonly { readonly path: string }[];
  readonly notes: readonly string[];
  readonly transformersjs: {
    readonly files: readonly {
      readonly dtype: string;
      readonly measured: { readonly failure: string | null; readonly evaluation: { readonly accuracy: object } | null };
    }[];
  };
}

describe('bundle --targets transformersjs', () => {
  beforeAll(() => hurryClock(8));

  it('writes, measures and describes the files that transformers.js loads', async () => {
    const few = readFileSync(fixture('reviews.csv'), 'utf8').split('\n').slice(0, 25).join('\n');
    writeFileSync(join(root, 'reviews.csv'), few);
    const given = ['reviews', '--targets', 'transformersjs', '--dtypes', 'q4', '--data', 'reviews.csv'];
    const { status, stdout, stderr } = await runHere(root, 'bundle', ...given, '-o', 'out', '--json');
    expect([status, stderr]).toEqual([0, expect.stringContaining('special_tokens_map.json is a link')]);
    const { files, transformersjs, notes } = JSON.parse(stdout) as Bundled;
    expect(files.map(({ path }) => path)).toEqual(['README.md', 'config.json', 'onnx/model_q4.onnx', 'tokenizer.json']);
    expect(transformersjs.files).toMatchObject([
      { dtype: 'q4', measured: { failure: null, cell: { ep: 'wasm' }, evaluation: { accuracy: { task: {} } } } },
    ]);
    expect(notes.join(' ')).toMatch(/bnb4 is not written.*AutoTokenizer also needs tokenizer_config\.json/);
    const config = JSON.parse(readFileSync(join(root, 'out/config.json'), 'utf8')) as object;
    expect(config).toMatchObject({
      ...{ model_type: 'bert', hidden_size: 32 },
      'transformers.js_config': { dtype: 'q4', device_config: { webgpu: { dtype: 'q4' } } },
    });
    const card = readFileSync(join(root, 'out/README.md'), 'utf8');
    expect(card).toMatch(/^# Reviews\n[^]*\| `q4` \| `onnx\/model_q4\.onnx` \| 4-bit weights \|/);
    expect(card).toContain('samples of reviews.csv');
    expect(existsSync(join(root, 'out/special_tokens_map.json'))).toBe(false);
    const again = await runHere(root, 'inspect', 'out', '--json');
    const operators = (JSON.parse(again.stdout) as { nodes: { op: string }[] }).nodes.map(({ op }) => op);
    expect(operators).toContain('MatMulNBits');
    expect(operators).not.toContain('GatherBlockQuantized');
  });

  it('refuses a damaged config.json before it makes a file', async () => {
    mkdirSync(join(root, 'damaged'));
    // No file can be made of this model, which would be the error otherwise.
    const [inputs, outputs] = [[valueInfo('x', [1, 4])], [valueInfo('y', [1, 4])]];
    const built = model(graph({ nodes: [node('Relu', ['x'], ['y'])], inputs, outputs }));
    writeFileSync(join(root, 'damaged/model.onnx'), joinParts(encodeModel(built)));
    writeFileSync(join(root, 'damaged/config.json'), '[1]');
    const given = ['damaged', '--targets', 'transformersjs', '--dtypes', 'q4', '-o', 'refused'];
    const bundle = () => runHere(root, 'bundle', ...given);
    expect((await bundle()).stderr).toContain('config.json is not a JSON object');
    writeFileSync(join(root, 'damaged/config.json'), '{}');
    expect((await bundle()).stderr).toContain('quantize-weights found nothing to change');
    expect(existsSync(join(root, 'refused'))).toBe(false);
  });

  it.each([
    ['a dtype that is not made', ['--targets', 'transformersjs', '--dtypes', 'bnb4'], 1, /Pareto has no pass for it/],
    ['dtypes without the target', ['--targets', 'web', '--dtypes', 'q4'], 2, /--dtypes needs --targets transformersjs/],
    ['an unknown target', ['--targets', 'transformers'], 1, /There is no target .*transformersjs/],
    ['a report, which has no effect on these files', ['--targets', 'transformersjs', '--report', 'x'], 2, /--report/],
    ['a name of servers', ['--targets', 'transformersjs', '--name', 'x'], 2, /--name has no effect/],
    ['samples without data', ['--targets', 'transformersjs', '--samples', '5'], 2, /Name the data with --data/],
  ])('refuses %s', async (_, given, status, message) => {
    const ran = await runHere(root, 'bundle', 'reviews', ...given, '-o', 'refused');
    expect([ran.status, ran.stderr.split('\n').at(-2)]).toEqual([status, expect.stringMatching(message)]);
    expect(existsSync(join(root, 'refused'))).toBe(false);
  });
});
