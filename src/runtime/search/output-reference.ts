/** The original's outputs on a few inputs, which candidates and single layers are compared with. */
import type { Dataset, ReadContext } from '../../engine/data/dataset';
import type { Feeds, FreeDimensions } from '../../engine/data/feeds';
import { cacheOutputs } from '../../engine/data/mapping/answering-outputs';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { ParetoError } from '../../engine/errors';
import { createInputsReader, firstInputs } from '../../engine/data/read-inputs';
import { createSyntheticFeeds, kindsOfInputs } from '../../engine/data/synthetic';
import { pictureKindOf } from '../../engine/data/synthetic-pictures';
import { DataComparison } from '../../engine/metrics/data-match';
import type { DataMatch } from '../../engine/metrics/evaluation';
import { decideKinds } from '../../engine/metrics/detection/find-boxes';
import { evidenceOfData, observedOutputs, type OutputEvidence } from '../../engine/metrics/output-kind';
import { fewestOfSlowModel, screeningSamples } from '../../engine/search/search-plan';
import type { SearchedOutput } from '../../engine/search/search-journal';
import { median } from '../../engine/metrics/quantile';
import { asComparable, describeRandomness } from '../../engine/metrics/describe-randomness';
import type { ModelFiles } from '../models/model-files';
import type { HostedSession, SessionHost } from '../session/session-host';

export interface ReferenceSource {
  readonly dataset: Dataset;
  readonly mapping: DataMapping;
  /** Samples in any order, of which the first are read. */
  readonly indices: readonly number[];
}

interface RunSettings {
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  /** The time after which the original runs on no further sample. */
  readonly longestMs?: number;
  /** The samples that are run, whatever time they take. */
  readonly exactly?: number;
  /** The operators that compute each output of the original. */
  readonly endings: NonNullable<OutputEvidence['endings']>;
}

const syntheticSamples = 8;
/** A slow model is compared on fewer. */
const usualLongestMs = 4_000;

export class OutputReference {
  /** Time until a session is open in a worker that is started for it. */
  readonly openMs: number;
  /** Least time of one run of one sample, including the transfer to the worker and back. The first runs are cold. */
  msPerSample: number;
  /** The median time of a sample once the session is warm. */
  readonly warmMsPerSample: number;
  /** Time to read one sample and make inputs of it; 0 for random inputs. */
  readonly readMs: number;
  readonly samples: number;
  readonly #sessions: SessionHost;
  readonly #settings: RunSettings;
  readonly #kind: 'data' | 'synthetic';
  readonly #evidence: OutputEvidence;
  readonly #source: ReferenceSource | null;
  readonly #sets: readonly { readonly feeds: Feeds; readonly outputs: Feeds }[];
  /** The reason that nothing can be compared, because the original does not repeat its outputs: a sentence. */
  readonly #problem: string | undefined;

  private constructor(
    sessions: SessionHost,
    settings: RunSettings,
    source: ReferenceSource | null,
    run: {
      readonly sets: readonly { readonly feeds: Feeds; readonly outputs: Feeds }[];
      readonly openMs: number;
      readonly runMs: number;
      readonly warmMs: number;
      readonly readMs: number;
      readonly problem: string | undefined;
    },
  ) {
    this.#sessions = sessions;
    this.#settings = settings;
    this.#kind = source === null ? 'synthetic' : 'data';
    this.#source = source;
    const ofData = source === null ? {} : evidenceOfData(source.mapping, source.dataset.description);
    this.#evidence = { ...ofData, endings: settings.endings };
    this.#sets = run.sets;
    this.#problem = run.problem;
    this.samples = run.sets.length;
    this.openMs = run.openMs;
    this.readMs = run.readMs / run.sets.length;
    this.msPerSample = run.runMs / run.sets.length;
    this.warmMsPerSample = run.warmMs;
  }

  /** Runs the original on at most 32 samples, or without data on 8 random inputs. Rejects when it does not run. */
  static async run(
    context: ReadContext,
    sessions: SessionHost,
    original: ModelFiles,
    source: ReferenceSource | null,
    settings: RunSettings,
  ): Promise<OutputReference> {
    const { longestMs = usualLongestMs, exactly = Infinity } = settings;
    const openedAtMs = performance.now();
    const session = await openSession(context.signal, sessions, original, { settings, source });
    const openMs = performance.now() - openedAtMs;
    try {
      const readAtMs = performance.now();
      const feeds =
        source === null ? syntheticFeeds(session, settings) : await feedsOf(context, session, source, settings);
      const readMs = source === null ? 0 : performance.now() - readAtMs;
      const sets = [];
      let runMs = 0;
      const runsMs: number[] = [];
      for (const each of feeds) {
        const isEnough = exactly === Infinity && runMs > longestMs && sets.length >= fewestOfSlowModel;
        if (isEnough || sets.length >= exactly) break;
        const startMs = performance.now();
        const { outputs } = await session.run(each);
        const ms = performance.now() - startMs;
        // The first run is cold: it says nothing of the others.
        runMs = sets.length === 1 ? 2 * ms : runMs + ms;
        runsMs.push(ms);
        sets.push({ feeds: each, outputs });
      }
      const problem = describeRandomness(sets.at(-1)!.outputs, (await session.run(sets.at(-1)!.feeds)).outputs);
      return new OutputReference(sessions, settings, source, {
        sets,
        openMs,
        runMs,
        warmMs: median(runsMs),
        readMs,
        problem,
      });
    } finally {
      session.close();
    }
  }

  /** Inputs made from data. `null`: inputs are random. */
  get feeds(): readonly Feeds[] | null {
    return this.#kind === 'data' ? this.inputs : null;
  }

  /** Inputs made from data with the outputs of the original. Empty: inputs are random, or the original does not repeat its outputs. */
  get known(): readonly { readonly feeds: Feeds; readonly outputs: Feeds }[] {
    return this.#kind === 'data' && this.#problem === undefined ? this.#sets : [];
  }

  /** The inputs that are run, made from data or random. */
  get inputs(): readonly Feeds[] {
    return this.#sets.map(({ feeds }) => feeds);
  }

  /** The kinds of outputs, which decide how they are compared. */
  get outputs(): readonly SearchedOutput[] {
    const outputs = observedOutputs(this.#sets[0]!.outputs);
    const { kinds } = decideKinds(outputs, this.#evidence);
    return outputs.map(({ name }, index) => ({ name, ...kinds[index]! }));
  }

  /** Runs a model on the same inputs. Rejects when it does not run. */
  async compare(signal: AbortSignal, files: ModelFiles): Promise<DataMatch> {
    const session = await openSession(signal, this.#sessions, files, {
      settings: this.#settings,
      source: this.#source,
    });
    try {
      const comparison = new DataComparison({ evidence: this.#evidence });
      const startMs = performance.now();
      const kinds = this.#kind === 'synthetic' ? kindsOfInputs(session.inputs) : 1;
      for (const [set, { feeds, outputs }] of this.#sets.entries()) {
        signal.throwIfAborted();
        comparison.add(outputs, (await session.run(feeds)).outputs, 1, { kind: set % kinds });
      }
      this.msPerSample = Math.min(this.msPerSample, (performance.now() - startMs) / this.samples);
      return asComparable(comparison.result({ inputs: this.#kind }), this.#problem);
    } finally {
      session.close();
    }
  }
}

function openSession(
  signal: AbortSignal,
  sessions: SessionHost,
  files: ModelFiles,
  { settings, source }: { readonly settings: RunSettings; readonly source: ReferenceSource | null },
): Promise<HostedSession> {
  const { threads, freeDimensions } = settings;
  // A cache is no answer: it stays in the session.
  const resident = source === null ? undefined : cacheOutputs(source.mapping);
  const kept = resident !== undefined && resident.size > 0 && { resident };
  return sessions.open(signal, { files, ep: 'wasm', threads, freeDimensions, profile: false, ...kept });
}

function syntheticFeeds({ inputs }: HostedSession, { freeDimensions }: RunSettings): readonly Feeds[] {
  return Array.from({ length: syntheticSamples }, (_, seed) =>
    createSyntheticFeeds(inputs, freeDimensions, seed, pictureKindOf(seed)),
  );
}

async function feedsOf(
  context: ReadContext,
  { inputs }: HostedSession,
  { dataset, mapping, indices }: ReferenceSource,
  { freeDimensions }: RunSettings,
): Promise<readonly Feeds[]> {
  const read = createInputsReader({ dataset, mapping, inputs, freeDimensions });
  // The list has more samples than needed, because some may not be readable.
  const chosen = indices.slice(0, 4 * screeningSamples).toSorted((a, b) => a - b);
  const feeds = await firstInputs(read(chosen, context), screeningSamples);
  if (feeds.length > 0) return feeds;
  throw new ParetoError(
    'search/no-samples',
    `None of the first samples of ${dataset.description.name} can be used. Check them on the Data screen, or with pareto evaluate.`,
  );
}
