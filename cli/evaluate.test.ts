/** `evaluate` and `optimize --data` on the samples that ship. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brightnessModel, grayPng, makePictures } from './testing/brightness';
import { runHere } from './testing/run-here';

const root = fileURLToPath(new URL('..', import.meta.url));
const sample = (name: string) => join(root, 'public/samples', name);
const digits = sample('digits-mlp.onnx');
const digitData = sample('digits-evaluation.npz');
const { samples: recordedSamples } = JSON.parse(readFileSync(sample('samples.json'), 'utf8')) as {
  samples: { id: string; data: { recorded: { evaluationTop1: { correct: number; total: number } } } }[];
};
const recorded = recordedSamples.find(({ id }) => id === 'digits-mlp')!.data.recorded.evaluationTop1;

let folder = '';
const inFolder = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-evaluate-'));
  writeFileSync(inFolder('brightness.onnx'), brightnessModel());
  makePictures(inFolder('pictures'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pareto = (...given: readonly string[]) => runHere(folder, ...given);

interface Evaluated {
  readonly samples: number;
  readonly skipped: number;
  readonly metrics: Record<string, { value: number; interval: [number, number] }>;
  readonly recorded?: Match;
}
interface Match {
  readonly sqnrDb: number;
  readonly samples: number;
  readonly identical: boolean;
}
interface EvaluateJson extends Evaluated {
  readonly skippedSamples: { place: string; reason: string }[];
  readonly against?: Evaluated & {
    readonly difference?: { metric: string; value: number; interval: [number, number] };
  };
  readonly outputMatch?: Match;
  readonly data: { fingerprint: string };
  readonly mapping: { inputs: Record<string, { image?: { mean: number[] } }>; labels: unknown };
  readonly ms: number;
}

async function evaluate(...given: readonly string[]): Promise<EvaluateJson> {
  const { status, stdout, stderr } = await pareto('evaluate', ...given, '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as EvaluateJson;
}

/** A TensorProto of float32: dims, data_type, name, raw_data. */
function tensorProto(name: string, dims: readonly number[], values: readonly number[]): Buffer {
  const raw = new Uint8Array(Float32Array.from(values).buffer);
  const length = [...(raw.length < 128 ? [] : [(raw.length % 128) | 0x80]), raw.length >> (raw.length < 128 ? 0 : 7)];
  const head = [...dims.flatMap((size) => [0x08, size]), 0x10, 1, 0x42, name.length, ...Buffer.from(name)];
  return Buffer.from([...head, 0x4a, ...length, ...raw]);
}

describe('evaluate', () => {
  it('finds the accuracy that was recorded in training, without a mapping, and a readable table', async () => {
    const result = await evaluate(digits, '--data', digitData);
    expect(result).toMatchObject({ samples: recorded.total, skipped: 0, skippedSamples: [] });
    expect(result.metrics.top1?.value).toBe(recorded.correct / recorded.total);
    expect(result.metrics.top5!.value).toBeGreaterThan(result.metrics.top1!.value);
    expect(result.data.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(result.ms).toBeGreaterThan(0);
    const { stdout } = await pareto('evaluate', digits, '--data', digitData, '--limit', '100');
    expect(stdout).toContain('Top-1');
    expect(stdout).toContain('100 samples of digits-evaluation.npz');
    expect(stdout).toContain('true ↓ predicted →');
  });

  it('compares with the outputs that test data of ONNX models records, also one model alone', async () => {
    const test = inFolder('brightness/test_data_set_0');
    mkdirSync(test, { recursive: true });
    // Every pixel is 0.75, so the scores are −0.75 + 0.5 and 0.75 − 0.5. The second was recorded an eighth too high.
    // That is too much for the model itself, and unremarkable for a variant.
    writeFileSync(join(test, 'input_0.pb'), tensorProto('image', [1, 1, 8, 8], Array<number>(64).fill(0.75)));
    writeFileSync(join(test, 'output_0.pb'), tensorProto('scores', [1, 2], [-0.25, 0.375]));
    const alone = await evaluate('brightness.onnx', '--data', 'brightness');
    expect(alone).toMatchObject({ samples: 1, skipped: 0, metrics: {} });
    expect(alone.recorded).toMatchObject({ samples: 1, maxAbs: 0.125, identical: false, valid: false });
    expect(alone).not.toHaveProperty('outputMatch');
    const against = await evaluate('brightness.onnx', '--against', 'brightness.onnx', '--data', 'brightness');
    expect(against).toMatchObject({
      outputMatch: { identical: true },
      recorded: { sqnrDb: alone.recorded!.sqnrDb, valid: true },
    });
    expect(against.against?.recorded).toEqual(alone.recorded);
    const { stdout } = await pareto('evaluate', 'brightness.onnx', '--data', 'brightness');
    expect(stdout).toMatch(
      /Outputs of brightness\.onnx against those recorded in the data: wrong\. Output "scores" of the unchanged model is not the recorded output \(11[^]*scores .*0\.125/,
    );
  });

  it('evaluates by the order of classes that it is given, and skips the classes that it lacks', async () => {
    const given = ['brightness.onnx', '--data', 'pictures', '--preset', 'mnist', '--classes'];
    writeFileSync(inFolder('labels.txt'), '0 dark\n1 light\n');
    const right = await evaluate(...given, 'labels.txt');
    expect(right.metrics.top1?.value).toBe(0.95);
    expect(right).toMatchObject({ mapping: { labels: { folders: true, classes: ['dark', 'light'] } }, warnings: [] });
    const some = await evaluate(...given, 'night,light');
    expect(some).toMatchObject({ samples: 10, skipped: 10 });
    expect(some.skippedSamples[0]!.reason).toContain('The label "dark" in "folder" is not one of the 2 classes');
    const none = await pareto('evaluate', ...given, 'a,b');
    expect(none.status).toBe(1);
    expect(none.stderr).toContain('which are "dark" and "light"');
  });

  it('warns of another order of classes on stderr and in the document, and says which to try', async () => {
    const given = ['brightness.onnx', '--data', 'pictures', '--preset', 'mnist', '--classes', 'light,dark', '--json'];
    const { status, stdout, stderr } = await pareto('evaluate', ...given);
    expect(status).toBe(0);
    expect(stderr).toMatch(/Top-1 accuracy is 5\.0\s% .* would be 95\.0\s% .* Try: --classes dark,light\n$/);
    expect(JSON.parse(stdout)).toMatchObject({
      metrics: { top1: { value: 0.05 } },
      warnings: [{ code: 'class-order', classes: ['dark', 'light'] }],
    });
  });

  it('refuses labels of another length than the samples, with both lengths and names', async () => {
    const arrays = unzipSync(readFileSync(digitData));
    const [labels] = Object.keys(arrays).filter((name) => name.startsWith('labels'));
    const bytes = arrays[labels!]!.slice();
    const header = Buffer.from(bytes.subarray(0, 128)).toString('latin1');
    const shortened = header.replace(
      `(${recorded.total},)`,
      `(${recorded.total - 1},)`.padEnd(String(recorded.total).length + 3),
    );
    bytes.set(Buffer.from(shortened, 'latin1'));
    const shorter = bytes.subarray(0, bytes.length - (bytes.length - 128) / recorded.total);
    writeFileSync(inFolder('short.npz'), zipSync({ ...arrays, [labels!]: shorter }));
    const why =
      /The labels are not used: "labels\.npy" in "short\.npz" has 796 rows and ".*" in "short\.npz" has 797 rows/;
    const alone = await pareto('evaluate', digits, '--data', 'short.npz');
    expect(alone.status).toBe(1);
    expect(alone.stderr).toMatch(why);
    const compared = await pareto('evaluate', digits, '--against', digits, '--data', 'short.npz', '--json');
    expect(compared.stderr).toMatch(why);
    expect(JSON.parse(compared.stdout)).toMatchObject({ metrics: {}, outputMatch: { identical: true } });
    writeFileSync(
      inFolder('wants-labels.json'),
      '{"inputs": {"features": {"array": "features"}}, "labels": {"array": "labels"}}',
    );
    const wanted = await pareto('evaluate', digits, '--data', 'short.npz', '--mapping', 'wants-labels.json');
    expect(wanted.stderr).toMatch(why);
  });

  it('compares a variant with the original, with a paired interval and the outputs', async () => {
    const made = await pareto(
      'optimize',
      digits,
      '-o',
      'pruned.onnx',
      '--pass',
      'prune-weights',
      '--set',
      'amount=0.8',
    );
    expect(made.status).toBe(0);
    const result = await evaluate(digits, '--variant', 'pruned.onnx', '--data', digitData);
    expect(result.against?.metrics.top1?.value).toBe(recorded.correct / recorded.total);
    const { value, interval, metric } = result.against!.difference!;
    expect(metric).toBe('top1');
    expect(value).toBeCloseTo(result.metrics.top1!.value - result.against!.metrics.top1!.value, 12);
    expect(interval[0] < value && value < interval[1]).toBe(true);
    expect(result.outputMatch).toMatchObject({ samples: recorded.total, identical: false });
  });

  it('repeats figures with another batch, and changes samples with a seed or an exclusion', async () => {
    const top1 = async (...more: string[]) =>
      (await evaluate(digits, '--data', digitData, '--limit', '200', ...more)).metrics.top1?.value;
    const first = await top1();
    expect(await top1('--batch', '7')).toBe(first);
    const seeded = await evaluate(digits, '--data', digitData, '--limit', '200', '--seed', '3');
    expect(seeded.samples).toBe(200);
    expect(seeded).toMatchObject({ split: { seed: 3, calibration: 0, evaluation: 200 } });
    const left = await evaluate(digits, '--data', digitData, '--leave-out', '500');
    expect(left).toMatchObject({
      samples: recorded.total - 500,
      split: { seed: 0, calibration: 500, evaluation: null },
    });
    const { stdout } = await pareto('evaluate', digits, '--data', digitData, '--leave-out', '500', '--limit', '10');
    expect(stdout).toContain(`Data: 10 of ${recorded.total} evaluated, 500 held out, seed 0.`);
  });

  it('reads a folder with a class per sub-folder, and counts skipped damaged files', async () => {
    const work = inFolder('broken-pictures');
    makePictures(work);
    writeFileSync(join(work, 'dark', '4.png'), grayPng(8, 30).subarray(0, 40));
    writeFileSync(join(work, 'light', 'notes.txt'), 'not a picture');
    const given = ['brightness.onnx', '--preset', 'none'];
    expect((await evaluate(...given, '--data', 'pictures')).samples).toBe(20);
    const result = await evaluate(...given, '--data', 'broken-pictures');
    expect(result).toMatchObject({ samples: 19, skipped: 1 });
    expect(result.skippedSamples[0]?.place).toContain('dark/4.png');
    expect(result.mapping).toMatchObject({ labels: { folders: true } });
    expect((await pareto('evaluate', ...given, '--data', 'broken-pictures')).stdout).toMatch(/Left out.*notes\.txt/);
  });

  it('takes the mapping from a file and from a recipe, and gives the same result', async () => {
    const { mapping, metrics } = await evaluate('brightness.onnx', '--data', 'pictures', '--preset', 'none');
    // Nine of ten bright pictures are bright: with values from 0 to 1 the threshold is between the two.
    const image = { ...mapping.inputs.image?.image, scale: 1 / 255 };
    const scaled = { ...mapping, inputs: { image: { image } } };
    writeFileSync(inFolder('mapping.json'), JSON.stringify(scaled));
    const fromFile = await evaluate('brightness.onnx', '--data', 'pictures', '--mapping', 'mapping.json');
    expect(fromFile.metrics.top1?.value).toBe(0.95);
    expect(metrics.top1?.value).toBe(0.5);
    const data = { mapping: scaled, split: { seed: 0, calibration: 0, evaluation: null } };
    writeFileSync(inFolder('recipe.json'), JSON.stringify({ version: 1, seed: 0, steps: [], data }));
    const fromRecipe = await evaluate('brightness.onnx', '--data', 'pictures', '--recipe', 'recipe.json');
    expect(fromRecipe).toMatchObject({ metrics: fromFile.metrics, mapping: fromFile.mapping, data: fromFile.data });
  });

  it('says when a batch was asked for that the model does not take', async () => {
    writeFileSync(inFolder('fixed.onnx'), brightnessModel(1));
    const { status, stderr } = await pareto('evaluate', 'fixed.onnx', '--data', 'pictures', '--batch', '16');
    expect(status).toBe(0);
    expect(stderr).toContain('--batch 16 was not used: the model ran 1 sample at a time.');
  });

  it('compares outputs if there are no labels', async () => {
    const { features } = Object.fromEntries(
      Object.entries(unzipSync(readFileSync(digitData))).map(([name, bytes]) => [name.replace('.npy', ''), bytes]),
    );
    writeFileSync(inFolder('unlabeled.npz'), zipSync({ 'features.npy': features! }));
    const result = await evaluate(digits, '--against', digits, '--data', 'unlabeled.npz');
    expect(result).toMatchObject({ metrics: {}, samples: recorded.total, outputMatch: { identical: true } });
    const alone = await pareto('evaluate', digits, '--data', 'unlabeled.npz');
    expect(alone).toMatchObject({ status: 1, stdout: '' });
    expect(alone.stderr).toMatch(/has no labels.*--against/);
  });

  it('writes the changed samples as one page without scripts', async () => {
    writeFileSync(inFolder('always-light.onnx'), brightnessModel('N', -0.5));
    makePictures(inFolder('named'));
    renameSync(inFolder('named/dark/0.png'), inFolder('named/dark/<img src=x onerror=alert(1)>.png'));
    const given = ['brightness.onnx', '--variant', 'always-light.onnx', '--data', 'named', '--preset', 'mnist'];
    await evaluate(...given, '--classes', 'dark,light', '--html', 'changed.html');
    const html = readFileSync(inFolder('changed.html'), 'utf8');
    expect(html).toContain('<h1>11 of 20 answers changed: 1 gained, 10 lost</h1>');
    expect(html.match(/<img src="data:image\/png;base64,/g)).toHaveLength(20);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;.png');
    expect(html).not.toMatch(/<script|<img src=x|javascript:/i);
    const alone = await pareto('evaluate', 'brightness.onnx', '--data', 'named', '--html', 'alone.html');
    expect(alone).toMatchObject({ status: 2, stderr: expect.stringContaining('--html needs --against or --variant.') });
    const over = await pareto('evaluate', ...given, '--html', 'brightness.onnx');
    expect(over).toMatchObject({ status: 1, stderr: expect.stringContaining('is an input of this command') });
  });
});

describe('optimize --data', () => {
  it('checks the data and says that no pass used it', async () => {
    const given = ['optimize', digits, '-o', 'out.onnx', '--pass', 'quantize-dynamic', '--data'];
    const { status, stdout } = await pareto(...given, digitData, '--samples', '10', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ data: { name: 'digits-evaluation.npz', samples: 10, used: false } });
    expect((await pareto(...given, digitData)).stdout).toContain('None of these passes calibrates');
    const eightBits = ['--pass', 'quantize-weights', '--set', 'bits=8', '--set', 'method=by-layer'];
    const weightOnly = await pareto('optimize', digits, '-o', 'out.onnx', ...eightBits, '--data', digitData);
    expect(weightOnly.stdout).toContain('None of these passes calibrates');
    const misfit = await pareto(...given, 'pictures');
    expect(misfit).toMatchObject({ status: 1, stdout: '' });
    expect(misfit.stderr).toContain('does not fit the model');
  });
});
