import { describe, expect, it } from 'vitest';
import type { CellResult, Comparison, OutputMatch } from '../../metrics/cell';
import { exampleCell } from '../../report/testing/every-state-report';
import { dtypeRecipes, nothingMade, readDtypes, type MadeDtype } from './dtype-recipes';
import { hubConfig, hubPath, readHubConfig, type HubConfig, type HubFile } from './hub-repository';
import { modelCard, type CardFacts } from './model-card';

const match = (sqnrDb: number): OutputMatch => ({
  ...{ identical: false, samples: 8, inputs: 'synthetic', outputs: [], valid: true },
  ...{ sqnrDb, maxAbs: 1, cosine: 0.99 },
});

const comparison: Comparison = {
  ...{ variant: 'q8', ep: 'wasm', ratio: 2, interval: [1.9, 2.1], noiseFloor: 0.03, verdict: 'faster', pairs: 40 },
};

function fileOf(dtype: MadeDtype, sqnrDb: number, change: Partial<HubFile> = {}): HubFile {
  const [recipe] = dtypeRecipes([dtype], {});
  const example = exampleCell({ variant: dtype, ep: 'wasm', medianMs: 8.11, sqnrDb });
  const cell: CellResult = { ...example, flags: [], samplesMs: [], outputMatch: match(sqnrDb) };
  return {
    ...recipe!,
    ...{ part: 'model', path: hubPath('model', dtype), sizeBytes: 1000, dataFiles: 0 },
    measured: { cell, comparison, evaluation: null, failure: null },
    ...change,
  };
}

const configOf = (given: HubConfig, ...files: readonly HubFile[]) =>
  (JSON.parse(hubConfig(given, files)) as Record<string, never>)['transformers.js_config'];

describe('config.json', () => {
  it('has a dtype for WASM and one for WebGPU, each close to the original', () => {
    const files = [fileOf('fp32', 300), fileOf('q8', 32), fileOf('q4', 12)];
    expect(configOf({}, ...files)).toEqual({ dtype: 'q8', device_config: { webgpu: { dtype: 'fp32' } } });
    const close = [fileOf('fp32', 300), fileOf('q8', 15), fileOf('q4', 24)];
    expect(configOf({}, ...close)).toEqual({ dtype: 'fp32', device_config: { webgpu: { dtype: 'q4' } } });
  });

  it('sets a dtype only if every part has its file', () => {
    const decoder = fileOf('fp32', 300, { part: 'decoder_model' });
    expect(configOf({}, fileOf('fp32', 300), fileOf('q8', 40), decoder)).toMatchObject({ dtype: 'fp32' });
  });

  it('keeps other keys and the dtype of the author, unless there is no such file', () => {
    const given = {
      model_type: 'bert',
      'transformers.js_config': { dtype: 'q4', kv_cache_dtype: { q4f16: 'float16' }, use_external_data_format: true },
    };
    expect(JSON.parse(hubConfig(readHubConfig(JSON.stringify(given)), [fileOf('q4', 24)]))).toEqual({
      model_type: 'bert',
      'transformers.js_config': {
        dtype: 'q4',
        kv_cache_dtype: { q4f16: 'float16' },
        device_config: { webgpu: { dtype: 'q4' } },
      },
    });
    expect(configOf(given, fileOf('fp32', 300))).toMatchObject({ dtype: 'fp32' });
  });

  it('counts data files by the name of the model, as transformers.js looks for them', () => {
    const large = fileOf('fp32', 300, { dataFiles: 3 });
    expect(configOf({}, large, fileOf('q4f16', 24))).toMatchObject({
      use_external_data_format: { 'model.onnx': 3 },
    });
  });

  it.each(['[1]', '{', 'null'])('is refused if it is %s', (text) => {
    expect(() => readHubConfig(text)).toThrow(expect.objectContaining({ code: 'bundle/config' }) as Error);
  });
});

describe('files', () => {
  it('are named as transformers.js names them', () => {
    const dtypes: readonly MadeDtype[] = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16'];
    expect(dtypes.map((dtype) => hubPath('model', dtype))).toEqual([
      'onnx/model.onnx',
      'onnx/model_fp16.onnx',
      'onnx/model_quantized.onnx',
      'onnx/model_int8.onnx',
      'onnx/model_uint8.onnx',
      'onnx/model_q4.onnx',
      'onnx/model_q4f16.onnx',
    ]);
    expect(readDtypes(['q4', 'fp32'])).toEqual(['fp32', 'q4']);
    expect(() => readDtypes(['bnb4'])).toThrow('bnb4 is not written, because Pareto has no pass for it.');
    expect(() => readDtypes(['q3'])).toThrow('There is no dtype “q3”.');
  });

  it('leave the arithmetic of MatMulNBits to the runtime of the browser', () => {
    const steps = dtypeRecipes(['q4', 'q4f16'], {}).flatMap(({ recipe }) => recipe.steps);
    const low = steps.filter(({ pass }) => pass === 'quantize-weights');
    expect(low.map(({ options }) => [options.form, options.accuracyLevel])).toEqual([
      ['matmul-nbits', undefined],
      ['matmul-nbits', undefined],
    ]);
  });

  it('have no GatherBlockQuantized, for which the WASM build of transformers.js has no kernel', () => {
    const steps = dtypeRecipes(['q4', 'q4f16'], {}).flatMap(({ recipe }) => recipe.steps);
    const low = steps.filter(({ pass }) => pass === 'quantize-weights');
    expect(low.map(({ options }) => options.tables)).toEqual(['8', '8']);
  });

  it('begin with restore-float if the model is quantized', () => {
    const first = dtypeRecipes(['fp32', 'q4'], { isLowPrecision: true }).map(({ recipe }) => recipe.steps[0]?.pass);
    expect(first).toEqual(['restore-float', 'restore-float']);
  });

  it('are not written if the passes for the precision changed nothing', () => {
    const report = (id: string, count: number) => ({
      ...{ id, options: {}, ms: 1, refusals: [] },
      changes: Array.from({ length: count }, () => ({ path: 'a', op: 'MatMul', what: 'x' })),
    });
    const [fp32, q4f16] = dtypeRecipes(['fp32', 'q4f16'], {});
    expect(nothingMade(fp32!, [])).toBeUndefined();
    const reports = [report('simplify', 3), report('convert-float16', 2)];
    expect(nothingMade(q4f16!, [...reports, report('quantize-weights', 1)])).toBeUndefined();
    expect(nothingMade(q4f16!, [...reports, report('quantize-weights', 0)])).toBe(
      'q4f16 is not written, because quantize-weights found nothing to change.',
    );
  });
});

describe('the model card', () => {
  const facts: CardFacts = {
    files: [fileOf('fp32', 300), fileOf('q8', 32.4)],
    config: hubConfig(readHubConfig(null), [fileOf('fp32', 300), fileOf('q8', 32.4)]),
    original: { name: 'net_v2.onnx', sizeBytes: 4000 },
    device: { browser: 'Node 20', os: 'Linux', threads: 2, ortVersion: '1.30.0' },
    ...{ dataName: null, outputs: ['logits'], left: ['bnb4 is not written.'], pareto: '0.1.0' },
  };

  it('has size, time and loss of each file, and how they were measured', () => {
    const card = modelCard(null, facts);
    expect(card).toMatch(/^---\nlibrary_name: transformers\.js\n---/);
    expect(card).toMatch(
      /\| `q8` \| `onnx\/model_quantized\.onnx` \| int8 \(dynamic, per token\) \| 1\.00\skB \| −75\s% \| .*2\.00× faster \| output error 2\.4\s% \|/u,
    );
    expect(card).toContain('against the original on random inputs');
    expect(card).toContain('onnxruntime-web 1.30.0 on WASM with 2 threads');
    expect(card).toContain('loads `q8`, and `fp32` on WebGPU');
    expect(card).toContain('bnb4 is not written.');
  });

  it('names the default that the author chose', () => {
    const cardOf = (dtype: unknown): string =>
      modelCard(null, { ...facts, config: hubConfig({ 'transformers.js_config': { dtype } }, facts.files) });
    expect(cardOf('fp32')).toContain('loads `fp32`, and `fp32` on WebGPU');
    expect(cardOf({ model: 'q8' })).toContain('loads {"model":"q8"}, and `fp32` on WebGPU');
  });

  it('keeps the text of the author, and is replaced by a later run', () => {
    const own = '---\nlicense: mit\n---\n# Mine\n';
    const once = modelCard(own, facts);
    expect(once.startsWith(own.trimEnd())).toBe(true);
    const twice = modelCard(`${once}\nMore of mine.\n`, { ...facts, pareto: '9.9.9' });
    expect(twice.match(/## Files/g)).toHaveLength(1);
    expect(twice).toContain('Pareto 9.9.9');
    expect(twice).toContain('More of mine.');
  });

  it('names random inputs beside those of the data', () => {
    const onData = { ...match(32.4), inputs: 'data', samples: 20 } as const;
    const ofData = fileOf('q8', 32.4);
    const cell = { ...ofData.measured.cell!, outputMatch: onData };
    const files = [{ ...ofData, measured: { ...ofData.measured, cell } }, fileOf('q4', 21)];
    const card = modelCard(null, { ...facts, files, dataName: 'texts.jsonl' });
    expect(card).toContain('| output error 2.4\u00a0% |');
    expect(card).toContain('| output error 8.9\u00a0%, close (random inputs) |');
    expect(card).toContain('against the original on 20 samples of texts.jsonl');
    const random = modelCard(null, { ...facts, files: [fileOf('q4', 21)], dataName: 'texts.jsonl' });
    expect(random).toContain('against the original on random inputs');
  });

  it('reports missing measurements', () => {
    const measured = { cell: null, comparison: null, evaluation: null, failure: 'q8 was not measured: too large.' };
    const card = modelCard(null, { ...facts, files: [fileOf('q8', 0, { measured })] });
    expect(card).toContain('| not measured | not measured |');
    expect(card).toContain('q8 was not measured: too large.');
    expect(card).not.toMatch(/Times: |Outputs: /);
  });
});
