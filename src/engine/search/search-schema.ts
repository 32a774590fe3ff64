/**
 * A search as a document: the part of it that `search.json` and reports hold. It comes from files and links, so nothing
 * of it is trusted.
 */
import { writtenVerdicts } from '../verdict/speed-verdict';
import * as v from 'valibot';
import { outputKinds } from '../data/output-kind';
import { ParetoError } from '../errors';
import { executionProviders } from '../metrics/cell';
import {
  count,
  cutName,
  cutText,
  finite,
  interval,
  name,
  nonNegative,
  share,
  text,
  upTo,
  upToKnown,
} from '../metrics/schema-parts';
import { reportedRecipeSchema } from '../recipe/recipe-schema';
import { searchObjectives } from './search-goal';
import type { SearchResult, SearchState } from './search-journal';

/** A search of hours tries fewer candidates. */
const mostCandidates = 512;
const mostTechniques = 256;
const mostLevels = 16;
const mostOutputs = 1024;
const mostSettings = 64;

const inputs = v.picklist(['data', 'synthetic']);

const kind = v.picklist(outputKinds);
const figure = v.optional(v.object({ value: finite, interval: v.nullable(interval) }));

const loss = {
  of: v.picklist(['accuracy', 'error', 'perplexity', 'answers', 'cosine', 'outputs']),
  value: finite,
  interval: v.nullable(interval),
  samples: count,
  inputs,
  onlyOriginal: v.optional(count),
  onlyVariant: v.optional(count),
  kind: v.optional(kind),
  figures: v.optional(
    v.object({ sqnrDb: figure, cosineLoss: figure, neighborLoss: figure, overlapLoss: figure, stepLoss: figure }),
  ),
};

const timing = v.object({
  medianMs: nonNegative,
  p95Ms: nonNegative,
  ratio: nonNegative,
  interval,
  noiseFloor: nonNegative,
  verdict: v.picklist(writtenVerdicts),
  pairs: v.optional(count),
  original: v.optional(v.object({ medianMs: nonNegative, intervalMs: interval })),
  isStandIn: v.optional(v.literal(true)),
});

const candidateSchema = v.object({
  id: name,
  name,
  recipe: reportedRecipeSchema,
  calibrationSamples: v.optional(count),
  sequence: v.optional(count),
  stage: v.picklist(['planned', 'made', 'screened', 'evaluated', 'timed', 'confirmed', 'eliminated', 'held', 'failed']),
  reason: v.optional(text),
  refusedBy: v.optional(v.picklist(executionProviders)),
  sizeBytes: v.optional(count),
  sha256: v.optional(name),
  macs: v.optional(count),
  integers: v.optional(v.object({ op: name, changed: count, all: count })),
  screening: v.optional(
    v.object({
      sqnrDb: v.nullable(finite),
      klDivergence: v.nullable(finite),
      cosineLoss: v.optional(nonNegative),
      grade: v.picklist(['identical', 'match', 'close', 'noticeable', 'strong', 'wrong', 'not-comparable']),
      samples: count,
      inputs,
    }),
  ),
  loss: v.optional(v.object(loss)),
  timing: v.optional(timing),
  confirmed: v.optional(
    v.object({
      ...loss,
      isPlanned: v.optional(v.boolean()),
      place: v.optional(count),
      word: v.picklist(['confirmed', 'consistent', 'contradicted']),
    }),
  ),
});

/** A search measures fewer layers. */
const mostLayers = 20_000;

const layersSchema = upTo(
  v.object({
    name,
    levels: upTo(
      v.object({ bits: v.picklist([2, 4, 8]), blockSize: count, savedBytes: finite, loss: nonNegative }),
      mostLevels,
    ),
  }),
  mostLayers,
);

const mixingSchema = v.object({
  technique: name,
  isOver: v.boolean(),
  layers: v.optional(layersSchema),
  measured: v.optional(layersSchema),
});

const parts = {
  goal: v.object({
    objective: v.picklist(searchObjectives),
    limits: v.object({
      accuracyLoss: share,
      sqnrDb: v.optional(nonNegative),
      cosineLoss: v.optional(nonNegative),
      neighborLoss: v.optional(share),
      overlapLoss: v.optional(share),
      stepLoss: v.optional(share),
      sizeBytes: v.optional(nonNegative),
      latencyMs: v.optional(nonNegative),
    }),
    budgetMs: nonNegative,
    techniques: v.optional(upTo(name, mostTechniques)),
    ep: v.optional(v.picklist(executionProviders)),
    seed: count,
  }),
  originalBytes: count,
  samples: v.object({ search: count, confirm: count }),
  candidates: upToKnown(candidateSchema, mostCandidates),
  leftOut: upTo(v.object({ id: name, reason: text }), mostTechniques),
  doubt: v.optional(text),
  outputs: v.optional(upTo(v.object({ name, kind, reason: text }), mostOutputs)),
  slowest: v.optional(v.object({ op: name, share, reached: v.nullable(share) })),
  settings: v.optional(
    upTo(
      v.object({ of: name, ep: v.picklist(executionProviders), threads: count, tokens: v.optional(count), timing }),
      mostSettings,
    ),
  ),
  stopReason: v.nullable(v.picklist(['finished', 'time', 'canceled'])),
  spentMs: nonNegative,
};

/** A search in a report: without its basis and the state to resume from, which a link never carries. */
export const searchSchema: v.GenericSchema<unknown, SearchState> = v.pipe(v.object(parts));

/** A search in a file of this machine, whose basis may hold a whole mapping. */
export const searchDocumentSchema: v.GenericSchema<unknown, SearchState> = v.pipe(
  v.object({
    ...parts,
    mixings: v.optional(upTo(mixingSchema, mostTechniques)),
    basis: v.optional(v.string()),
  }),
);

/** A search from the text of `search.json`. Throws `search/document` when it is none. */
export function parseSearchText(document: string): SearchState {
  const result = v.safeParse(searchDocumentSchema, withLimits(parseJson(document)));
  if (result.success) return result.output;
  const place = v.getDotPath(result.issues[0]) ?? 'the document';
  throw new ParetoError('search/document', `This is not a search document: ${place} is missing or wrong.`);
}

function parseJson(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch (error) {
    throw new ParetoError('search/document', 'This is not a search document: it is not JSON.', { cause: error });
  }
}

/** The printed document has the limits beside the goal. */
function withLimits(given: unknown): unknown {
  const { goal, limits } = (given ?? {}) as Partial<SearchResult>;
  return typeof given === 'object' && typeof goal === 'object' ? { ...given, goal: { ...goal, limits } } : given;
}

/** The part of a search that a report holds: all results, without the location of its data. */
export function summarizeSearch({ basis: _basis, mixings: _mixings, ...search }: SearchState): SearchState {
  return {
    ...search,
    candidates: search.candidates.slice(0, mostCandidates).map(({ reason, ...candidate }) => ({
      ...candidate,
      name: cutName(candidate.name),
      ...(reason !== undefined && { reason: cutText(reason) }),
    })),
    leftOut: search.leftOut.map((entry) => ({ ...entry, reason: cutText(entry.reason) })),
    ...(search.doubt !== undefined && { doubt: cutText(search.doubt) }),
    ...(search.outputs !== undefined && {
      outputs: search.outputs
        .slice(0, mostOutputs)
        .map((output) => ({ ...output, name: cutName(output.name), reason: cutText(output.reason) })),
    }),
  };
}
