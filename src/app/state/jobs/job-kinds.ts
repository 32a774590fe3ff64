/**
 * The kinds of jobs, one record each: their texts, the screens that show them, and the jobs that they may run beside.
 */
import type { Screen } from '../window/screens';

/**
 * `replaces`: begins at once, in the place of one of its kind, and ends every other job once it takes the place of their work. `short`: begins before those that
 * wait, beside a long one. `long`: one at a time. `measures`: alone, because clocks do not share.
 */
export type Lane = 'replaces' | 'short' | 'long' | 'measures';

export interface OutcomeText {
  readonly title: string;
  readonly text: string;
}

interface JobKindRecord {
  readonly lane: Lane;
  /** Screens that show how it ended, besides the screen that was in view. */
  readonly screens: readonly Screen[];
  /** The words before the subject: `Opening model.onnx`. */
  readonly verb: string;
  readonly failed: (subject: string) => string;
  readonly cancelled: (subject: string) => OutcomeText;
}

const nothingChanged = 'Nothing was changed.';
const keptBefore = 'Earlier results are kept.';

/** The job that opens a model, also as a variant. */
const opening = {
  verb: 'Opening',
  failed: (subject) => `${subject} could not be opened.`,
  cancelled: (subject) => ({ title: `Opening ${subject} was cancelled.`, text: nothingChanged }),
} satisfies Partial<JobKindRecord>;

export const jobKinds = {
  open: {
    lane: 'replaces',
    screens: ['start'],
    ...opening,
  },
  'compare-file': {
    lane: 'short',
    screens: ['studio'],
    ...opening,
  },
  optimize: {
    lane: 'long',
    screens: ['studio'],
    verb: 'Running',
    failed: (subject) => `${subject} did not finish.`,
    cancelled: (subject) => ({ title: `${subject} was cancelled.`, text: nothingChanged }),
  },
  evaluate: {
    lane: 'long',
    screens: ['studio', 'data'],
    verb: 'Evaluating',
    failed: () => 'The evaluation did not finish.',
    cancelled: () => ({ title: 'The evaluation was cancelled.', text: nothingChanged }),
  },
  benchmark: {
    lane: 'measures',
    screens: ['studio', 'benchmark'],
    verb: 'Measuring',
    failed: () => 'The benchmark did not finish.',
    cancelled: () => ({ title: 'The benchmark was cancelled.', text: 'Results so far are kept.' }),
  },
  search: {
    lane: 'measures',
    screens: ['studio'],
    verb: 'Searching',
    failed: (subject) => `The search in ${subject} did not finish.`,
    cancelled: () => ({ title: 'Search stopped.', text: 'Its results so far are kept, and so are earlier ones.' }),
  },
  'measure-nodes': {
    lane: 'measures',
    screens: ['studio'],
    verb: 'Measuring nodes of',
    failed: (subject) => `The nodes of ${subject} could not be measured.`,
    cancelled: () => ({ title: 'Measuring nodes was cancelled.', text: keptBefore }),
  },
  'measure-sensitivity': {
    lane: 'long',
    screens: ['studio'],
    verb: 'Measuring the sensitivity of',
    failed: (subject) => `The sensitivity of ${subject} could not be measured.`,
    cancelled: () => ({ title: 'Measuring sensitivity was cancelled.', text: keptBefore }),
  },
  'measure-batches': {
    lane: 'measures',
    screens: ['serving'],
    verb: 'Measuring batches of',
    failed: (subject) => `Batches of ${subject} could not be measured.`,
    cancelled: () => ({ title: 'Measuring batches was cancelled.', text: keptBefore }),
  },
  'run-live': {
    lane: 'measures',
    screens: ['serving'],
    verb: 'Serving',
    failed: (subject) => `The load on ${subject} could not be run.`,
    cancelled: () => ({ title: 'The live run was cancelled.', text: keptBefore }),
  },
  'measure-writing': {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Measuring the generation speed of',
    failed: (subject) => `The generation speed of ${subject} could not be measured.`,
    cancelled: () => ({ title: 'Measuring the generation speed was cancelled.', text: keptBefore }),
  },
  write: {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Generating text with',
    failed: (subject) => `${subject} could not generate text.`,
    cancelled: () => ({ title: 'Text generation stopped.', text: 'The text so far is kept.' }),
  },
  'tune-server': {
    lane: 'measures',
    screens: ['serving'],
    verb: 'Finding settings for',
    failed: (subject) => `No settings were found for ${subject}.`,
    cancelled: () => ({ title: 'Finding settings was cancelled.', text: keptBefore }),
  },
  'read-server-times': {
    lane: 'short',
    screens: ['serving'],
    ...opening,
  },
  sweep: {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Measuring the throughput of',
    failed: (subject) => `The throughput of ${subject} could not be measured.`,
    cancelled: () => ({ title: 'Measuring throughput was cancelled.', text: keptBefore }),
  },
  sustained: {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Running',
    failed: (subject) => `${subject} could not be run.`,
    cancelled: () => ({ title: 'The sustained run was stopped.', text: keptBefore }),
  },
  'measure-memory': {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Measuring the memory of',
    failed: (subject) => `The memory of ${subject} could not be measured.`,
    cancelled: () => ({ title: 'Measuring memory was cancelled.', text: keptBefore }),
  },
  roofline: {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Finding the bottleneck of',
    failed: (subject) => `The bottleneck of ${subject} could not be found.`,
    cancelled: () => ({ title: 'Finding the bottleneck was cancelled.', text: keptBefore }),
  },
  trace: {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Tracing',
    failed: (subject) => `${subject} could not be traced.`,
    cancelled: (subject) => ({ title: `Tracing ${subject} was cancelled.`, text: 'Nothing was saved.' }),
  },
  'read-data': {
    lane: 'short',
    screens: ['data'],
    verb: 'Reading',
    failed: (subject) => `${subject} could not be read.`,
    cancelled: (subject) => ({ title: `Reading ${subject} was cancelled.`, text: nothingChanged }),
  },
  'check-data': {
    lane: 'short',
    screens: ['data'],
    verb: 'Checking',
    failed: (subject) => `${subject} could not be checked.`,
    cancelled: (subject) => ({ title: `Checking ${subject} was cancelled.`, text: nothingChanged }),
  },
  bundle: {
    lane: 'short',
    screens: ['studio'],
    verb: 'Bundling',
    failed: (subject) => `The bundle of ${subject} could not be made.`,
    cancelled: (subject) => ({ title: `Bundling ${subject} was cancelled.`, text: 'Nothing was saved.' }),
  },
  'make-repository': {
    lane: 'measures',
    screens: ['studio'],
    verb: 'Making files for transformers.js of',
    failed: (subject) => `The files of ${subject} for transformers.js could not be made.`,
    cancelled: (subject) => ({ title: `Making files of ${subject} was cancelled.`, text: 'Nothing was saved.' }),
  },
  download: {
    lane: 'short',
    screens: ['studio'],
    verb: 'Packing',
    failed: (subject) => `${subject} could not be packed.`,
    cancelled: (subject) => ({ title: `Packing ${subject} was cancelled.`, text: 'Nothing was saved.' }),
  },
} satisfies Readonly<Record<string, JobKindRecord>>;

export type JobKind = keyof typeof jobKinds;

export function laneOf(kind: JobKind): Lane {
  return jobKinds[kind].lane;
}

/** The end of a job without a result. */
export interface JobOutcome {
  readonly kind: JobKind;
  readonly end: 'cancelled' | 'failed';
  readonly subject: string;
  readonly message: string;
  /** The screen in view as it ended. */
  readonly screen: Screen;
}

/** A screen shows only outcomes that concern it. */
export function isShownOn(screen: Screen, outcome: Pick<JobOutcome, 'kind' | 'screen'>): boolean {
  const { screens }: JobKindRecord = jobKinds[outcome.kind];
  return outcome.screen === screen || screens.includes(screen);
}

/** Describes how a job ended, and what is kept. */
export function describeOutcome({ kind, end, subject, message }: JobOutcome): OutcomeText {
  const record: JobKindRecord = jobKinds[kind];
  return end === 'failed' ? { title: record.failed(subject), text: message } : record.cancelled(subject);
}
