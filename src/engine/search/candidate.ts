/** A recipe that a search tries, with its results so far. Plain data: it is saved, sent and printed as it is. */
import type { CellResult, Comparison, ExecutionProvider, PairedOriginal, Verdict } from '../metrics/cell';
import type { MatchGrade } from '../metrics/match-grade';
import type { Recipe } from '../recipe/recipe';
import { findByRecipe } from '../recipe/same-recipe';
import type { Loss } from '../verdict/loss';

/**
 * How far it came. `held`: there was no time for more. `eliminated`: others are better, or it breaks a limit. `failed`: it could
 * not be made or run, or its outputs are wrong.
 */
export type CandidateStage =
  'planned' | 'made' | 'screened' | 'evaluated' | 'timed' | 'confirmed' | 'eliminated' | 'held' | 'failed';

/** The output error on a few samples. It orders candidates, and never evaluates them. */
export interface Screening {
  readonly sqnrDb: number | null;
  /** Mean KL divergence from the original's distribution, in nats; of outputs that are one. The worst output. */
  readonly klDivergence: number | null;
  /** Mean of 1 − cosine, of embeddings. The worst output. Absent: none is one. */
  readonly cosineLoss?: number;
  readonly grade: MatchGrade;
  readonly samples: number;
  readonly inputs: 'data' | 'synthetic';
}

export interface CheckedLoss extends Loss {
  /** It was tested in the planned sequence, on all samples. Absent: on the held-out samples. */
  readonly isPlanned?: boolean;
  /** The number of candidates that were tested on held-out samples before it. */
  readonly place?: number;
}

export interface Timing {
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Original time ÷ candidate time, of pairs measured in turns: above 1 is faster. */
  readonly ratio: number;
  readonly interval: readonly [number, number];
  readonly noiseFloor: number;
  readonly verdict: Verdict;
  /** Too few decide nothing. Absent in work of earlier versions. */
  readonly pairs?: number;
  /** The original in the same turns. Absent in work of earlier versions. */
  readonly original?: Pick<PairedOriginal, 'medianMs' | 'intervalMs'>;
  /** A quick copy of the file's form was timed, before the file was built. Absent: the file itself was. */
  readonly isStandIn?: true;
}

/** The timing of the candidate's own file. `undefined`: it was not timed, or only its stand-in was. */
export function ownTiming({ timing }: Pick<Candidate, 'timing'>): Timing | undefined {
  return timing?.isStandIn === true ? undefined : timing;
}

/** The benchmark of a candidate as a search keeps it, with the time of the original in the same turns. */
export function timingOf(
  { steady }: Pick<CellResult, 'steady'>,
  comparison: Omit<Comparison, 'variant' | 'ep'>,
): Timing {
  const { ratio, interval, noiseFloor, verdict, pairs, original } = comparison;
  return {
    medianMs: steady.medianMs,
    p95Ms: steady.p95Ms,
    ratio,
    interval,
    noiseFloor,
    verdict,
    pairs,
    ...(original && { original: { medianMs: original.medianMs, intervalMs: original.intervalMs } }),
  };
}

/**
 * The outcome of a check on other samples. `confirmed`: even the bad end of the interval is within the limit.
 * `consistent`: the value is. `contradicted`: it is not.
 */
export type Confirmation = 'confirmed' | 'consistent' | 'contradicted';

/** So many of all nodes of an operator. */
export interface ChangedNodes {
  readonly op: string;
  readonly changed: number;
  readonly all: number;
}

export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly recipe: Recipe;
  /** Samples that its passes calibrate with. Absent: none do, or all that are set aside. */
  readonly calibrationSamples?: number;
  /** Its place among recipes that were planned to be tested before any sample was looked at, from the safest on. Absent: it is chosen. */
  readonly sequence?: number;
  readonly stage: CandidateStage;
  /** The reason that it went no further, in a sentence. */
  readonly reason?: string;
  /** The provider on which it does not run, or gives wrong outputs, as `reason` says: on another it may be of use. */
  readonly refusedBy?: ExecutionProvider;
  readonly sizeBytes?: number;
  /** SHA-256 of the file. Another candidate with the same file adds nothing. */
  readonly sha256?: string;
  readonly macs?: number;
  /** The nodes that compute in 8-bit integers, of the operator that has most of them. Absent: none do. */
  readonly integers?: ChangedNodes;
  readonly screening?: Screening;
  /** The loss on the selection samples. */
  readonly loss?: Loss;
  readonly timing?: Timing;
  /** The loss on samples that did not select it: held-out samples or, for a planned recipe, all that do not calibrate. */
  readonly confirmed?: CheckedLoss & { readonly word: Confirmation };
}

/** Returns the loss to report: on samples that did not select the candidate, if there is one. */
export function reportedLoss({ confirmed, loss }: Candidate): Loss | undefined {
  return confirmed ?? loss;
}

/** The candidate still waits for a step. Without data, screening is its evaluation. */
export function isUnfinished({ stage }: Pick<Candidate, 'stage'>): boolean {
  return stage === 'planned' || stage === 'made' || stage === 'screened';
}

/** True if a search with more time would evaluate it. */
export function isLeft({ stage }: Pick<Candidate, 'stage'>): boolean {
  return stage === 'held' || isUnfinished({ stage });
}

/** The candidate with a recipe. `undefined` if there is none, or if it was never evaluated on data. */
export function findEvaluated(candidates: readonly Candidate[], recipe: Recipe): Candidate | undefined {
  const found = findByRecipe(candidates, recipe);
  return found?.loss?.inputs === 'data' ? found : undefined;
}
