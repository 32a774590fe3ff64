/** Settings of the simulated server, kept between visits for any model. */
import type { Arrivals } from '../../../engine/serving/arrivals';
import type { LoadRequest } from '../../../engine/serving/simulate-load';
import { suggestedWaits } from '../../../engine/serving/service-times';
import { parseLengths, type LengthShare } from '../../../engine/serving/text-lengths';
import { messageOf } from '../../../engine/errors';
import { ownValue } from '../../../engine/own-value';
import { largestSeed } from '../../../engine/seeded-random';
import { createStore } from 'zustand/vanilla';

export type ArrivalKind = 'poisson' | 'closed' | 'bursts' | 'replay';

/** All fields are kept side by side, so that switching the arrivals back restores their former settings. */
const numbers = {
  perSecond: { value: 50, least: 0.01, most: 100_000 },
  clients: { value: 8, least: 1, most: 1000, isWhole: true },
  thinkMs: { value: 0, least: 0, most: 60_000 },
  lowPerSecond: { value: 20, least: 0.01, most: 100_000 },
  highPerSecond: { value: 200, least: 0.01, most: 100_000 },
  meanLowS: { value: 5, least: 0.1, most: 600 },
  meanHighS: { value: 1, least: 0.1, most: 600 },
  maxBatch: { value: 8, least: 1, most: 256, isWhole: true },
  maxWaitMs: { value: 5, least: 0, most: 10_000 },
  instances: { value: 1, least: 1, most: 64, isWhole: true },
  /** 0: no limit. */
  maxQueue: { value: 0, least: 0, most: 1_000_000, isWhole: true },
  /** 0: no limit. */
  timeoutMs: { value: 0, least: 0, most: 1_000_000 },
  /** 0: no cache. */
  cacheEntries: { value: 0, least: 0, most: 1_000_000, isWhole: true },
  cacheTtlS: { value: 3600, least: 1, most: 86_400 },
  inputs: { value: 1000, least: 1, most: 1_000_000, isWhole: true },
  exponent: { value: 1, least: 0, most: 5 },
  targetMs: { value: 50, least: 0.1, most: 60_000 },
  durationS: { value: 30, least: 1, most: 600 },
  /** Duration of a live run. */
  liveS: { value: 5, least: 1, most: 60 },
  seed: { value: 0, least: 0, most: largestSeed, isWhole: true },
} satisfies Readonly<Record<string, NumberLimits & { readonly value: number }>>;

export interface NumberLimits {
  readonly least: number;
  readonly most: number;
  readonly isWhole?: boolean;
}

export type ServingNumber = keyof typeof numbers;

export interface ServingSettings extends Readonly<Record<ServingNumber, number>> {
  readonly kind: ArrivalKind;
  /** Lengths of texts with their shares as `parseLengths` reads them. Empty: all inputs are of the same size. */
  readonly lengths: string;
}

export function limitsOf(name: ServingNumber): NumberLimits {
  const { value: _first, ...limits } = numbers[name];
  return limits;
}

const names = Object.keys(numbers) as readonly ServingNumber[];
/** A recording is a file, which is not kept. */
const keptKinds: readonly ArrivalKind[] = ['poisson', 'closed', 'bursts'];

function fits(value: unknown, { least, most, isWhole = false }: NumberLimits): value is number {
  return typeof value === 'number' && value >= least && value <= most && (!isWhole || Number.isInteger(value));
}

/** Parses the kept choices of a person; an invalid value counts as none. */
export function parseChosen(text: string | null): Partial<ServingSettings> {
  let kept: Readonly<Record<string, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) kept = parsed as typeof kept;
  } catch {
    // Damaged: as if nothing had been kept.
  }
  const values = names.flatMap((name) => {
    const value = ownValue(kept, name);
    return fits(value, numbers[name]) ? [[name, value] as const] : [];
  });
  const kind = keptKinds.find((each) => each === ownValue(kept, 'kind'));
  const lengths = ownValue(kept, 'lengths');
  return {
    ...(Object.fromEntries(values) as Partial<Record<ServingNumber, number>>),
    ...(kind && { kind }),
    ...(typeof lengths === 'string' && problemOfLengths(lengths) === null && { lengths }),
  };
}

/** The sentence that refuses these lengths; `null` for valid ones, and for none. */
export function problemOfLengths(text: string): string | null {
  if (text.trim() === '') return null;
  try {
    parseLengths(text);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

const usual: ServingSettings = {
  ...(Object.fromEntries(names.map((name) => [name, numbers[name].value])) as Record<ServingNumber, number>),
  kind: 'poisson',
  lengths: '',
};

/** The default of every setting, except those that a person chose. */
export function withUsual(chosen: Partial<ServingSettings>): ServingSettings {
  return { ...usual, ...chosen };
}

const storageKey = 'pareto.serving-choice';

function readKept(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

/** Only a person's choices are kept, because other settings may follow the model. */
const chosenStore = createStore<Partial<ServingSettings>>(() => parseChosen(readKept()));

export const servingSettingsStore = createStore<ServingSettings>(() => withUsual(chosenStore.getState()));

/** The settings of the questions that are always in view. */
const asked: ReadonlySet<string> = new Set(['perSecond', 'clients', 'targetMs'] satisfies readonly ServingNumber[]);

/** True if a person chose one of the other settings. */
export function hasChosenSettings(): boolean {
  return Object.keys(chosenStore.getState()).some((name) => !asked.has(name));
}

export function changeServingSettings(change: Partial<ServingSettings>): void {
  chosenStore.setState(change);
  servingSettingsStore.setState(change);
  try {
    localStorage.setItem(storageKey, JSON.stringify(chosenStore.getState()));
  } catch {
    // Full or switched off: the settings live as long as the page.
  }
}

/** Waits that suit the measured times, except those that a person chose. */
export function suggestServingWaits(times: LoadRequest['times']): void {
  servingSettingsStore.setState({ ...suggestedWaits(times), ...chosenStore.getState() });
}

export function arrivalsOf(settings: ServingSettings): Arrivals {
  const { kind, perSecond, clients, thinkMs, lowPerSecond, highPerSecond, meanLowS, meanHighS } = settings;
  if (kind === 'poisson') return { kind, perSecond };
  if (kind === 'closed') return { kind, clients, thinkMs };
  // The worker reads the requests from the recording.
  if (kind === 'replay') return { kind, requests: [] };
  return { kind, lowPerSecond, highPerSecond, meanLowS, meanHighS };
}

/** The set lengths of texts; `null` for none. */
export function sharesOf({ lengths }: Pick<ServingSettings, 'lengths'>): readonly LengthShare[] | null {
  return lengths.trim() === '' ? null : parseLengths(lengths);
}

interface RecordingState {
  /** The file of a replayed load: lines of `t_ms[,input]`. */
  readonly file: File | null;
}

export const recordingStore = createStore<RecordingState>(() => ({ file: null }));

/** Times that were measured on this device, or by a server. */
export type LoadTimes = Pick<LoadRequest, 'times' | 'texts' | 'answerDelaysMs'> & {
  /** Set if the model takes one sample at a time, whatever batch is set. */
  readonly fixedBatch?: string;
};

export function loadOf(
  settings: ServingSettings,
  { times, texts, answerDelaysMs, fixedBatch }: LoadTimes,
): LoadRequest {
  const fixed = fixedBatch !== undefined;
  const { maxBatch, maxWaitMs, instances, cacheEntries, cacheTtlS, inputs, exponent } = settings;
  const { targetMs, durationS, seed, maxQueue, timeoutMs } = settings;
  const shares = sharesOf(settings);
  return {
    times,
    ...(texts && shares && { texts, lengths: { shares, isPadded: texts.isPadded } }),
    ...(answerDelaysMs && { answerDelaysMs }),
    targetMs,
    arrivals: arrivalsOf(settings),
    durationS,
    popularity: { count: inputs, exponent },
    policy: {
      maxBatch: fixed ? 1 : maxBatch,
      maxWaitMs: fixed ? 0 : maxWaitMs,
      ...(maxQueue > 0 && { maxQueue }),
      ...(timeoutMs > 0 && { timeoutMs }),
    },
    instances,
    cache: cacheEntries === 0 ? null : { entries: cacheEntries, ttlS: cacheTtlS },
    seed,
  };
}
