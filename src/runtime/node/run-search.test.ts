/** A search on a real model with its data, as far as the first confirmation: what times comes after it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createCalibrationSource } from '../../engine/data/calibration';
import { openDataset } from '../../engine/data/open-dataset';
import { suggestMapping } from '../../engine/data/mapping/suggest-mapping';
import { MemorySource, SourceReadError, type ByteSource } from '../../engine/onnx/byte-source';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { openModel } from '../../engine/recipe/open-model';
import { usualGoal, type SearchObjective } from '../../engine/search/search-goal';
import { afterEvent, resultOf, type SearchEvent, type SearchState } from '../../engine/search/search-journal';
import type { ModelFiles } from '../models/model-files';
import { runSearch } from '../search/run-search';
import type { SearchHost, SearchRequest } from '../search/search-request';
import { createNodePictureDecoder } from './node-picture-decoder';
import { createInProcessSearchHost } from './testing/in-process-search-host';

const sample = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../public/samples/${name}`, import.meta.url)));

/** A file that can be taken away. */
class TakenFile implements ByteSource {
  readonly sizeBytes: number;
  readonly #file: MemorySource;
  readonly #taken: { isTaken: boolean };

  constructor(file: MemorySource, taken: { isTaken: boolean }) {
    this.#file = file;
    this.#taken = taken;
    this.sizeBytes = file.sizeBytes;
  }

  read(start?: number, end?: number): Uint8Array {
    if (this.#taken.isTaken) throw new SourceReadError('digits-calibration.npz');
    return this.#file.read(start, end);
  }

  slice(start: number, end: number): ByteSource {
    return new TakenFile(new MemorySource(this.#file.read(start, end)), this.#taken);
  }
}

async function requestOf(
  host: SearchHost,
  {
    withData,
    techniques,
    taken,
    isNegative,
    ep,
    objective,
  }: Required<Pick<Asked, 'withData' | 'techniques' | 'taken' | 'isNegative' | 'ep' | 'objective'>>,
): Promise<SearchRequest> {
  const bytes = sample('digits-mlp.onnx');
  const name = 'digits-mlp.onnx';
  const opened = openModel({ name, source: new MemorySource(bytes), sha256: '', findData: () => undefined });
  const { inputs } = opened.inspection;
  const open = (file: string) =>
    openDataset([{ path: file, source: new TakenFile(new MemorySource(sample(file)), taken) }], {
      decoder: createNodePictureDecoder(),
      context: host,
    });
  const [dataset, calibrating] = await Promise.all([open('digits-evaluation.npz'), open('digits-calibration.npz')]);
  const { mapping: suggested } = suggestMapping(dataset.description, opened.inspection);
  const fedNegative = Object.entries(suggested.inputs).map(([input, fed]) => [
    input,
    { ...fed, scale: -1, offset: 16 },
  ]);
  const mapping = isNegative ? { ...suggested, inputs: Object.fromEntries(fedNegative) } : suggested;
  const split = { seed: 0, calibration: 64, evaluation: null };
  const calibration = createCalibrationSource(
    { dataset: calibrating, fingerprint: '', mapping, split, inputs, freeDimensions: {} },
    host,
  );
  const indices = Array.from({ length: dataset.description.samples }, (_, index) => index);
  return {
    opened,
    original: { model: new Blob([bytes]), name, externalData: [] },
    goal: { ...usualGoal, objective, budgetMs: 600_000, techniques, ep },
    data: withData ? { dataset, mapping, indices, calibration } : null,
    threads: 1,
    freeDimensions: {},
    basis: 'digits',
    from: null,
  };
}

interface Asked {
  readonly from?: SearchState | null;
  readonly withData?: boolean;
  readonly techniques?: readonly string[];
  /** Makes the data unreadable once it is set. */
  readonly taken?: { isTaken: boolean };
  /** Takes the data away. */
  readonly onEvent?: (told: string) => void;
  readonly endsWith?: string | RegExp;
  /** Pixels are fed as their negative. */
  readonly isNegative?: boolean;
  /**
   * The provider of the timing. Files fail to open there if `failsThere` is true for them; others run on WASM in its
   * place.
   */
  readonly ep?: ExecutionProvider;
  readonly failsThere?: (files: ModelFiles) => boolean;
  readonly objective?: SearchObjective;
}

/** Times on another provider, which Node has not, and takes no time for it. */
function playing(usual: SearchHost['measuring'], failsThere: (files: ModelFiles) => boolean): SearchHost['measuring'] {
  let nowMs = 0;
  return {
    ...usual,
    sessions: {
      open: async (signal, spec) => {
        if (spec.ep !== 'wasm' && failsThere(spec.files))
          throw new Error('requires f16 but the device does not support it');
        return usual.sessions.open(signal, { ...spec, ep: 'wasm' });
      },
    },
    now: () => (nowMs += 500),
  };
}

/**
 * Runs a search that ends with the first event of this kind, and of this candidate if one is named. Returns the events
 * until then, and how it ended.
 */
async function searchUntil(
  last: SearchEvent['kind'] | `${SearchEvent['kind']} ${string}`,
  {
    from = null,
    withData = true,
    techniques = ['simplify', 'weights-8', 'weights-4-gptq'],
    taken = { isTaken: false },
    onEvent = () => undefined,
    isNegative = false,
    endsWith = 'Enough.',
    ep = 'wasm',
    failsThere = () => false,
    objective = 'size',
  }: Asked = {},
) {
  const controller = new AbortController();
  const host = createInProcessSearchHost(controller.signal, (usual) => playing(usual, failsThere));
  let state: SearchState | null = null;
  const percents: number[] = [];
  const told: string[] = [];
  const running = runSearch(
    host,
    { ...(await requestOf(host, { withData, techniques, taken, isNegative, ep, objective })), from },
    {
      event(event) {
        state = afterEvent(state, event);
        told.push('id' in event ? `${event.kind} ${event.id}` : event.kind);
        onEvent(told.at(-1)!);
        if (event.kind === last || told.at(-1) === last) controller.abort(new DOMException('Enough.', 'AbortError'));
      },
      progress: ({ done }) => percents.push(done),
    },
  );
  await expect(running).rejects.toThrow(endsWith);
  return {
    state: state! as SearchState,
    get result() {
      return resultOf(state!);
    },
    percents,
    told,
  };
}

it('finds a smaller model within the limit, and confirms it on other samples after a stop', async () => {
  const stopped = await searchUntil('evaluated weights-4-gptq');
  const { result, percents, told } = await searchUntil('confirmed weights-4-gptq', { from: stopped.state });
  expect(told.filter((each) => each !== 'begun' && stopped.told.includes(each))).toEqual([]);
  expect(told.filter((each) => /made|screened/.test(each))).toEqual([]);
  const best = result.candidates.find(({ id }) => id === result.best)!;
  expect(best.sizeBytes).toBeLessThan(result.originalBytes / 2);
  expect(best.loss).toMatchObject({ of: 'accuracy', samples: 478, inputs: 'data' });
  // The search made no choice for this recipe, so all samples that do not calibrate check it.
  expect(best.confirmed).toMatchObject({
    samples: 797,
    isPlanned: true,
    word: expect.stringMatching(/confirmed|consistent/) as string,
  });
  expect(best.loss!.value).toBeLessThanOrEqual(0.01);
  expect(result.stopReason).toBeNull();
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
});

it('ends with a sentence when the data is taken away, and repeats nothing once it is back', async () => {
  const taken = { isTaken: false };
  const onEvent = (told: string): void => void (taken.isTaken ||= told === 'screened weights-8');
  const techniques = ['simplify', 'weights-8', 'weights-4-gptq', 'weights-4-channels'];
  const broken = await searchUntil('evaluated', { techniques, taken, onEvent, endsWith: /moved, changed or deleted/ });
  // A candidate that could not be made without data stays planned, because its recipe did not fail.
  expect(broken.state.candidates.map(({ id, stage }) => [id, stage])).toEqual([
    ['weights-8', 'screened'],
    ['simplify', 'made'],
    ['weights-4-gptq', 'planned'],
    ['weights-4-channels', 'planned'],
  ]);
  const { told } = await searchUntil('screened weights-4-channels', { techniques, from: broken.state });
  const repeated = told.filter((each) => /^(made|screened)/.test(each));
  expect(repeated.toSorted()).toEqual(
    [
      'made simplify',
      ...['simplify', 'weights-4-gptq', 'weights-4-channels'].map((id) => `screened ${id}`),
      ...['weights-4-gptq', 'weights-4-channels'].map((id) => `made ${id}`),
    ].toSorted(),
  );
});

it('checks first whether the labels contradict the original, and then evaluates by its answers', async () => {
  const { told, state } = await searchUntil('doubted', { isNegative: true });
  expect(told).toEqual(['begun', 'doubted']);
  expect(state.doubt).toMatch(/Accuracy would be/);
  const { result } = await searchUntil('evaluated', { isNegative: true, from: state });
  expect(result.candidates.flatMap(({ loss }) => loss?.of ?? [])).toEqual(['answers']);
  expect(result.doubt).toBe(state.doubt);
});

it('says of a model without data no more than how near its outputs are', async () => {
  const { result } = await searchUntil('evaluated', { withData: false });
  const [first] = result.candidates;
  expect(result.samples).toEqual({ search: 0, confirm: 0 });
  expect(first?.loss).toMatchObject({ of: 'outputs', interval: null, inputs: 'synthetic' });
  expect(result.leftOut).toContainEqual({ id: 'weights-4-gptq', reason: expect.stringContaining('no data') as string });
});

it('gives layers their own bits by the loss of each, measured once even after a stop', async () => {
  const techniques = ['mixed-weights'];
  const first = await searchUntil('layer-measured', { techniques });
  expect(first.told).toEqual(['begun', 'layer-measured']);
  const stopped = await searchUntil('planned', { techniques, from: first.state });
  // One of three layers was measured before.
  expect(stopped.told).toEqual(['begun', 'layer-measured', 'layer-measured', 'layers-measured', 'planned']);
  const { told, state, result } = await searchUntil('mixed', { techniques, from: stopped.state });
  expect(told.filter((each) => /measured/.test(each))).toEqual([]);
  const [measured] = stopped.state.mixings!;
  expect(state.mixings).toEqual([{ ...measured, isOver: true }]);
  const best = result.candidates.find(({ id }) => id === result.best)!;
  expect(best.id).toMatch(/^mixed-weights-/);
  expect(best.confirmed!.word).not.toBe('contradicted');
  expect(best.loss!.value).toBeLessThanOrEqual(0.005);
  // Fewer bytes than 8 bits for every weight.
  expect(best.sizeBytes).toBeLessThan(result.originalBytes / 4);
  // Alike everywhere, or each by its name.
  const { include, bitsByLayer, keepEnds } = best.recipe.steps.find(({ pass }) => pass === 'quantize-weights')!.options;
  expect(keepEnds === false || Object.keys(bitsByLayer!).join() === String(include)).toBe(true);
});

it('continues without candidates that fail on the timed provider, and retries them elsewhere', async () => {
  let original: ModelFiles | undefined;
  const failsThere = (files: ModelFiles) => files !== (original ??= files);
  const techniques = ['weights-8', 'weights-4'];
  const asked = { withData: false, techniques, ep: 'webgpu', failsThere } as const;
  const { told, state } = await searchUntil('left', asked);
  expect(told).toContain('evaluated weights-4');
  const left = state.candidates.find(({ stage }) => stage === 'failed')!;
  expect(left).toMatchObject({ refusedBy: 'webgpu', reason: expect.stringContaining('run on WebGPU') as string });
  expect(left.loss).toBeDefined();
  const { told: onWasm, state: timed } = await searchUntil('timed', { withData: false, techniques, from: state });
  expect(onWasm.filter((each) => /made|evaluated|left/.test(each))).toEqual([]);
  expect(timed.candidates.flatMap(({ timing }) => timing ?? [])).toHaveLength(1);
});

it('reports at once that the original itself does not run on the timed provider', async () => {
  const endsWith = /^The original failed to run on WebGPU: .* Choose another provider\.$/;
  const { told } = await searchUntil('begun', { withData: false, ep: 'webgpu', failsThere: () => true, endsWith });
  expect(told).toEqual([]);
});

it('evaluates the first quick recipe even if the original alone took all of the time', async () => {
  const host = createInProcessSearchHost(new AbortController().signal);
  const asked = { techniques: ['weights-8', 'weights-4'], taken: { isTaken: false }, isNegative: false } as const;
  for (const withData of [true, false]) {
    const request = await requestOf(host, { ...asked, withData, ep: 'wasm', objective: 'size' });
    const goal = { ...request.goal, budgetMs: 1 };
    const { state, best } = await runSearch(
      host,
      { ...request, goal },
      { event: () => undefined, progress: () => undefined },
    );
    expect(state.candidates.map(({ id, reason }) => [id, reason])).toEqual([
      ['weights-8', undefined],
      ['weights-4', 'Not tried: time ran out.'],
    ]);
    expect(state.candidates[0]!.loss).toMatchObject({ of: withData ? 'accuracy' : 'outputs' });
    expect(best?.optimization.variant.sizeBytes).toBeLessThan(state.originalBytes / 2);
  }
});

it('times threads and the form of each recipe before it builds one for speed, and keeps every ratio', async () => {
  const techniques = ['simplify', 'weights-8', 'int8-dynamic', 'int8-static-plain', 'int8-static'];
  const ended = { objective: 'latency', techniques, endsWith: /Enough/ } as const;
  const { state, told } = await searchUntil('set', ended);
  const find = (id: string) => state.candidates.find((each) => each.id === id)!;
  expect(find('weights-8')).toMatchObject({
    stage: 'eliminated',
    reason: expect.stringMatching(/computes the same/) as string,
  });
  expect(told.filter((each) => each.startsWith('made'))).toEqual([]);
  for (const id of ['int8-dynamic', 'int8-static-plain', 'int8-static']) {
    expect(find(id).timing).toMatchObject({ isStandIn: true, ratio: expect.any(Number) as number });
  }
  const timing = expect.objectContaining({ ratio: expect.any(Number) as number }) as object;
  expect(state.settings).toEqual([{ of: 'original', ep: 'wasm', threads: 2, timing }]);
  // Both static forms compute the same, so one stand-in serves both.
  expect(find('int8-static').timing).toEqual(find('int8-static-plain').timing);
});
