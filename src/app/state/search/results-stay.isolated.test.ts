/** Random sequences of what a person does: a result stays, or the action that removed it is named and can be undone. */
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { recipeKey } from '../../../engine/recipe/same-recipe';
import { usualGoal } from '../../../engine/search/search-goal';
import type { SearchState } from '../../../engine/search/search-journal';
import type { Sensitivity } from '../../../engine/search/sensitivity';
import { evaluatedCandidate } from '../../../engine/search/testing/made-candidate';
import { familiesOf } from '../../../engine/search/technique-families';
import { withFound } from '../../../engine/search/resume-search';
import type { Jobs, OptimizedModel } from '../../jobs/jobs';
import { forgetAllFiles, keepDataFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { cellOf, contextOf, dataOf, evaluationOf, newVariant, originalOf, recipeOf } from '../../testing/work-fixtures';
import { evaluateVariants } from '../benchmark/evaluation-actions';
import { cancelJob, endAllJobs, provideJobs } from '../jobs/job-runner';
import { jobStore } from '../jobs/job-store';
import { deleteVariant, selectVariant } from '../recipe/variant-actions';
import { readSavedWork, saveableWork } from '../storage/saved-work';
import { appStore } from '../window/app-store';
import { redo, undo } from '../workspace/history';
import { recordCell, setFreeDimension } from '../workspace/measurement-actions';
import { beginWork, documentOf, emptyWork, endWork, originalId, workspaceStore } from '../workspace/workspace-store';
import { measureLayerSensitivity } from './layer-sensitivity';
import { findBest, goOnSearching, removeSearch, showSearch, takeCandidate } from './search-actions';
import { chooseSensitivity } from './sensitivity-choice';

const state = () => workspaceStore.getState();
const bytes = (name: string) => ({ model: new Blob([name]), name, externalData: [] });
const { optimization, inspection } = newVariant('');
const made: OptimizedModel = { optimization, inspection, files: bytes('best') };

const recipes = ['simplify', 'quantize-dynamic', 'quantize-weights', 'convert-float16', 'factorize', 'prune-weights'];
const planned = recipes.map((pass) =>
  evaluatedCandidate(pass, { recipe: recipeOf(pass), stage: 'planned', sizeBytes: undefined }),
);

/** The duration of work, and the way in which it ends. */
interface Course {
  readonly end: 'finished' | 'cancelled' | 'crashed' | 'reloaded';
  /** Recipes that are evaluated, or layers that are measured, until then. */
  readonly count: number;
}

let course: Course = { end: 'finished', count: 0 };
/** Work that does not end by itself runs so far. */
let reached: () => void = () => undefined;

function ending<Result>(signal: AbortSignal, result: Result): Promise<Result> {
  if (course.end === 'finished') return Promise.resolve(result);
  if (course.end === 'crashed') return Promise.reject(new Error('The worker ended.'));
  reached();
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

const searches: Pick<Jobs['searches'], 'search' | 'sensitivity'> = {
  search({ onProgress, signal }, _files, { basis, goal, from }) {
    const candidates = from === null ? planned : withFound(planned, from, { goal, keepsTimings: true });
    const samples = { search: 100, confirm: 50 };
    onProgress?.({ kind: 'begun', goal, basis, originalBytes: 1000, samples, candidates, leftOut: [] });
    for (const { id, loss } of planned.slice(0, course.count)) {
      onProgress?.({ kind: 'made', id, sizeBytes: 500, macs: null });
      onProgress?.({ kind: 'evaluated', id, loss: loss! });
    }
    return ending(signal, made);
  },
  sensitivity({ onProgress, signal }) {
    const loss = { sqnrDb: 20, kl: null };
    const layers = Array.from({ length: course.count }, (_, index) => ({
      ...{ path: `layer ${index}`, op: 'Conv', local: { sqnrDb: null }, output: loss, accumulated: loss },
    }));
    const isOver = course.end === 'finished';
    const measured = { layers, count: 6, baseline: loss, samples: 8, inputs: 'data', isOver, ms: 1 } as const;
    const found: Sensitivity = { technique: 'quantize-weights', bits: 4, metric: 'sqnr', ...measured };
    onProgress?.({ kind: 'measured', found });
    return ending(signal, found);
  },
};

/** Everything that a person has found and can see, by name. */
function present(): ReadonlySet<string> {
  const { search, otherSearches, sensitivities, evaluations, cells } = state();
  const all = [...(search === null ? [] : [search]), ...otherSearches];
  return new Set([
    ...all.flatMap(foundIn),
    ...Object.entries(sensitivities).map(([key]) => `sensitivity ${key}`),
    ...Object.keys(evaluations).map((key) => `evaluation ${key}`),
    ...Object.keys(cells).map((key) => `measurement ${key}`),
  ]);
}

function foundIn({ basis, goal, candidates }: SearchState): readonly string[] {
  return candidates.flatMap(({ loss, recipe }) =>
    loss === undefined ? [] : [`${recipeKey(recipe)} ${goal.ep ?? 'wasm'} ${basis}`],
  );
}

async function run(begin: () => Promise<unknown>): Promise<void> {
  const isReached = new Promise<void>((resolve) => (reached = resolve));
  const work = begin();
  await Promise.race([work, isReached]);
  if (course.end === 'cancelled') cancelJob();
  if (course.end === 'reloaded') reload();
  await work;
}

function reload(): void {
  const saved = readSavedWork(structuredClone(saveableWork(state(), '2026-01-01T00:00:00.000Z')));
  expect(saved?.damaged).toEqual([]);
  endAllJobs();
  const { version: _version, id: _id, savedAt: _savedAt, ...work } = saved!.work;
  workspaceStore.setState({ ...emptyWork, ...work });
}

const actions = {
  search: () => run(() => findBest({ ...usualGoal, families: familiesOf(undefined) })),
  'search on WebGPU': () => run(() => findBest({ ...usualGoal, families: familiesOf(undefined), ep: 'webgpu' })),
  'go on': () => run(() => goOnSearching()),
  'take a candidate': () => takeCandidate(recipes[course.count % recipes.length]!),
  'measure sensitivity': () => run(() => measureLayerSensitivity()),
  evaluate: () => evaluateVariants(),
  'measure time': () => recordCell(cellOf(state().selected, 'wasm'), contextOf()),
  'select a variant': () => selectVariant(state().variants[course.count]?.id ?? originalId),
  'delete a variant': () => deleteVariant(state().variants[course.count]?.id ?? ''),
  'show another search': () => showSearch(state().otherSearches[course.count] ?? ({} as SearchState)),
  'remove the search': () => removeSearch(),
  'change a size': () => setFreeDimension('N', course.count),
  reload: () => reload(),
  undo: () => undo(),
  redo: () => redo(),
};
type Action = keyof typeof actions;

/** Results that an action removes by its name, by a notice, or for as long as it is undone. */
function mayRemove(action: Action, before: ReturnType<typeof state>, key: string): boolean {
  if (action === 'undo' || action === 'redo') return true;
  if (action === 'remove the search' && before.search !== null) return foundIn(before.search).includes(key);
  return appStore.getState().notices.some(({ text }) => /^The search .* was removed/.test(text));
}

function expectInverse(action: Action, before: ReturnType<typeof state>): void {
  const isUndo = action === 'undo' && before.past.length > 0;
  const isRedo = action === 'redo' && before.future.length > 0;
  if (!isUndo && !isRedo) return;
  const after = documentOf(state());
  (isUndo ? redo : undo)();
  expect(documentOf(state())).toEqual(documentOf(before));
  (isUndo ? undo : redo)();
  expect(documentOf(state())).toEqual(after);
}

async function act(action: Action): Promise<void> {
  const before = state();
  const seen = present();
  appStore.setState({ notices: [] });
  await actions[action]();
  const now = present();
  const lost = [...seen].filter((key) => !now.has(key) && !mayRemove(action, before, key));
  expect(lost).toEqual([]);
  expect([state().ongoingSearch, state().ongoingSensitivity]).toEqual([null, null]);
  // A search that ran until a recipe was evaluated has a result.
  if (action === 'search' && course.count > 0) expect(now.size).toBeGreaterThan(0);
  expectInverse(action, before);
}

afterEach(() => {
  endAllJobs();
  forgetAllFiles();
  endWork();
  jobStore.setState({ jobs: [], outcome: null });
});

const steps = fc.array(
  fc.record({
    action: fc.constantFrom(...(Object.keys(actions) as Action[])),
    end: fc.constantFrom<Course['end']>('finished', 'cancelled', 'crashed', 'reloaded'),
    count: fc.nat(recipes.length),
  }),
  { minLength: 1, maxLength: 200, size: 'max' },
);

it('keeps what was found through up to 200 random actions, or names what removed it', async () => {
  const checked = fc.assert(
    fc.asyncProperty(steps, async (given) => {
      endAllJobs();
      endWork();
      keepFiles(originalFilesKey, bytes('a.onnx'));
      beginWork(originalOf('a.onnx'));
      const data = dataOf();
      keepDataFiles(data.evaluation.key, []);
      workspaceStore.setState({ data });
      chooseSensitivity({ technique: null, metric: null });
      provideJobs({
        searches,
        models: { compress: () => Promise.resolve(1), optimize: () => Promise.resolve(made) },
        data: {
          evaluate: (_: unknown, __: unknown, { models }: { models: readonly { id: string }[] }) =>
            Promise.resolve(models.map(({ id }) => evaluationOf(id))),
        },
      } as unknown as Jobs);
      for (const { action, ...how } of given) {
        course = how;
        await act(action);
      }
    }),
    { numRuns: 20 },
  );
  await expect(checked).resolves.toBeUndefined();
}, 60_000);
