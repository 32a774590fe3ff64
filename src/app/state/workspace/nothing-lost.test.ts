/** Tests that results survive all actions of a person, or are removed by name. Only workers are simulated. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recipeKey } from '../../../engine/recipe/same-recipe';
import type { Candidate } from '../../../engine/search/candidate';
import { usualGoal } from '../../../engine/search/search-goal';
import type { SearchEvent, SearchState } from '../../../engine/search/search-journal';
import type { Sensitivity } from '../../../engine/search/sensitivity';
import { familiesOf } from '../../../engine/search/technique-families';
import { evaluatedCandidate } from '../../../engine/search/testing/made-candidate';
import { createSeededRandom, type SeededRandom } from '../../../engine/seeded-random';
import type { EvaluateRequest, Jobs, ModelFiles, OpenedModel } from '../../jobs/jobs';
import { forgetAllFiles, keepDataFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import {
  cellOf,
  contextOf,
  dataOf,
  evaluationOf,
  newVariant,
  originalOf,
  recipeOf,
  sweepOf,
} from '../../testing/work-fixtures';
import { evaluateVariants } from '../benchmark/evaluation-actions';
import { jobStore } from '../jobs/job-store';
import { cancelJob, endAllJobs, provideJobs } from '../jobs/job-runner';
import { openModelFiles } from '../models/open-actions';
import { compareFiles } from '../recipe/compare-file';
import { deleteVariant, selectVariant } from '../recipe/variant-actions';
import { measureLayerSensitivity } from '../search/layer-sensitivity';
import { findBest, goOnSearching, removeSearch, showSearch, takeCandidate } from '../search/search-actions';
import { chooseSensitivity } from '../search/sensitivity-choice';
import { readSavedWork, saveableWork } from '../storage/saved-work';
import { answerQuestion, appStore } from '../window/app-store';
import { redo, undo } from './history';
import { recordCell, recordSweep, setFreeDimension } from './measurement-actions';
import { beginWork, documentOf, emptyWork, endWork, workspaceStore, type WorkspaceState } from './workspace-store';

const filesOfModel = (name: string): ModelFiles => ({ model: new Blob([name]), name, externalData: [] });
const state = (): WorkspaceState => workspaceStore.getState();
const searches = ({ search, otherSearches, ongoingSearch }: WorkspaceState): readonly SearchState[] =>
  [search, ...otherSearches, ongoingSearch?.found ?? null].filter((each) => each !== null);

/** Everything that was found and that the page can show: evaluated recipes, variants, measured layers, accuracies and times. */
function facts(now: WorkspaceState): ReadonlySet<string> {
  const ofSearch = (search: SearchState): string[] =>
    search.candidates.flatMap(({ recipe, loss }) => (loss ? [`evaluated ${search.basis} ${recipeKey(recipe)}`] : []));
  const measured = [...Object.values(now.sensitivities), ...(now.ongoingSensitivity ? [now.ongoingSensitivity] : [])];
  return new Set([
    ...searches(now).flatMap(ofSearch),
    ...now.variants.map(({ id, name }) => `variant ${id} ${name}`),
    ...measured.flatMap(({ basis, found }) =>
      found.layers.map(({ path }) => `layer ${basis} ${found.technique} ${found.metric} ${path}`),
    ),
    ...Object.values(now.evaluations).map(({ evaluation }) => `accuracy of ${evaluation.variant}`),
    ...[...Object.keys(now.cells), ...Object.keys(now.sweeps)].map((key) => `times of ${key}`),
  ]);
}

const lostBetween = (before: ReadonlySet<string>, after: ReadonlySet<string>): string[] =>
  [...before].filter((fact) => !after.has(fact));

const aborted = (): DOMException => new DOMException('Canceled.', 'AbortError');
type Ending = 'finished' | 'canceled' | 'failed' | 'reload';

class Person {
  readonly #random: SeededRandom;
  #ending: Ending = 'finished';

  constructor(seed: number) {
    this.#random = createSeededRandom(seed);
  }

  below(count: number): number {
    return Math.floor(this.#random.next() * count);
  }

  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)];
  }

  /** Workers that find something, and then end as it is wished. */
  jobs(): Jobs {
    const made = () => {
      const { optimization, inspection } = newVariant('');
      return { optimization, inspection, files: filesOfModel('made') };
    };
    const searched: Jobs['searches']['search'] = async ({ onProgress, signal }, _files, request) => {
      const tell = (event: SearchEvent): void => onProgress?.(event);
      const recipes = ['a', 'b', 'c', 'd', 'e', 'f'].filter(() => this.below(4) > 0);
      const planned = recipes.map((pass): Candidate => {
        const known = request.from?.candidates.find(({ id }) => id === pass);
        if (known !== undefined) return known;
        const { loss: _loss, screening: _screening, sizeBytes: _size, ...bare } = evaluatedCandidate(pass);
        return { ...bare, recipe: recipeOf(pass), stage: 'planned' };
      });
      const earlier = (request.from?.candidates ?? []).filter(({ id }) => !recipes.includes(id));
      const begun = { goal: request.goal, basis: request.basis, originalBytes: 1000, leftOut: [] };
      const samples = { search: 100, confirm: 50 };
      tell({ kind: 'begun', ...begun, samples, candidates: [...earlier, ...planned] });
      const stopAt = this.below(recipes.length + 1);
      for (const [index, id] of recipes.entries()) {
        if (index === stopAt && this.#ending !== 'finished') await this.#end(signal);
        tell({ kind: 'made', id, sizeBytes: 500 - 50 * index, macs: null });
        tell({ kind: 'screened', id, screening: evaluatedCandidate(id).screening! });
        tell({ kind: 'evaluated', id, loss: evaluatedCandidate(id).loss! });
        tell({ kind: 'confirmed', id, loss: evaluatedCandidate(id).loss! });
      }
      if (this.#ending !== 'finished') await this.#end(signal);
      tell({ kind: 'stopped', reason: this.below(2) === 0 ? 'time' : 'finished', spentMs: 1000 });
      return this.below(3) === 0 ? null : made();
    };
    const sensitivity: Jobs['searches']['sensitivity'] = async ({ onProgress, signal }, _files, asked) => {
      const { technique, metric = 'sqnr', known } = asked;
      const paths = ['p', 'q', 'r'];
      const found = (count: number): Sensitivity => ({
        technique: technique === 'float16' ? 'convert-float16' : 'quantize-weights',
        metric,
        layers: paths
          .filter((path, index) => index < count || known?.layers.some((layer) => layer.path === path))
          .map((path) => ({ path, op: 'Conv', local: { sqnrDb: 30 }, output: { sqnrDb: 20, kl: null } })),
        count: paths.length,
        baseline: { sqnrDb: 10, kl: null },
        samples: 8,
        inputs: 'data',
        isOver: count === paths.length,
        ms: 1,
      });
      const stopAt = this.below(paths.length + 1);
      for (let count = 1; count <= paths.length; count += 1) {
        if (count > stopAt && this.#ending !== 'finished') await this.#end(signal);
        onProgress?.({ kind: 'measured', found: found(count) } as never);
      }
      return found(paths.length);
    };
    const evaluate = async (_job: unknown, _files: unknown, { models }: EvaluateRequest) => {
      if (this.#ending === 'failed') throw new Error('The worker ended.');
      return models.map(({ id }) => evaluationOf(id));
    };
    // Only models with the same outputs can be variants of each other.
    const open = (_job: unknown, [file]: readonly File[]): Promise<OpenedModel> => {
      const { name } = file!;
      const { inspection } = originalOf(name);
      const outputs = [{ name: name.startsWith('other') ? 'z' : 'y', dtype: 'float32', shape: [1] }];
      const sha256 = name
        .charCodeAt(name.length - 6)
        .toString(16)
        .padStart(64, '0');
      const opened = { ...inspection, outputs, file: { ...inspection.file, sha256 } };
      return Promise.resolve({ inspection: opened, files: filesOfModel(name) });
    };
    return {
      searches: { search: searched, sensitivity },
      data: { evaluate },
      models: { open, optimize: () => Promise.resolve(made()), compress: () => new Promise(() => undefined) },
    } as unknown as Jobs;
  }

  /** Opens a file in place of the model, and answers the question if there is one: what closes was named then. */
  async opens(name: string): Promise<[string, Deed]> {
    const before = state().original;
    await this.until('finished', () => {
      openModelFiles([new File([name], name)], []);
      return Promise.resolve();
    });
    await settle();
    const { question } = appStore.getState();
    const answer = this.below(2) === 0;
    answerQuestion(answer);
    await settle();
    await vi.waitUntil(() => jobStore.getState().jobs.length === 0);
    if (state().original === before) return [`open ${name}, ${question?.confirmLabel}: ${answer}`, {}];
    giveData();
    const isNamed = /^Replacing closes its .*measurements/.test(question?.text ?? '');
    return [`open ${name}, replaced`, { isNamed }];
  }

  async #end(signal: AbortSignal): Promise<void> {
    atEnd = facts(state());
    if (this.#ending === 'failed') throw new Error('The worker ended.');
    if (this.#ending === 'canceled') cancelJob();
    else reload();
    if (signal.aborted) throw aborted();
  }

  async until(ending: Ending, begun: () => Promise<void>): Promise<void> {
    this.#ending = ending;
    await begun();
    await vi.waitUntil(() => jobStore.getState().jobs.length === 0);
    // A page that is gone writes nothing more.
    if (ending === 'reload') restore(kept ?? saveableWork(state(), ''));
    kept = null;
  }
}

/** Results at the time when something ended early. */
let atEnd: ReadonlySet<string> = new Set();
/** The storage when the page goes away. */
let kept: ReturnType<typeof saveableWork> = null;

/** Actions load parts of the page on demand. */
async function settle(): Promise<void> {
  await vi.dynamicImportSettled();
  await new Promise((resolve) => setTimeout(resolve, 0));
}

function giveData(): void {
  const data = dataOf();
  keepDataFiles(data.evaluation.key, []);
  workspaceStore.setState({ data });
}

function reload(): void {
  kept = structuredClone(saveableWork(state(), ''));
  endAllJobs();
}

function restore(saved: ReturnType<typeof saveableWork>): void {
  const read = readSavedWork(structuredClone(saved))!;
  expect(read.damaged).toEqual([]);
  const { version: _version, id: _id, savedAt: _savedAt, ...work } = read.work;
  workspaceStore.setState({ ...emptyWork, ...work, missingData: [] });
}

interface Deed {
  /** Parts whose removal was reported. No other part may be missing. */
  readonly removes?: readonly string[];
  readonly isNamed?: boolean;
  readonly keepsSelection?: boolean;
}

const endings = ['finished', 'canceled', 'failed', 'reload'] as const;

/** Takes the step. Each way restores the exact document. */
function stepThereAndBack(step: () => void, back: () => void): void {
  const before = documentOf(state());
  step();
  const after = documentOf(state());
  back();
  expect(documentOf(state())).toEqual(before);
  step();
  expect(documentOf(state())).toEqual(after);
}

/** One thing that a person does, and what it may take away. */
async function act(person: Person): Promise<[string, Deed]> {
  const ending = person.pick(endings)!;
  const objective = person.pick(['size', 'latency', 'accuracy'] as const)!;
  const timedOn = person.below(4) === 0 ? ({ ep: 'webgpu' } as const) : {};
  const goal = { ...usualGoal, objective, families: familiesOf(undefined), ...timedOn };
  switch (person.below(16)) {
    case 0:
    case 1:
      await person.until(ending, () => findBest(goal));
      return [`search, ${ending}`, {}];
    case 2:
      await person.until(ending, goOnSearching);
      return [`go on, ${ending}`, {}];
    case 3:
      if (state().past.length === 0) return ['undo nothing', {}];
      stepThereAndBack(undo, redo);
      return ['undo', { isNamed: true }];
    case 4:
      if (state().future.length === 0) return ['redo nothing', {}];
      stepThereAndBack(redo, undo);
      return ['redo', { isNamed: true }];
    case 5:
      restore(saveableWork(state(), ''));
      return ['reload', { keepsSelection: true }];
    case 6: {
      const variant = person.pick(state().variants);
      if (variant === undefined) return ['remove nothing', {}];
      deleteVariant(variant.id);
      expect(appStore.getState().announcement).toContain(variant.name);
      return ['remove a variant', { removes: [`variant ${variant.id} ${variant.name}`] }];
    }
    case 7: {
      const { search, otherSearches } = state();
      if (search === null || person.below(3) > 0) {
        const shown = person.pick(otherSearches);
        if (shown !== undefined) showSearch(shown);
        return ['show another search', {}];
      }
      const others = facts({ ...state(), search: null });
      const removes = lostBetween(facts(state()), others);
      removeSearch();
      return ['remove a search', { removes }];
    }
    case 8:
      selectVariant(person.pick(['original', ...state().variants.map(({ id }) => id)])!);
      return ['select', {}];
    case 9:
      chooseSensitivity({ technique: person.pick(['4-bit-weights', 'float16']), metric: person.pick(['kl', 'sqnr']) });
      await person.until(ending, measureLayerSensitivity);
      return [`measure sensitivity, ${ending}`, { keepsSelection: true }];
    case 10:
      await person.until(ending === 'failed' ? 'failed' : 'finished', evaluateVariants);
      return ['evaluate', { keepsSelection: true }];
    case 11: {
      const name = person.pick(['u.onnx', 'v.onnx'])!;
      await person.until('finished', () => compareFiles([new File([name], name)]));
      return [`compare with ${name}`, {}];
    }
    case 12:
      return person.opens(person.pick(['w.onnx', 'other-1.onnx', 'other-2.onnx'])!);
    case 13:
      recordCell(cellOf(state().selected, 'wasm'), contextOf());
      recordSweep(sweepOf(state().selected));
      return ['measure times', { keepsSelection: true }];
    case 14: {
      const candidate = person.pick(state().search?.candidates ?? []);
      if (candidate === undefined) return ['make nothing', {}];
      await person.until('finished', () => takeCandidate(candidate.id));
      return ['make a candidate', {}];
    }
    default:
      setFreeDimension('N', 1 + person.below(2));
      return ['change a size', { keepsSelection: true }];
  }
}

describe('nothing that was found is lost', () => {
  beforeEach(() => {
    // The address is all of the browser that showing a screen needs.
    Object.assign(globalThis, { location: { hash: '' } });
    keepFiles(originalFilesKey, filesOfModel('a.onnx'));
    const original = originalOf('a.onnx');
    const outputs = [{ name: 'y', dtype: 'float32', shape: [1] }];
    beginWork({ ...original, inspection: { ...original.inspection, outputs } });
    giveData();
  });

  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'location');
    forgetAllFiles();
    endWork();
    chooseSensitivity({ technique: null, metric: null });
    jobStore.setState({ jobs: [], outcome: null });
  });

  it.each([1, 2, 3, 4, 5])('in 200 things that a person does, seed %i', async (seed) => {
    const person = new Person(seed);
    provideJobs(person.jobs());
    const done: string[] = [];
    let mostVariants = 0;
    for (let count = 0; count < 200; count += 1) {
      const [before, selected, notices] = [facts(state()), state().selected, appStore.getState().announcement];
      atEnd = new Set();
      const [deed, { removes = [], isNamed = false, keepsSelection = false }] = await act(person);
      done.push(deed);
      mostVariants = Math.max(mostVariants, state().variants.length);
      const lost = lostBetween(new Set([...before, ...atEnd]), facts(state())).filter(
        (fact) => !removes.includes(fact),
      );
      // A result that exceeds the limit is named when it is removed.
      const isTold =
        appStore.getState().announcement !== notices && /“.*” was removed/.test(appStore.getState().announcement);
      if (!isNamed && !isTold) expect(lost, done.slice(-8).join(' → ')).toEqual([]);
      if (keepsSelection) expect(state().selected, deed).toBe(selected);
      expect([state().ongoingSearch, state().ongoingSensitivity]).toEqual([null, null]);
    }
    // It was no idle walk.
    expect(new Set(done).size).toBeGreaterThan(20);
    expect(done.some((deed) => deed.startsWith('open ') && !deed.endsWith('true'))).toBe(true);
    expect(mostVariants).toBeGreaterThan(0);
  });

  it('takes an evaluation and a sensitivity back, one step each, and gives them again', async () => {
    provideJobs(new Person(3).jobs());
    const person = new Person(3);
    await person.until('finished', evaluateVariants);
    await person.until('finished', measureLayerSensitivity);
    const found = facts(state());
    expect(state().past.map(({ label }) => label)).toEqual(['Evaluate variants', 'Measure sensitivity']);
    undo();
    expect([...facts(state())]).toEqual(['accuracy of original']);
    undo();
    expect(facts(state()).size).toBe(0);
    redo();
    redo();
    expect(facts(state())).toEqual(found);
  });

  it('keeps a finished search when another is canceled, and takes only that back', async () => {
    const person = new Person(7);
    provideJobs(person.jobs());
    await person.until('finished', () => findBest({ ...usualGoal, families: familiesOf(undefined) }));
    const finished = state().search;
    const { variants } = state();
    await person.until('canceled', () =>
      findBest({ ...usualGoal, objective: 'latency', families: familiesOf(undefined) }),
    );
    expect(state().search).toBe(finished);
    expect(state().otherSearches).toMatchObject([{ stopReason: 'canceled' }]);
    undo();
    expect([state().search, state().otherSearches, state().variants]).toEqual([finished, [], variants]);
    redo();
    expect(state().otherSearches).toHaveLength(1);
    expect(finished?.candidates.filter(({ loss }) => loss !== undefined).length).toBeGreaterThan(0);
  });
});
