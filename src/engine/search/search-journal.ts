/** What happens in a search, one event after the other: a search is the sum of its events, so none is lost wherever it stops. */
import type { Candidate, CandidateStage, Confirmation, Loss, Screening, Timing } from './candidate';
import { originalPoint, pointOf, standings, type Standing } from './frontier';
import type { Ladder } from './ladder';
import type { MeasuredLayer } from './mixed-precision';
import { mixedWeightsId, type Mixing } from './mixed-technique';
import { recommend, type Miss } from './recommend';
import type { SearchGoal } from './search-goal';

/** The id under which the original stands among candidates. */
export const originalPointId = 'original';

export type StopReason = 'finished' | 'time' | 'cancelled';

export interface SearchSamples {
  /** Samples that candidates are chosen by. 0 without data. */
  readonly search: number;
  /** Samples that confirm; 0 where there are too few to keep some apart. */
  readonly confirm: number;
}

export type SearchEvent =
  | ({
      readonly kind: 'begun';
      readonly goal: SearchGoal;
      readonly basis: string;
      readonly originalBytes: number;
      readonly samples: SearchSamples;
      /** What searches before it took; absent: it begins anew. */
      readonly spentMs?: number;
      readonly mixing?: Mixing;
    } & Ladder)
  /** What each layer costs at each level, from which mixtures are chosen. */
  | { readonly kind: 'layers-measured'; readonly layers: readonly MeasuredLayer[] }
  /** Another recipe to try, chosen by what was found. */
  | { readonly kind: 'planned'; readonly candidate: Pick<Candidate, 'id' | 'name' | 'recipe'> }
  /** Nothing is left to mix; `reason`: nothing can be. */
  | { readonly kind: 'mixed'; readonly reason?: string }
  | {
      readonly kind: 'made';
      readonly id: string;
      readonly sizeBytes: number;
      readonly sha256?: string;
      readonly macs: number | null;
    }
  | { readonly kind: 'screened'; readonly id: string; readonly screening: Screening }
  | { readonly kind: 'judged'; readonly id: string; readonly loss: Loss }
  | { readonly kind: 'timed'; readonly id: string; readonly timing: Timing }
  | { readonly kind: 'confirmed'; readonly id: string; readonly loss: Loss; readonly word: Confirmation }
  | {
      readonly kind: 'left';
      readonly id: string;
      readonly stage: Extract<CandidateStage, 'eliminated' | 'held' | 'failed'>;
      readonly reason: string;
    }
  | { readonly kind: 'doubted'; readonly doubt: string }
  | { readonly kind: 'stopped'; readonly reason: StopReason; readonly spentMs: number };

export interface SearchState {
  readonly goal: SearchGoal;
  /** Names model, data and split: what the search may go on with. Absent in work of earlier versions. */
  readonly basis?: string;
  readonly originalBytes: number;
  readonly samples: SearchSamples;
  readonly candidates: readonly Candidate[];
  readonly leftOut: Ladder['leftOut'];
  /** Absent: nothing is mixed. */
  readonly mixing?: Mixing;
  /** Why the labels do not judge, in a sentence. Absent: they do, or there are none. */
  readonly doubt?: string;
  /** `null`: it is still going on. */
  readonly stopReason: StopReason | null;
  readonly spentMs: number;
}

/** Why a search that ran to its end is over: what is held was left for want of time, whatever is left of it now. */
export function stopReasonOf({ candidates, mixing }: SearchState, leftMs: number): StopReason {
  const isLeft = candidates.some(({ stage }) => stage === 'held') || mixing?.isOver === false;
  return leftMs === 0 || isLeft ? 'time' : 'finished';
}

/** The search after one more event; `null` before the first one, which must be `begun`. */
export function afterEvent(state: SearchState | null, event: SearchEvent): SearchState {
  if (event.kind === 'begun') {
    const { kind: _kind, ...begun } = event;
    return { ...begun, stopReason: null, spentMs: event.spentMs ?? 0 };
  }
  if (state === null) throw new Error('A search begins with what it tries.');
  if (event.kind === 'doubted') return { ...state, doubt: event.doubt };
  if (event.kind === 'layers-measured') return { ...state, mixing: { isOver: false, layers: event.layers } };
  if (event.kind === 'mixed') return withMixed(state, event.reason);
  if (event.kind === 'planned') return withPlanned(state, { ...event.candidate, stage: 'planned' });
  if (event.kind === 'stopped') return { ...state, stopReason: event.reason, spentMs: event.spentMs };
  return {
    ...state,
    candidates: state.candidates.map((candidate) =>
      candidate.id === event.id ? { ...candidate, ...changeOf(event) } : candidate,
    ),
  };
}

function withMixed(state: SearchState, reason: string | undefined): SearchState {
  const leftOut = reason === undefined ? [] : [{ id: mixedWeightsId, reason }];
  return { ...state, leftOut: [...state.leftOut, ...leftOut], mixing: { ...state.mixing, isOver: true } };
}

function withPlanned(state: SearchState, planned: Candidate): SearchState {
  const others = state.candidates.filter(({ id }) => id !== planned.id);
  return { ...state, candidates: [...others, planned] };
}

type CandidateEvent = Extract<SearchEvent, { readonly id: string }>;

function changeOf(event: CandidateEvent): Partial<Candidate> {
  switch (event.kind) {
    case 'made':
      return {
        stage: 'made',
        sizeBytes: event.sizeBytes,
        ...(event.sha256 !== undefined && { sha256: event.sha256 }),
        ...(event.macs !== null && { macs: event.macs }),
      };
    case 'screened':
      return { stage: 'screened', screening: event.screening };
    case 'judged':
      return { stage: 'judged', loss: event.loss };
    case 'timed':
      return { stage: 'timed', timing: event.timing };
    case 'confirmed':
      return { stage: 'confirmed', confirmed: { ...event.loss, word: event.word } };
    case 'left':
      return { stage: event.stage, reason: event.reason };
  }
}

/** What came of a search, as far as it went: the JSON document of the `search` command. */
export interface SearchResult {
  readonly goal: Omit<SearchGoal, 'limits'>;
  readonly limits: SearchGoal['limits'];
  readonly originalBytes: number;
  readonly samples: SearchSamples;
  readonly spentMs: number;
  readonly stopReason: StopReason | null;
  readonly candidates: readonly (Candidate & { readonly standing: Standing })[];
  readonly leftOut: Ladder['leftOut'];
  /** Ids of candidates, and `original` where nothing that was tried surely beats it. */
  readonly frontier: readonly string[];
  /** The id of the one that is recommended. */
  readonly best: string | null;
  /** Where there is none: ids of what nobody has confirmed yet, best first. */
  readonly promising: readonly string[];
  readonly nearestMiss: (Miss & { readonly id: string }) | null;
  readonly doubt?: string;
  /** What each layer costs at each level; absent: nothing is mixed. */
  readonly mixing?: Mixing;
  /** Names model, data and split: what the search may go on with. */
  readonly basis?: string;
}

export function resultOf(state: SearchState): SearchResult {
  const { goal, candidates, originalBytes, samples, leftOut, spentMs, stopReason, doubt, mixing, basis } = state;
  const { limits, ...rest } = goal;
  const points = [originalPoint(originalPointId, originalBytes), ...candidates.flatMap((each) => pointOf(each) ?? [])];
  const found = standings(points);
  const { best, promising, nearestMiss } = recommend(candidates, goal, originalBytes, samples.confirm > 0);
  return {
    goal: rest,
    limits,
    originalBytes,
    samples,
    spentMs,
    stopReason,
    candidates: candidates.map((each) => ({ ...each, standing: found.get(each.id) ?? { kind: 'not-measured' } })),
    leftOut,
    frontier: [...found].flatMap(([id, { kind }]) => (kind === 'frontier' ? [id] : [])),
    best: best?.id ?? null,
    promising: promising.map(({ id }) => id),
    nearestMiss: nearestMiss && missWithId(nearestMiss),
    ...(doubt !== undefined && { doubt }),
    ...(mixing !== undefined && { mixing }),
    ...(basis !== undefined && { basis }),
  };
}

function missWithId({ candidate, ...miss }: Miss & { readonly candidate: Candidate }): SearchResult['nearestMiss'] {
  return { id: candidate.id, ...miss };
}
