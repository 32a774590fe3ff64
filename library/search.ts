/** Searches for the best variant of a model, on any platform. */
import { version } from '../package.json';
import { rememberSamples } from '../src/engine/data/remembered-dataset';
import { mixedTechniques } from '../src/engine/search/mixed-technique';
import { parseLimits, searchObjectives, timedOn, usualGoal, type SearchGoal } from '../src/engine/search/search-goal';
import { documentOf } from '../src/engine/search/describe-search';
import { techniques } from '../src/engine/search/techniques';
import { runSearch } from '../src/runtime/search/run-search';
import { divideSearchData } from '../src/runtime/search/search-data';
import { createSearchHost } from '../src/runtime/search/search-host';
import type { SearchHost } from '../src/runtime/search/search-request';
import { IdleWorkers } from '../src/runtime/session/idle-workers';
import {
  countOf,
  integerOf,
  providerOf,
  refuseUnknownDimensions,
  refuseUnknownOptions,
  seedOf,
  threadsOf,
  wordOf,
  wordsOf,
} from './check-options';
import type { LibraryHost } from './host';
import { readModelSource, writtenModelOf, type ReadModel } from './model-bytes';
import { openDataFiles, openModelData } from './model-data';
import type { ModelSource, SearchOptions, SearchOutcome } from './types';

const techniqueIds = [...techniques, ...mixedTechniques].map(({ id }) => id);
const mostBudgetMs = 86_400_000;

export async function searchModel(
  source: ModelSource,
  options: SearchOptions,
  host: LibraryHost,
): Promise<SearchOutcome> {
  const known = ['goal', 'limits', 'data', 'calibrationData', 'samples', 'budgetMs', 'techniques', 'ep', 'seed'];
  refuseUnknownOptions(options, [...known, 'threads', 'dimensions']);
  const goal = goalOf(options);
  const threads = threadsOf(options.threads);
  const freeDimensions = options.dimensions ?? {};
  const model = await readModelSource(source, host, { dimensions: freeDimensions });
  refuseUnknownDimensions(freeDimensions, model.opened.model);
  const idle = new IdleWorkers();
  try {
    const device = await host.detectTimedDevice(timedOn(goal));
    const searching = createSearchHost({ ...host, device }, idle);
    const { data, identity } = await openData(model, options, goal.seed, searching, host);
    const basis = { model: model.opened.inspection.file.sha256, 'version of Pareto': version, ...identity };
    const { state, best } = await runSearch(
      searching,
      {
        opened: model.opened,
        original: model.files(),
        goal,
        data,
        threads: threads ?? device.threads,
        freeDimensions,
        basis: JSON.stringify({ ...basis, dimensions: freeDimensions, seed: goal.seed }),
        from: null,
      },
      { event: () => undefined, progress: host.progress },
    );
    const report = documentOf(state);
    const candidate = report.candidates.find(({ id }) => id === report.best);
    if (best === null || candidate === undefined) return { best: null, report };
    return { best: { ...(await writtenModelOf(best.files)), recipe: candidate.recipe }, report };
  } finally {
    idle.end();
  }
}

function goalOf({ goal, limits = {}, budgetMs, techniques: wanted, ep, seed }: SearchOptions): SearchGoal {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return {
    objective: wordOf('goal', goal ?? usualGoal.objective, searchObjectives),
    limits: parseLimits(given.map(([name, value]) => `${name}=${value}`)),
    ...(wanted !== undefined && { techniques: wordsOf('techniques', wanted, techniqueIds) }),
    budgetMs: integerOf('budgetMs', budgetMs, { minimum: 1000, maximum: mostBudgetMs }) ?? usualGoal.budgetMs,
    ...(ep !== undefined && { ep: providerOf(ep) }),
    seed: seedOf(seed) ?? usualGoal.seed,
  };
}

async function openData(
  { opened }: ReadModel,
  { data, calibrationData, samples }: SearchOptions,
  seed: number,
  searching: SearchHost,
  host: LibraryHost,
) {
  if (data === undefined) return { data: null, identity: { data: null, mapping: null, calibration: null } };
  const count = countOf('samples', samples);
  const { dataset, chosen } = await openModelData(data, opened, host);
  const calibrating = calibrationData && rememberSamples(await openDataFiles(calibrationData.files, host));
  return divideSearchData(
    {
      dataset: rememberSamples(dataset),
      calibrating,
      mapping: chosen.mapping,
      inputs: opened.inspection.inputs,
      seed,
      ...(count !== undefined && { countOf: () => count }),
    },
    searching,
  );
}
