/** Evaluates recipes for a model and recommends the best, or measures the loss of one layer at a time. */
import * as v from 'valibot';
import { version } from '../../package.json';
import { rememberSamples } from '../engine/data/remembered-dataset';
import { mixedTechniques } from '../engine/search/mixed-technique';
import { searchObjectives, timedOn, usualGoal, type SearchGoal } from '../engine/search/search-goal';
import { documentOf } from '../engine/search/describe-search';
import type { SearchEvent, SearchResult } from '../engine/search/search-journal';
import { techniques } from '../engine/search/techniques';
import type { MadeCandidate } from '../runtime/search/made-candidates';
import { runSearch } from '../runtime/search/run-search';
import { divideSearchData } from '../runtime/search/search-data';
import { createSearchHost } from '../runtime/search/search-host';
import type { SearchHost, SearchRequest } from '../runtime/search/search-request';
import { IdleWorkers } from '../runtime/session/idle-workers';
import { openMappedData } from './data';
import { lossLimits, readLimits } from './evaluate';
import type { RunningHost, WorkModel } from './host';
import * as schema from './request';
import { ownInputs, parseRequest, refuseUnknownDimensions } from './request';

/** Recipes, and the mixture that is chosen layer by layer. */
export const techniqueIds = [...techniques, ...mixedTechniques].map(({ id }) => id);
const mostBudgetMs = 86_400_000;

/** The model and the data of a search, and of a look at its layers. */
export const searchedRequest = v.strictObject({
  model: v.string(),
  /** Absent: outputs are compared on random inputs. */
  data: v.optional(schema.dataRequest),
  /** Calibrates in place of a part of `data`, with the same mapping. */
  calibrationData: v.optional(schema.words),
  samples: schema.samples,
  threads: schema.threads,
  dimensions: schema.dimensions,
});

export type SearchedRequest = v.InferOutput<typeof searchedRequest>;

export const searchRequest = v.strictObject({
  ...searchedRequest.entries,
  goal: v.optional(schema.word(searchObjectives)),
  /** By name, or as `name=value`. */
  limits: lossLimits,
  techniques: v.optional(schema.listOf(schema.word(techniqueIds))),
  budgetMs: v.optional(schema.integer(1000, mostBudgetMs)),
  /** The provider that candidates are timed on. */
  ep: v.optional(schema.provider),
  seed: v.optional(schema.seed),
});

export type SearchModelRequest = v.InferOutput<typeof searchRequest>;

/** The basis of a search: options and files by the names that users know. A search continues on the same basis only. */
export type SearchBasis = Readonly<Record<string, unknown>>;

export interface Searched<Model extends WorkModel = WorkModel> extends Pick<
  SearchRequest,
  'opened' | 'original' | 'data' | 'threads' | 'freeDimensions'
> {
  readonly model: Model;
  /** Without what the search itself adds. */
  readonly basis: SearchBasis;
}

export interface Found {
  readonly result: SearchResult;
  /** `null`: no candidate is within the limits. */
  readonly best: MadeCandidate | null;
}

export interface SearchFollowing {
  event(event: SearchEvent): void;
  /** The results of an earlier search on this basis. Absent: the search is new. */
  resume?(searched: Searched, seed: number): Pick<SearchRequest, 'basis' | 'from' | 'keepsTimings'>;
  /** Called before time is spent. */
  prepared?(host: SearchHost, searched: Searched): Promise<void>;
}

/** Rejects as opening, mapping and `runSearch` do. */
export async function search(value: SearchModelRequest, host: RunningHost, following: SearchFollowing): Promise<Found> {
  const request = parseRequest(searchRequest, value, host.option);
  const goal = searchGoalOf(request);
  const { data, calibrationData, samples, threads, dimensions, model } = request;
  const opening = { model, data, calibrationData, samples, threads, dimensions };
  return withSearched(opening, { seed: goal.seed, ep: timedOn(goal) }, host, async (searching, searched) => {
    const basis = { ...searched.basis, seed: goal.seed };
    const earlier = following.resume?.(searched, goal.seed) ?? { basis: JSON.stringify(basis), from: null };
    await following.prepared?.(searching, searched);
    const { state, best } = await runSearch(
      searching,
      { ...searched, goal, ...earlier },
      { event: (event) => following.event(event), progress: (progress) => host.progress(progress) },
    );
    return { result: documentOf(state), best };
  });
}

export function searchGoalOf({ goal, limits, techniques: wanted, ...rest }: SearchModelRequest): SearchGoal {
  return {
    objective: goal ?? usualGoal.objective,
    limits: readLimits(limits),
    ...(wanted !== undefined && wanted.length > 0 && { techniques: wanted }),
    budgetMs: rest.budgetMs ?? usualGoal.budgetMs,
    ...(rest.ep !== undefined && { ep: rest.ep }),
    seed: rest.seed ?? usualGoal.seed,
  };
}

/** Opens the model and the data, and runs `work` where models can be searched. Workers end with it. */
export async function withSearched<Model extends WorkModel, Value>(
  value: SearchedRequest,
  { seed, ep }: { readonly seed: number; readonly ep: Parameters<RunningHost['detectTimedDevice']>[0] },
  host: RunningHost<Model>,
  work: (searching: SearchHost, searched: Searched<Model>) => Promise<Value>,
): Promise<Value> {
  const request = parseRequest(searchedRequest, value, host.option);
  const freeDimensions = request.dimensions ?? {};
  const model = await host.openModel(request.model, freeDimensions);
  const { opened } = model;
  refuseUnknownDimensions(freeDimensions, ownInputs(opened.model), host.option);
  const idle = new IdleWorkers();
  try {
    const device = await host.detectTimedDevice(ep);
    const { signal, checkpoint, createHash, exclusively, openSessions } = host;
    const searching = createSearchHost({ signal, checkpoint, createHash, exclusively, openSessions, device }, idle);
    const { data, identity } = await openSearchData(request, opened, seed, host, searching);
    const basis = {
      model: opened.inspection.file.sha256,
      'version of Pareto': version,
      ...identity,
      dimensions: freeDimensions,
    };
    const threads = request.threads ?? searching.threads;
    const original = await model.files();
    return await work(searching, { model, opened, original, data, threads, freeDimensions, basis });
  } finally {
    idle.end();
  }
}

async function openSearchData(
  { data: given, calibrationData, samples }: SearchedRequest,
  { inspection: { inputs, outputs } }: WorkModel['opened'],
  seed: number,
  host: RunningHost,
  searching: SearchHost,
) {
  if (given === undefined) return { data: null, identity: { data: null, mapping: null, calibration: null } };
  const { dataset, chosen } = await openMappedData(given, { inputs, outputs }, host);
  const { tokenizer } = given;
  const apart = calibrationData && (await host.openData({ sources: calibrationData, tokenizer })).dataset;
  const request = {
    dataset: rememberSamples(dataset),
    calibrating: apart && rememberSamples(apart),
    mapping: chosen.mapping,
    inputs,
    seed,
    ...(samples !== undefined && { countOf: (all: number) => (samples === 'all' ? all : samples) }),
  };
  return divideSearchData(request, searching);
}
