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
  /** It is held while another job that cannot run beside it has its turn. */
  readonly givesWay?: true;
  /** Screens that show how it ended, besides the screen that was in view. */
  readonly screens: readonly Screen[];
  /** The words before the subject: `Opening model.onnx`. */
  readonly verb: string;
  readonly failed: (subject: string) => string;
  readonly canceled: (subject: string) => OutcomeText;
}

const nothingChanged = 'Nothing was changed.';
const keptBefore = 'Earlier results are kept.';

/** The job that opens a model, also as a variant. */
const opening = {
  verb: 'Opening',
  failed: (subject) => `${subject} could not be opened.`,
  canceled: (subject) => ({ title: `Opening ${subject} was canceled.`, text: nothingChanged }),
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
    canceled: (subject) => ({ title: `${subject} was canceled.`, text: nothingChanged }),
  },
  evaluate: {
    lane: 'long',
    screens: ['studio', 'data'],
    verb: 'Evaluating',
    failed: () => 'The evaluation did not finish.',
    canceled: () => ({ title: 'The evaluation was canceled.', text: nothingChanged }),
  },
  benchmark: {
    lane: 'measures',
    screens: ['studio', 'benchmark'],
    verb: 'Measuring',
    failed: () => 'The benchmark did not finish.',
    canceled: () => ({ title: 'The benchmark was canceled.', text: 'Results so far are kept.' }),
  },
  search: {
    lane: 'measures',
    screens: ['studio'],
    verb: 'Searching',
    failed: (subject) => `The search in ${subject} did not finish.`,
    canceled: () => ({ title: 'Search stopped.', text: 'Its results so far are kept, and so are earlier ones.' }),
  },
  'measure-nodes': {
    lane: 'measures',
    screens: ['studio'],
    verb: 'Measuring nodes of',
    failed: (subject) => `The nodes of ${subject} could not be measured.`,
    canceled: () => ({ title: 'Measuring nodes was canceled.', text: keptBefore }),
  },
  'first-difference': {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Comparing nodes of',
    failed: (subject) => `The nodes of ${subject} could not be compared.`,
    canceled: () => ({ title: 'Comparing nodes was canceled.', text: keptBefore }),
  },
  'measure-sensitivity': {
    lane: 'long',
    givesWay: true,
    screens: ['studio'],
    verb: 'Measuring the sensitivity of',
    failed: (subject) => `The sensitivity of ${subject} could not be measured.`,
    canceled: () => ({ title: 'Measuring sensitivity was canceled.', text: keptBefore }),
  },
  'measure-batches': {
    lane: 'measures',
    screens: ['serving'],
    verb: 'Measuring batches of',
    failed: (subject) => `Batches of ${subject} could not be measured.`,
    canceled: () => ({ title: 'Measuring batches was canceled.', text: keptBefore }),
  },
  'run-live': {
    lane: 'measures',
    screens: ['serving'],
    verb: 'Serving',
    failed: (subject) => `The load on ${subject} could not be run.`,
    canceled: () => ({ title: 'The live run was canceled.', text: keptBefore }),
  },
  'measure-writing': {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Measuring the generation speed of',
    failed: (subject) => `The generation speed of ${subject} could not be measured.`,
    canceled: () => ({ title: 'Measuring the generation speed was canceled.', text: keptBefore }),
  },
  write: {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Generating text with',
    failed: (subject) => `${subject} could not generate text.`,
    canceled: () => ({ title: 'Text generation stopped.', text: 'The text so far is kept.' }),
  },
  'tune-server': {
    lane: 'measures',
    screens: ['serving'],
    verb: 'Finding settings for',
    failed: (subject) => `No settings were found for ${subject}.`,
    canceled: () => ({ title: 'Finding settings was canceled.', text: keptBefore }),
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
    canceled: () => ({ title: 'Measuring throughput was canceled.', text: keptBefore }),
  },
  sustained: {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Running',
    failed: (subject) => `${subject} could not be run.`,
    canceled: () => ({ title: 'The sustained run was stopped.', text: keptBefore }),
  },
  'measure-memory': {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Measuring the memory of',
    failed: (subject) => `The memory of ${subject} could not be measured.`,
    canceled: () => ({ title: 'Measuring memory was canceled.', text: keptBefore }),
  },
  roofline: {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Finding the bottleneck of',
    failed: (subject) => `The bottleneck of ${subject} could not be found.`,
    canceled: () => ({ title: 'Finding the bottleneck was canceled.', text: keptBefore }),
  },
  trace: {
    lane: 'measures',
    screens: ['benchmark'],
    verb: 'Tracing',
    failed: (subject) => `${subject} could not be traced.`,
    canceled: (subject) => ({ title: `Tracing ${subject} was canceled.`, text: 'Nothing was saved.' }),
  },
  'read-data': {
    lane: 'short',
    screens: ['data'],
    verb: 'Reading',
    failed: (subject) => `${subject} could not be read.`,
    canceled: (subject) => ({ title: `Reading ${subject} was canceled.`, text: nothingChanged }),
  },
  'check-data': {
    lane: 'short',
    screens: ['data'],
    verb: 'Checking',
    failed: (subject) => `${subject} could not be checked.`,
    canceled: (subject) => ({ title: `Checking ${subject} was canceled.`, text: nothingChanged }),
  },
  bundle: {
    lane: 'short',
    screens: ['studio'],
    verb: 'Bundling',
    failed: (subject) => `The bundle of ${subject} could not be made.`,
    canceled: (subject) => ({ title: `Bundling ${subject} was canceled.`, text: 'Nothing was saved.' }),
  },
  'make-repository': {
    lane: 'measures',
    screens: ['studio'],
    verb: 'Making files for transformers.js of',
    failed: (subject) => `The files of ${subject} for transformers.js could not be made.`,
    canceled: (subject) => ({ title: `Making files of ${subject} was canceled.`, text: 'Nothing was saved.' }),
  },
  compile: {
    lane: 'short',
    screens: ['studio'],
    verb: 'Compiling',
    failed: (subject) => `${subject} was not compiled.`,
    canceled: (subject) => ({ title: `Compiling ${subject} was canceled.`, text: 'Nothing was saved.' }),
  },
  download: {
    lane: 'short',
    screens: ['studio'],
    verb: 'Packing',
    failed: (subject) => `${subject} could not be packed.`,
    canceled: (subject) => ({ title: `Packing ${subject} was canceled.`, text: 'Nothing was saved.' }),
  },
} satisfies Readonly<Record<string, JobKindRecord>>;

export type JobKind = keyof typeof jobKinds;

export function laneOf(kind: JobKind): Lane {
  return jobKinds[kind].lane;
}

export function givesWay(kind: JobKind): boolean {
  const record: JobKindRecord = jobKinds[kind];
  return record.givesWay === true;
}

/** The end of a job without a result. */
export interface JobOutcome {
  readonly kind: JobKind;
  readonly end: 'canceled' | 'failed';
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
  return end === 'failed' ? { title: record.failed(subject), text: message } : record.canceled(subject);
}
