/** Compares a model of several parts with its original: by whole sequences if it writes, else by the outputs of the whole. */
import type { Dataset, ReadContext } from '../../engine/data/dataset';
import type { Feeds, InputDescription } from '../../engine/data/feeds';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { createSampleFeeder } from '../../engine/data/mapping/sample-feeds';
import type { ChainWiring } from '../../engine/data/parts/wire-chain';
import type { OutputMatch } from '../../engine/metrics/cell';
import type { Estimate, Evaluation, SkippedSample } from '../../engine/metrics/evaluation';
import { OutputComparison } from '../../engine/metrics/output-match';
import { proportion } from '../../engine/metrics/proportion-interval';
import type { Progress } from '../../engine/progress';
import { readSamples } from '../evaluation/read-samples';
import { SkippedSamples } from '../evaluation/skipped-samples';
import { firstDifference } from '../generation/write-text';
import { describeRefusedRun } from '../session/failure';
import type { SessionHost } from '../session/session-host';
import { PartSessions, type PartFiles } from './part-sessions';
import { runChain } from './run-chain';
import { writeSequence, type WriteSpec } from './sequence-writer';

export interface PartsRequest {
  readonly original: readonly PartFiles[];
  readonly variant: readonly PartFiles[];
  readonly work: ChainWiring | WriteSpec;
  readonly dataset: Dataset;
  readonly indices: readonly number[];
  readonly mapping: DataMapping;
  /** Inputs that the data feeds: the encoder's, or those of a chain. */
  readonly inputs: readonly InputDescription[];
  readonly threads: number;
}

/** A sample about which the variant writes another sequence. */
export interface SequenceDifference {
  readonly place: string;
  /** The place of the first differing token, from 0. */
  readonly firstToken: number;
  readonly original: readonly number[];
  readonly variant: readonly number[];
}

export interface SequenceFigures {
  /** The share of samples about which both write the same tokens up to the end, with its 95 % interval (Wilson). */
  readonly sequenceAgreement: Estimate;
  /** Tokens that the original wrote. */
  readonly tokens: number;
  /** The first 20 samples that differ. */
  readonly differences: readonly SequenceDifference[];
}

/** Sequences of a model that writes, or else the outputs of the whole. */
type Figures = { readonly sequences: SequenceFigures } | { readonly outputMatch: OutputMatch };

export type PartsEvaluation = Pick<Evaluation, 'samples' | 'skipped' | 'skippedSamples'> & Figures;

const mostDifferences = 20;

/**
 * Compares sample after sample, each alone. Rejects if no sample can be used (`evaluate/no-samples`), as sessions and reading do, and with
 * the signal's reason once aborted.
 */
export async function evaluateParts(
  context: ReadContext,
  host: SessionHost,
  request: PartsRequest,
  onProgress: (progress: Progress) => void,
): Promise<PartsEvaluation> {
  const { original, variant, threads, work, dataset, indices } = request;
  const opened: PartSessions[] = [];
  try {
    for (const parts of [original, variant]) {
      opened.push(await PartSessions.open(context.signal, host, { parts, threads }));
    }
    const tally = 'wiring' in work ? new SequenceTally(context, work) : new OutputTally(work);
    const skipped = new SkippedSamples();
    let samples = 0;
    for await (const read of samplesOf(context, request)) {
      onProgress({ stage: 'Running both', done: samples + skipped.count, total: indices.length });
      if ('reason' in read) {
        skipped.add(read);
        continue;
      }
      // A sample that the original refuses is skipped. A variant that refuses one of the others fails.
      const reason = await refusedBy(() => tally.runOriginal(opened[0]!, read.feeds));
      if (reason === undefined) await tally.addVariant(opened[1]!, read);
      if (reason === undefined) samples++;
      else skipped.add({ place: read.place, reason });
    }
    onProgress({ stage: 'Running both', done: indices.length, total: indices.length });
    if (samples === 0) throw skipped.noneLeft(dataset.description, indices.length);
    return { samples, skipped: skipped.count, skippedSamples: skipped.named, ...tally.figures(samples) };
  } finally {
    for (const sessions of opened) sessions.close();
  }
}

interface EntrySample {
  readonly place: string;
  readonly feeds: Feeds;
}

async function* samplesOf(
  context: ReadContext,
  { dataset, indices, mapping, inputs }: PartsRequest,
): AsyncGenerator<EntrySample | SkippedSample, void> {
  const feeder = createSampleFeeder({
    mapping: { inputs: mapping.inputs, labels: null },
    description: dataset.description,
    inputs,
    freeDimensions: {},
  });
  const states = Object.fromEntries(feeder.states.map(({ input, zeros }) => [input, zeros]));
  for await (const sample of readSamples(context, dataset, indices, [feeder])) {
    if ('reason' in sample) {
      yield sample;
      continue;
    }
    const [feeds, ...more] = sample.fed[0]!.steps;
    if (more.length === 0) yield { place: sample.place, feeds: { ...states, ...feeds } };
    else yield { place: sample.place, reason: 'It has several steps. Parts are compared on samples of one step.' };
  }
}

/** The reason why the runtime refused a sample. Other errors are thrown. */
async function refusedBy(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const reason = describeRefusedRun(error);
    if (reason === undefined) throw error;
    return reason;
  }
}

class SequenceTally {
  readonly #context: ReadContext;
  readonly #spec: WriteSpec;
  readonly #differences: SequenceDifference[] = [];
  #expected: readonly number[] = [];
  #same = 0;
  #tokens = 0;

  constructor(context: ReadContext, spec: WriteSpec) {
    this.#context = context;
    this.#spec = spec;
  }

  async runOriginal(sessions: PartSessions, feeds: Feeds): Promise<void> {
    this.#expected = await this.#write(sessions, feeds);
  }

  async addVariant(sessions: PartSessions, { place, feeds }: EntrySample): Promise<void> {
    const own = await this.#write(sessions, feeds);
    const expected = this.#expected;
    this.#tokens += expected.length;
    const firstToken = firstDifference(expected, own);
    if (firstToken === null) this.#same++;
    else if (this.#differences.length < mostDifferences) {
      this.#differences.push({ place, firstToken, original: expected, variant: own });
    }
  }

  #write(sessions: PartSessions, feeds: Feeds): Promise<readonly number[]> {
    return writeSequence(sessions, this.#spec, feeds, () => this.#context.checkpoint());
  }

  figures(samples: number): Figures {
    const sequenceAgreement = proportion(this.#same, samples);
    return { sequences: { sequenceAgreement, tokens: this.#tokens, differences: this.#differences } };
  }
}

class OutputTally {
  readonly #wiring: ChainWiring;
  readonly #comparison = new OutputComparison();
  #expected: Feeds = {};

  constructor(wiring: ChainWiring) {
    this.#wiring = wiring;
  }

  async runOriginal(sessions: PartSessions, feeds: Feeds): Promise<void> {
    this.#expected = await runChain(sessions, this.#wiring, feeds);
  }

  async addVariant(sessions: PartSessions, { feeds }: EntrySample): Promise<void> {
    this.#comparison.add(this.#expected, await runChain(sessions, this.#wiring, feeds));
  }

  figures(): Figures {
    return { outputMatch: this.#comparison.result('data') };
  }
}
