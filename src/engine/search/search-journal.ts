/** The events of a search. A search is the sum of its events, so none is lost wherever it stops. */
import type { ExecutionProvider } from '../metrics/cell';
import type { KindDecision } from '../metrics/output-kind';
import type { LossVerdict } from '../verdict/loss-verdict';
import type { Candidate, CandidateStage, ChangedNodes, CheckedLoss, Screening, Timing } from './candidate';
import { isUnfinished } from './candidate';
import type { Loss } from '../verdict/loss';
import { inOrderOfChecks, withConfirmations } from './confirmations';
import { dominates, originalPoint, pointOf, standings, type Standing } from './frontier';
import type { Ladder } from './ladder';
import type { MeasuredLayer } from './mixed-precision';
import type { Mixing } from './mixed-technique';
import { recommend, type Miss } from './recommend';
import { verdictOfCandidate } from './candidate-verdict';
import type { SearchGoal } from './search-goal';

/** The id under which the original stands among candidates. */
export const originalPointId = 'original';

export type StopReason = 'finished' | 'time' | 'canceled';

export interface SearchSamples {
  /** Samples that candidates are chosen by. 0 without data. */
  readonly search: number;
  /** Samples that confirm; 0 if there are too few to keep some apart. */
  readonly confirm: number;
}

export type SearchEvent =
  | ({
      readonly kind: 'begun';
      readonly goal: SearchGoal;
      readonly basis: string;
      readonly originalBytes: number;
      readonly samples: SearchSamples;
      /** The time of the searches that it continues. Absent: it is new. */
      readonly spentMs?: number;
      /** The doubt about the labels that an earlier search found. */
      readonly doubt?: string;
      /** The kinds of outputs, which decide how they are compared. */
      readonly outputs?: readonly SearchedOutput[];
    } & Omit<Ladder, 'mixings'> &
      Partial<Pick<Ladder, 'mixings'>>)
  /** The cost of one more layer at each level. */
  | { readonly kind: 'layer-measured'; readonly technique: string; readonly layer: MeasuredLayer }
  /** The costs of all layers, from which mixtures are chosen. */
  | { readonly kind: 'layers-measured'; readonly technique: string; readonly layers: readonly MeasuredLayer[] }
  /** Another recipe to try, chosen by the results so far. */
  | { readonly kind: 'planned'; readonly candidate: Pick<Candidate, 'id' | 'name' | 'recipe' | 'calibrationSamples'> }
  /** Nothing is left to mix; `reason`: nothing can be. */
  | { readonly kind: 'mixed'; readonly technique: string; readonly reason?: string }
  | {
      readonly kind: 'made';
      readonly id: string;
      readonly sizeBytes: number;
      readonly sha256?: string;
      readonly macs: number | null;
      readonly integers?: ChangedNodes;
    }
  /** The operator with most of the original's time. It is measured if nothing is faster. */
  | { readonly kind: 'explained'; readonly slowest: SlowestOperator }
  /** The original or the recommended file in another setting. It is measured if speed is the goal. */
  | { readonly kind: 'set'; readonly setting: SettingTiming }
  | { readonly kind: 'screened'; readonly id: string; readonly screening: Screening }
  | { readonly kind: 'evaluated'; readonly id: string; readonly loss: Loss }
  | { readonly kind: 'timed'; readonly id: string; readonly timing: Timing }
  /** The outcome follows from all checked candidates together. */
  | { readonly kind: 'confirmed'; readonly id: string; readonly loss: CheckedLoss }
  | {
      readonly kind: 'left';
      readonly id: string;
      readonly stage: Extract<CandidateStage, 'eliminated' | 'held' | 'failed'>;
      readonly reason: string;
      /** The timed provider that refuses it. Absent: it is refused everywhere. */
      readonly refusedBy?: ExecutionProvider;
    }
  /** The labels contradict nearly all answers of the original. From here on, candidates are evaluated by answers. */
  | { readonly kind: 'doubted'; readonly doubt: string }
  | { readonly kind: 'stopped'; readonly reason: StopReason; readonly spentMs: number };

export interface SearchState {
  readonly goal: SearchGoal;
  /** Names model, data and split: a search continues only on the same. Absent in work of earlier versions. */
  readonly basis?: string;
  readonly originalBytes: number;
  readonly samples: SearchSamples;
  readonly candidates: readonly Candidate[];
  readonly leftOut: Ladder['leftOut'];
  /** Absent in work of earlier versions: nothing is mixed. */
  readonly mixings?: readonly Mixing[];
  /** Why the labels evaluate nothing, in a sentence. Absent: they do evaluate, or there are none. */
  readonly doubt?: string;
  /** The kinds of outputs, which decide how they are compared. Absent in work of earlier versions. */
  readonly outputs?: readonly SearchedOutput[];
  /** Absent: something is faster, or it was not measured. */
  readonly slowest?: SlowestOperator;
  /** Absent: no other setting was measured. */
  readonly settings?: readonly SettingTiming[];
  /** `null`: it is still going on. */
  readonly stopReason: StopReason | null;
  readonly spentMs: number;
}

/** One file in another setting, in turns with the setting of the search. The file stays as it is. */
export interface SettingTiming {
  /** `original`, or the id of a candidate. */
  readonly of: string;
  readonly ep: ExecutionProvider;
  /** WASM threads. */
  readonly threads: number;
  /** Tokens of the text of median length, if texts are given without padding. */
  readonly tokens?: number;
  readonly timing: Timing;
}

/** The operator that holds most of a model's time on the timed provider. */
export interface SlowestOperator {
  readonly op: string;
  /** Its share of the time of all nodes, from 0 to 1. */
  readonly share: number;
  /** The share of what the device can do that its kernels reach, from 0 to 1; `null`: not known. */
  readonly reached: number | null;
}

export interface SearchedOutput extends KindDecision {
  readonly name: string;
}

/** The reason that a search ended. Held candidates were left for lack of time, even if some is left. */
export function stopReasonOf({ candidates, mixings = [] }: SearchState, leftMs: number): StopReason {
  const isLeft = candidates.some(({ stage }) => stage === 'held') || mixings.some(({ isOver }) => !isOver);
  return leftMs === 0 || isLeft ? 'time' : 'finished';
}

/** The search after one more event; `null` before the first one, which must be `begun`. */
export function afterEvent(state: SearchState | null, event: SearchEvent): SearchState {
  if (event.kind === 'begun') {
    const { kind: _kind, ...begun } = event;
    return { ...begun, stopReason: null, spentMs: event.spentMs ?? 0 };
  }
  if (state === null) throw new Error('A search journal must begin with the planned candidates.');
  if (event.kind === 'doubted') {
    return { ...state, doubt: event.doubt, candidates: state.candidates.map(withoutAccuracy) };
  }
  if (event.kind === 'explained') return { ...state, slowest: event.slowest };
  if (event.kind === 'set') return { ...state, settings: [...(state.settings ?? []), event.setting] };
  if (event.kind === 'layer-measured') return withMeasured(state, event);
  if (event.kind === 'layers-measured') return withLayers(state, event);
  if (event.kind === 'mixed') return withMixed(state, event);
  if (event.kind === 'planned') return withPlanned(state, { ...event.candidate, stage: 'planned' });
  if (event.kind === 'stopped') return { ...state, stopReason: event.reason, spentMs: event.spentMs };
  const candidates = state.candidates.map((candidate) =>
    candidate.id === event.id ? afterOwn(candidate, event, state) : candidate,
  );
  return { ...state, candidates: withConfirmations(candidates, state.goal.limits) };
}

/** The events that hold all candidates that still wait for a step, because the time is over. */
export function holdUnfinished(candidates: readonly Candidate[]): readonly SearchEvent[] {
  return candidates.filter(isUnfinished).map(({ id, stage }) => {
    const reason = stage === 'planned' ? 'Not tried: time ran out.' : 'Not evaluated: time ran out.';
    return { kind: 'left', id, stage: 'held', reason };
  });
}

/** Removes results of labels that evaluate nothing, so that the candidate is evaluated again. */
function withoutAccuracy(candidate: Candidate): Candidate {
  const { loss, confirmed: _confirmed, ...facts } = candidate;
  if (loss?.of !== 'accuracy' && loss?.of !== 'error' && loss?.of !== 'perplexity') return candidate;
  return { ...facts, stage: /^(failed|eliminated)$/.test(facts.stage) ? facts.stage : 'screened' };
}

function afterOwn(candidate: Candidate, event: CandidateEvent, { candidates }: SearchState): Candidate {
  const after = { ...candidate, ...changeOf(event, candidates) };
  const isLate = event.kind === 'screened' && candidates.some(({ confirmed }) => confirmed !== undefined);
  if (!isLate) return after;
  // The sequence of tests is fixed before the first test. Until then only time decides what is run.
  const { sequence: _sequence, ...chosen } = after;
  return chosen;
}

function withMixing(state: SearchState, technique: string, change: (mixing: Mixing) => Mixing): SearchState {
  const mixings = state.mixings?.map((each) => (each.technique === technique ? change(each) : each));
  return { ...state, ...(mixings && { mixings }) };
}

type EventOf<Kind extends SearchEvent['kind']> = Extract<SearchEvent, { kind: Kind }>;

function withMeasured(state: SearchState, { technique, layer }: EventOf<'layer-measured'>): SearchState {
  return withMixing(state, technique, (each) => ({ ...each, measured: [...(each.measured ?? []), layer] }));
}

function withLayers(state: SearchState, { technique, layers }: EventOf<'layers-measured'>): SearchState {
  return withMixing(state, technique, ({ measured: _measured, ...each }) => ({ ...each, layers }));
}

function withMixed(state: SearchState, { technique, reason }: EventOf<'mixed'>): SearchState {
  const leftOut = reason === undefined ? [] : [{ id: technique, reason }];
  const mixed = withMixing(state, technique, (each) => ({ ...each, isOver: true }));
  return { ...mixed, leftOut: [...state.leftOut, ...leftOut] };
}

function withPlanned(state: SearchState, planned: Candidate): SearchState {
  const others = state.candidates.filter(({ id }) => id !== planned.id);
  return { ...state, candidates: [...others, planned] };
}

type CandidateEvent = Extract<SearchEvent, { readonly id: string }>;

function changeOf(event: CandidateEvent, candidates: readonly Candidate[]): Partial<Candidate> {
  switch (event.kind) {
    case 'made':
      return {
        stage: 'made',
        sizeBytes: event.sizeBytes,
        ...(event.sha256 !== undefined && { sha256: event.sha256 }),
        ...(event.macs !== null && { macs: event.macs }),
        ...(event.integers && { integers: event.integers }),
      };
    case 'screened':
      return { stage: 'screened', screening: event.screening };
    case 'evaluated':
      return { stage: 'evaluated', loss: event.loss };
    case 'timed':
      return { ...(event.timing.isStandIn !== true && { stage: 'timed' as const }), timing: event.timing };
    case 'confirmed':
      // The word follows from all that were checked.
      return { stage: 'confirmed', confirmed: { ...inOrderOfChecks(candidates, event.loss), word: 'consistent' } };
    case 'left':
      return {
        stage: event.stage,
        reason: event.reason,
        ...(event.refusedBy !== undefined && { refusedBy: event.refusedBy }),
      };
  }
}

/** The result of a search, finished or not: the JSON document of the `search` command. */
export interface SearchResult {
  readonly goal: Omit<SearchGoal, 'limits'>;
  readonly limits: SearchGoal['limits'];
  readonly originalBytes: number;
  readonly samples: SearchSamples;
  readonly spentMs: number;
  readonly stopReason: StopReason | null;
  /** With their place in the trade-off and, if they were evaluated, their loss against the limit. */
  readonly candidates: readonly (Candidate & { readonly standing: Standing; readonly lossVerdict?: LossVerdict })[];
  readonly leftOut: Ladder['leftOut'];
  /** Ids of candidates on the frontier, and `original` if no candidate dominates it. */
  readonly frontier: readonly string[];
  /** The id of the one that is recommended. */
  readonly best: string | null;
  readonly nearestMiss: (Miss & { readonly id: string }) | null;
  /** The reason that none is recommended, in sentences. Absent: one is, or the search goes on. */
  readonly reason?: string;
  readonly doubt?: string;
  readonly slowest?: SlowestOperator;
  readonly settings?: readonly SettingTiming[];
  /** The kinds of outputs, which decide how they are compared. */
  readonly outputs?: readonly SearchedOutput[];
  /** The cost of each layer at each level, for techniques that mix. */
  readonly mixings?: readonly Mixing[];
  /** Names model, data and split: a search continues only on the same. */
  readonly basis?: string;
}

export function resultOf(state: SearchState): SearchResult {
  const { goal, candidates, originalBytes, samples, leftOut, spentMs, stopReason } = state;
  const { doubt, slowest, settings, outputs, mixings, basis } = state;
  const { limits, ...rest } = goal;
  const points = [
    originalPoint(originalPointId, originalBytes),
    ...candidates.flatMap((each) => pointOf(each, { limits, samples }) ?? []),
  ];
  const found = standings(points);
  const { best, nearestMiss } = recommend(candidates, goal, originalBytes, samples.confirm > 0);
  return {
    goal: rest,
    limits,
    originalBytes,
    samples,
    spentMs,
    stopReason,
    candidates: candidates.map((each) => {
      const verdict = verdictOfCandidate(each, limits, { selects: samples.search > 0 });
      const standing = byTheBest(each, best, found.get(each.id) ?? { kind: 'not-measured' }, { limits, samples });
      return { ...each, standing, ...(verdict && { lossVerdict: verdict }) };
    }),
    leftOut,
    frontier: [...found].flatMap(([id, { kind }]) => (kind === 'frontier' ? [id] : [])),
    best: best?.id ?? null,
    nearestMiss: nearestMiss && missWithId(nearestMiss),
    ...(doubt !== undefined && { doubt }),
    ...(slowest !== undefined && { slowest }),
    ...(settings !== undefined && { settings }),
    ...(outputs !== undefined && { outputs }),
    ...(mixings !== undefined && { mixings }),
    ...(basis !== undefined && { basis }),
  };
}

/** Names the recommended candidate if it dominates, because other dominating ones may not be confirmed. */
function byTheBest(
  candidate: Candidate,
  best: Candidate | null,
  standing: Standing,
  judged: Parameters<typeof pointOf>[1],
): Standing {
  if (standing.kind !== 'dominated' || best === null) return standing;
  return dominates(pointOf(best, judged)!, pointOf(candidate, judged)!) ? { kind: 'dominated', by: best.id } : standing;
}

function missWithId({ candidate, ...miss }: Miss & { readonly candidate: Candidate }): SearchResult['nearestMiss'] {
  return { id: candidate.id, ...miss };
}
