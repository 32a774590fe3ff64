import { describe, expect, it } from 'vitest';
import { inspect } from '../analysis/inspect';
import { DataType } from '../onnx/data-type';
import type { Model } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import type { OptionValues } from '../passes/option-spec';
import { recipeOf } from '../recipe/recipe';
import type { Report } from '../report/report-schema';
import { everyStateReport, exampleCell } from '../report/testing/every-state-report';
import type { DriftReference } from './drift-reference';
import { checklist } from './checklist';
import { quoted } from '../quoted';
import { untestedBatching, type BatchVerdict } from '../serving/batch-verdict';
import { benchmarkComparison } from './evidence';
import { deploymentName, type DeployFacts } from './deploy-facts';
import { deployTargets, makeBundle } from './make-bundle';

const every = deployTargets.map(({ id }) => id);

function linear(
  input = 'x',
  { op = 'MatMul', dtype = DataType.float32 as number, batch = 'N' as string | number } = {},
): Model {
  return model(
    graph({
      nodes: [node(op, [input, 'weights'], ['y'])],
      initializers: [floatTensor('weights', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8])],
      inputs: [valueInfo(input, [batch, 4], dtype as never)],
      outputs: [valueInfo('y', [batch, 2])],
    }),
  );
}

function factsOf(given: Model, name = 'My Model v2.onnx'): DeployFacts {
  return {
    inspection: inspect(given, { name, sizeBytes: 100, sha256: 'a'.repeat(64) }),
    modelBytes: { plain: 100, gzip: 60, brotli: null },
    externalData: [],
    originalSha256: null,
    recipe: null,
    original: null,
    report: null,
    documents: [],
    recorded: null,
    batching: untestedBatching('no session.'),
    drift: null,
    createdAt: '2026-11-26T00:00:00.000Z',
    pareto: '0.1.0',
    onnxruntimeWeb: '1.30.0',
  };
}

const textOf = (facts: DeployFacts, path: string, targets = every) =>
  makeBundle(facts, targets).files.find((file) => file.path === path)?.text;

describe('makeBundle', () => {
  it('places the model in the Triton and OpenVINO layout, under a valid Kubernetes name', () => {
    const bundle = makeBundle(factsOf(linear()), every);
    expect(bundle).toMatchObject({ name: 'my-model-v2', modelPath: 'models/my-model-v2/1/model.onnx', refused: [] });
    expect(textOf(factsOf(linear()), 'models/my-model-v2/config.pbtxt')).toContain('name: "my-model-v2"');
    expect(new Set(bundle.files.map(({ path }) => path)).size).toBe(bundle.files.length);
    expect(makeBundle(factsOf(linear()), [...every, 'web'])).toEqual(bundle);
  });

  it('joins requests in every target or in none, by the verdict, and says why', () => {
    const verdict = (joining: BatchVerdict['joining']): BatchVerdict => ({
      joining,
      reason: 'Seen\nso.',
      measured: null,
    });
    const facts = (joining: BatchVerdict['joining']) => ({ ...factsOf(linear()), batching: verdict(joining) });
    const batchOf = (joining: BatchVerdict['joining']) =>
      (JSON.parse(textOf(facts(joining), 'server/model.json')!) as { readonly maxBatch: number }).maxBatch;
    for (const joining of ['approximate', 'dependent', 'fixed', 'untested'] as const) {
      expect(batchOf(joining)).toBe(1);
      expect(textOf(facts(joining), 'models/my-model-v2/config.pbtxt')).toMatch(/^# Seen so\.\nmax_batch_size: 0$/m);
      expect(textOf(facts(joining), 'tensorrt/build.sh')).toContain('--maxShapes=x:1x4');
      expect(textOf(facts(joining), 'README.md')).toContain('server/ runs requests one by one: Seen');
    }
    expect(batchOf('independent')).toBe(16);
    expect(textOf(facts('independent'), 'tensorrt/build.sh')).toContain('--maxShapes=x:32x4');
    expect(JSON.parse(textOf(facts('independent'), 'evidence/metadata.json')!)).toMatchObject({
      batching: verdict('independent'),
    });
  });

  it('lists the downloads and imports of a page, and the operators for a smaller runtime', () => {
    const { notes, downloads } = makeBundle(factsOf(linear()), ['web']);
    expect(notes[0]).toMatch(/a page downloads 3\.\d+\sMB = model 60\sbytes \+ runtime 3\.\d+\sMB \(gzip\)\.$/);
    const script = textOf(factsOf(linear()), 'web/run-model.js')!;
    for (const { module } of downloads)
      expect(script).toMatch(new RegExp(`^//   ${module} \\(.* = model 60\\sbytes`, 'm'));
    expect(textOf(factsOf(linear()), 'web/required_operators.config')).toContain('\nai.onnx;17;MatMul\n');
    expect(JSON.parse(textOf(factsOf(linear()), 'evidence/metadata.json')!)).toMatchObject({ downloads });
  });

  it('batches in Triton only if every first dimension is free', () => {
    const batching: BatchVerdict = { joining: 'independent', reason: 'Same outputs.', measured: null };
    const config = (batch: string | number) =>
      textOf({ ...factsOf(linear('x', { batch })), batching }, 'models/my-model-v2/config.pbtxt');
    expect(config('N')).toContain('max_batch_size: 32');
    expect(config('N')).toContain('dims: [ 4 ]');
    expect(config(1)).toContain('max_batch_size: 0');
    expect(config(1)).toContain('dims: [ 1, 4 ]');
    expect(config(1)).not.toContain('dynamic_batching');
  });

  it('refuses an unsupported target and generates the others', () => {
    const { refused, files } = makeBundle(factsOf(linear('x', { op: 'MatMulInteger' })), every);
    expect(refused).toEqual([
      {
        target: 'tensorrt',
        // One advice: the rule gives none of its own.
        reason: expect.stringMatching(
          /does not support the operator MatMulInteger\. \(T1\) Use a float32 variant, or quantize-static with the target tensorrt\.$/,
        ) as string,
      },
      {
        target: 'coreml',
        reason: expect.stringContaining('does not support quantized models (MatMulInteger') as string,
      },
    ]);
    expect(files.some(({ path }) => path.startsWith('server/'))).toBe(true);
    expect(() => makeBundle(factsOf(linear()), ['coffee'])).toThrow('There is no target “coffee”');
  });

  it('refuses bfloat16 for Core ML', () => {
    const bytes = Uint16Array.from({ length: 8 }, () => 0x3f80);
    const stored = createTensor({ name: 'stored', dataType: DataType.bfloat16, dims: [4, 2], bytes });
    const plain = linear().graph!;
    const cast = node('Cast', ['stored'], ['weights'], { to: 1n });
    const given = model({ ...plain, nodes: [cast, ...plain.nodes], initializers: [stored] });
    expect(makeBundle(factsOf(given), every).refused).toEqual([
      { target: 'coreml', reason: expect.stringContaining('no bfloat16') as string },
    ]);
  });

  it('lets no name of the model out of its quotes, nor a file out of its folder', () => {
    const name = '"}\n#`${x}`\u2028\'\\../é';
    const bundle = makeBundle(factsOf(linear(name), '../../"$(reboot)\n.onnx'), every);
    expect(bundle.name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
    for (const { path, text } of bundle.files) {
      expect(path).not.toContain('..');
      if (!path.endsWith('.json')) expect(text).not.toContain(name);
    }
    expect(textOf(factsOf(linear(name)), 'models/my-model-v2/config.pbtxt')).toContain(quoted(name));
    expect(bundle.refused.map(({ target }) => target)).toEqual(['tensorrt']);
  });

  it('monitors drift if data was given, and notes missing data', () => {
    const drift: DriftReference = {
      schema: 'pareto/drift-reference/1',
      samples: 512,
      data: 'digits"\n.npz',
      features: [
        { input: 'x', feature: 'mean', edges: [1], shares: [0.5, 0.5], quantiles: [0, 1, 2], chiSquared: 10.828 },
      ],
    };
    const watched = { ...factsOf(linear()), drift };
    expect(JSON.parse(textOf(watched, 'monitoring/reference.json')!)).toEqual(drift);
    expect(textOf(watched, 'README.md')).toContain('512 samples of "digits\\"\\n.npz"');
    expect(textOf(factsOf(linear()), 'monitoring/reference.json')).toBeUndefined();
    expect(textOf(factsOf(linear()), 'README.md')).toContain('no drift detection');
  });

  it('sets the session option that weights stored as integers need in a page', () => {
    const dequantized = linear('x');
    expect(textOf(factsOf(dequantized), 'web/run-model.js')).not.toContain('disable_quant_qdq');
    const nodes = [node('DequantizeLinear', ['stored', 'scale'], ['weights']), ...dequantized.graph!.nodes];
    const stored = { ...dequantized, graph: { ...dequantized.graph!, nodes, initializers: [] } };
    expect(textOf(factsOf(stored), 'web/run-model.js')).toContain(`disable_quant_qdq: '1'`);
  });

  it('pairs times of the same provider and lists unmatched times alone', () => {
    const facts = factsOf(linear());
    const sides = (...cells: Report['cells']) => {
      const inspection = { ...facts.inspection, file: { ...facts.inspection.file, sha256: 'b'.repeat(64) } };
      const comparison = benchmarkComparison({ ...facts, inspection, report: { ...everyStateReport, cells } });
      const { baseline, optimized } = comparison as Record<'baseline' | 'optimized', Record<string, unknown>>;
      return [baseline, optimized].map(({ execution_provider: ep }) => ep);
    };
    const cell = (variant: string, ep: 'wasm' | 'webgpu') => exampleCell({ variant, ep, medianMs: 5, sqnrDb: 40 });
    const [onWasm, onWebgpu] = [cell('original', 'wasm'), cell('original', 'webgpu')];
    expect(sides(onWasm, onWebgpu, cell('variant-1', 'webgpu'))).toEqual(['webgpu', 'webgpu']);
    expect(sides(onWasm, cell('variant-1', 'webgpu'))).toEqual([null, 'webgpu']);
    expect(sides(onWasm)).toEqual(['wasm', null]);
  });

  it('reports the pruned share, or that it is unknown without a recipe', () => {
    const original = { parameters: 16, flops: null, sizeBytes: 100 };
    const pruned = (...steps: readonly { readonly pass: string; readonly options: OptionValues }[]) => {
      const recipe = steps.length === 0 ? null : recipeOf(steps);
      const facts = { ...factsOf(linear()), originalSha256: 'b'.repeat(64), original, recipe };
      const { optimizations } = JSON.parse(textOf(facts, 'evidence/metadata.json')!) as Record<string, unknown>;
      return (optimizations as { readonly pruning: unknown }).pruning;
    };
    const weights = (options: OptionValues) => ({ pass: 'prune-weights', options });
    expect(pruned()).toBeNull();
    expect(pruned({ pass: 'quantize-dynamic', options: {} })).toBe(0);
    expect(pruned(weights({ amount: 0.3 }))).toBe(0.3);
    expect(pruned(weights({ amount: 0.3, pattern: '2:4' }))).toBe(0.5);
    // 8 of 16 parameters are left, and half of them are zero.
    expect(pruned({ pass: 'prune-channels', options: {} }, weights({ amount: 0.5 }))).toBe(0.75);
  });

  it('ticks only items with evidence', () => {
    const items = checklist(factsOf(linear()), []);
    expect(items).toHaveLength(20);
    expect(items.every(({ state }) => state === 'open')).toBe(true);
    expect(textOf(factsOf(linear()), 'checklist.md')).not.toContain('[x]');
  });

  it('states the time of the original beside which the variant was timed', () => {
    const { everyState, sha256 } = { everyState: everyStateReport, sha256: 'b'.repeat(64) };
    const [first] = everyState.variants;
    const originalCell = everyState.cells.find((cell) => cell.variant === 'original' && cell.ep === 'wasm')!;
    const cells = [originalCell, { ...originalCell, variant: first!.id }];
    const comparisons = [
      {
        ...everyState.comparisons[0]!,
        variant: first!.id,
        original: { medianMs: 2.5, intervalMs: [2.4, 2.6] as [number, number] },
      },
    ];
    const given = factsOf(linear());
    const file = { ...given.inspection.file, sha256 };
    const report = { ...everyState, variants: [{ ...first!, sha256 }], cells, comparisons };
    const items = checklist(
      { ...given, inspection: { ...given.inspection, file }, originalSha256: 'a'.repeat(64), report },
      [],
    );
    expect(items.filter(({ note }) => note?.includes('wasm: '))).toHaveLength(2);
    expect(items.find(({ note }) => note === 'wasm: 2.50 ms')).toBeDefined();
  });

  it('advises int8 products for native servers, and leaves the web alone', () => {
    const lowBit = factsOf(linear('x', { op: 'MatMulNBits' }));
    const notesOf = (facts: DeployFacts, ...targets: readonly string[]) => makeBundle(facts, targets).notes.join(' ');
    expect(notesOf(lowBit, 'fastapi')).toContain('set accuracyLevel=4 of quantize-weights');
    expect(notesOf(lowBit, 'triton')).toContain('On Triton int8 is faster');
    expect(notesOf(lowBit, 'web')).not.toContain('accuracyLevel');
    expect(notesOf(factsOf(linear()), 'fastapi')).not.toContain('accuracyLevel');
    const recipe = recipeOf([{ pass: 'quantize-weights', options: { accuracyLevel: '4' } }]);
    expect(notesOf({ ...lowBit, recipe }, 'fastapi')).not.toContain('accuracyLevel');
  });

  it('names no file in the checklist that the bundle has not', () => {
    const named = /(?:server|monitoring|kubernetes)\/[\w.-]*/g;
    const facts = { ...factsOf(linear()), recorded: { inputs: [], outputs: [] } };
    expect(textOf(facts, 'checklist.md')!.match(named)?.length).toBeGreaterThan(4);
    for (const targets of [[], ['web'], ['monitoring'], ['fastapi'], ['kserve', 'fastapi']]) {
      const { files } = makeBundle(facts, targets);
      const missing = (textOf(facts, 'checklist.md', targets)!.match(named) ?? []).filter((name) =>
        files.every(({ path }) => !path.startsWith(name)),
      );
      expect(missing).toEqual([]);
    }
    expect(textOf(facts, 'checklist.md', ['fastapi'])).toContain('server/load_test.py');
  });
});

it.each([
  ['model.onnx', 'model'],
  ['A--B__c.ONNX', 'a-b-c'],
  ['…', 'model'],
  [`${'x'.repeat(62)}-y.onnx`, 'x'.repeat(62)],
])('names %s %s', (file, name) => expect(deploymentName(file)).toBe(name));
