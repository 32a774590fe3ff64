import type { FreeDimensions } from '../../src/engine/data/feeds';
import { hashSource } from '../../src/engine/files/hash-source';
import { formatQuoted } from '../../src/engine/format';
import { parseArrivals, parseReplay, type Arrivals } from '../../src/engine/serving/arrivals';
import type { BatchPolicy } from '../../src/engine/serving/batching';
import type { CachePolicy } from '../../src/engine/serving/prediction-cache';
import type { RunTrace } from '../../src/engine/serving/dispatcher';
import { compareLive, mostLiveInstances, type LiveComparison } from '../../src/engine/serving/compare-live';
import { mostServedSamples, suggestedWaits } from '../../src/engine/serving/service-times';
import { summarizeServing, type ServingResult } from '../../src/engine/serving/serving-result';
import { servingHeadline } from '../../src/engine/serving/describe-serving';
import {
  describeScenario,
  leastDurationS,
  type ScenarioName,
  type ScenarioResult,
} from '../../src/engine/serving/load-scenarios';
import { capacityPerSecond } from '../../src/engine/serving/rate-sweep';
import type { TunedServing } from '../../src/engine/serving/tune-serving';
import { parseLengths, serviceTimesOf, type LengthShare } from '../../src/engine/serving/text-lengths';
import { simulateLongServing, type ServingSetup } from '../../src/engine/serving/simulate';
import { largestSeed } from '../../src/engine/seeded-random';
import { simulateScenario } from '../../src/engine/serving/simulate-scenario';
import { defaultNodeThreads } from '../../src/runtime/node/node-device';
import { createNodeHost } from '../../src/runtime/node/node-host';
import { runLive } from '../../src/runtime/serving/run-live';
import type { MeasuredBatches } from '../../src/runtime/serving/measure-batches';
import { PathSource } from '../../src/runtime/node/path-source';
import { readFirstInputs } from '../../src/work/data';
import { refuseUnknownDimensions, type DataRequest } from '../../src/work/request';
import {
  integerOption,
  isSet,
  requirePositionals,
  textOption,
  UsageError,
  type Arguments,
  type Command,
  type Invocation,
  type Shell,
} from '../command';
import { findModel } from '../files/model-on-disk';
import { dataHelp, dataOptions, readDataRequest, readTextFile } from '../options/data-options';
import { dimensionsOption } from '../options/run-options';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import { readModelFiles } from '../../src/runtime/node/disk/model-from-disk';
import { scenarioNamed } from '../servers/drive-scenarios';
import { ServerTimes } from '../servers/server-times';
import { describeSimulation, medians, type SimulateResult } from '../servers/simulate-report';
import { timesOfLoad } from '../servers/text-times';
import { describeTuned, tune } from '../servers/tune-server';
import { createShellHost, shellOption } from '../shell-host';

export const simulateCommand: Command = {
  name: 'simulate',
  summary: 'simulates a server with batching and a cache, on batch times measured here',
  options: {
    arrivals: { type: 'string' },
    scenario: { type: 'string' },
    'max-batch': { type: 'string' },
    'max-wait-ms': { type: 'string' },
    'max-queue': { type: 'string' },
    'timeout-ms': { type: 'string' },
    instances: { type: 'string' },
    cache: { type: 'string' },
    inputs: { type: 'string' },
    lengths: { type: 'string' },
    'target-ms': { type: 'string' },
    'duration-s': { type: 'string' },
    times: { type: 'string' },
    tune: { type: 'boolean' },
    live: { type: 'boolean' },
    threads: { type: 'string' },
    dim: { type: 'string', multiple: true },
    seed: { type: 'string' },
    ...dataOptions,
  },
  help: `Measures batch times of a model on this machine and simulates a server with them: waiting times, batch sizes, savings of a
cache. A simulation ranks settings. It does not measure a server.

Usage: pareto simulate <model> --arrivals <load> [--json]
       pareto simulate <model> --scenario <name> [--json]

Options:
  --arrivals <load>  poisson:50 (per second), closed:8 or closed:8:20 (clients, think time in ms),
                     bursts:10:100:5:1 (low and high per second, seconds of each), or a CSV file of t_ms[,input]
  --scenario <name>  in place of --arrivals a standard load of MLPerf, with its rules: single-stream, multi-stream, offline,
                     or server, which finds the highest rate with p99 within --target-ms
  --max-batch <n>    maximum batch size (8)
  --max-wait-ms <n>  longest wait of a request for others in its batch (run time of one sample, at most 5); 0: no wait
  --max-queue <n>    rejects requests while this many wait
  --timeout-ms <n>   response deadline; requests that would miss it are not started
  --instances <n>    batches that run in parallel (1)
  --cache <n:s>      caches n responses for s seconds: 10000:3600
  --inputs <n:z>     n different inputs with Zipf exponent z: 1000:1 (0: uniform)
  --lengths <list>   texts of these lengths in tokens with these shares: 12:0.7,60:0.3
  --target-ms <n>    response time target; reports the share within it
  --duration-s <n>   duration of the load (30; 600 with --scenario)
  --times <file>     uses the batch times of measure-server --json instead of measuring here
  --tune             chooses batch size, wait, instances and threads for the load and the target, by simulating some of the
                     possible settings
  --live             also runs the load on real sessions, one for each instance, and compares
  --threads <n>      WASM threads of each instance (half of the cores, at most 4)
  --dim name=value   sets a free dimension
  --seed <n>         seed of arrivals and times (0)
${dataHelp('--arrivals <load>'.length)}
  --json             prints the result as one JSON document

Example:
  pareto simulate model.onnx --arrivals poisson:200 --max-batch 16 --max-wait-ms 4 --cache 1000:60 --inputs 5000:1
`,
  run,
};

async function run(invocation: Invocation): Promise<void> {
  const [model = ''] = requirePositionals(invocation, ['The model']);
  return simulate({ model, ...(await readRequest(invocation)) }, invocation);
}

async function simulate(options: SimulateRequest, shell: Shell): Promise<void> {
  const model = findModel(options.model, shell);
  const { freeDimensions, isLive, times: given } = options;
  refuseUnknownDimensions(freeDimensions, model, shellOption);
  const { policy, seed, targetMs } = options;
  const host = createShellHost(shell);
  const sha256 = await hashSource(PathSource.of(model.path), host);
  const count = mostServedSamples;
  const samples = options.data ? await readFirstInputs(options.data, model, { freeDimensions, count }, host) : [];
  const asked = {
    files: await readModelFiles(model),
    ep: 'wasm',
    threads: options.threads,
    freeDimensions,
    seed,
    samples,
  } as const;
  const times = new ServerTimes(shell, asked, given === undefined ? null : { path: given, sha256 });
  const tuned = options.isTuned ? await tune(shell, times, { ...options, inputs: model.inputs }) : null;
  const server = await times.measuredServer();
  const { instances, threads } = tuned?.best ?? { ...options, threads: server?.threads ?? asked.threads };
  const { measured, lengths } = await timesOfLoad(times, { ...options, threads, inputs: model.inputs });
  shell.terminal.progress('Simulating');
  const maxBatch = measured.fixedBatch === undefined ? (tuned?.best.maxBatch ?? policy.maxBatch) : 1;
  const maxWaitMs = tuned?.best.maxWaitMs ?? options.maxWaitMs ?? suggestedWaits(measured.times).maxWaitMs;
  const policySet = { ...policy, maxBatch, maxWaitMs };
  const timed = { service: serviceTimesOf(measured), answerDelaysMs: server?.answerDelaysMs };
  const asSet = { ...options, instances, policy: policySet, ...timed, ...(lengths && { lengths }) };
  const { setup, trace, scenario } = await simulateAsked(shell, options, asSet);
  const served = summarizeServing(setup, trace, targetMs);
  const live = isLive
    ? await compareHere(shell, { ...asked, threads, load: setup }, { times: measured.times, targetMs })
    : null;
  shell.terminal.progress('');
  const result: SimulateResult = {
    model: model.name,
    sha256,
    ...served,
    durationS: setup.durationS,
    seed,
    threads,
    inputs: options.popularity,
    batchMs: medians(measured.texts?.byLength[0] ?? measured),
    measuredOn: measured.inputs,
    timesOf: given === undefined ? 'wasm' : 'server',
    ...(measured.fixedBatch !== undefined && { fixedBatch: measured.fixedBatch }),
    ...(lengths && { lengths }),
    ...(scenario !== null && { scenario }),
    ...(live !== null && { live }),
    ...(tuned !== null && { tuned }),
  };
  const headline = headlineOf(options, setup, { served, tuned, scenario });
  shell.terminal.print(shell.json ? JSON.stringify(result) : describeSimulation(result, headline));
}

interface Found {
  readonly served: ServingResult;
  readonly tuned: TunedServing | null;
  readonly scenario: ScenarioResult | null;
}

function headlineOf(
  { arrivals, targetMs = 0 }: SimulateRequest,
  setup: ServingSetup,
  { served, tuned, scenario }: Found,
): string {
  const found =
    scenario === null
      ? servingHeadline(arrivals, served, {
          capacityPerSecond: capacityPerSecond(setup, served.cache?.hitRate),
          durationS: setup.durationS,
        })
      : describeScenario(scenario);
  return tuned === null ? found : `${describeTuned(tuned, arrivals, targetMs)}\n\n${found}`;
}

/** Simulates the scenario, which sets arrivals and duration of its own, or the load as it is set. */
async function simulateAsked(
  { signal }: Shell,
  { scenario, targetMs = 0 }: SimulateRequest,
  setup: ServingSetup,
): Promise<{ readonly setup: ServingSetup; readonly trace: RunTrace; readonly scenario: ScenarioResult | null }> {
  const { checkpoint } = createRecipeHost(signal);
  if (scenario === null) return { setup, trace: await simulateLongServing(setup, checkpoint), scenario };
  const { result, ...simulated } = await simulateScenario(scenario, setup, targetMs, checkpoint);
  return { ...simulated, scenario: result };
}

async function compareHere(
  { signal, terminal }: Shell,
  request: Parameters<typeof runLive>[2],
  { times, targetMs }: Pick<MeasuredBatches, 'times'> & { readonly targetMs: number | undefined },
): Promise<LiveComparison> {
  const served = await runLive(signal, createNodeHost, request, ({ stage }) => terminal.progress(stage));
  return compareLive(request.load, served, times, targetMs, createRecipeHost(signal).checkpoint);
}

type SimulateRequest = SimulateOptions & { readonly model: string };

interface SimulateOptions {
  readonly arrivals: Arrivals;
  /** Sets arrivals and duration. */
  readonly scenario: ScenarioName | null;
  readonly policy: Omit<BatchPolicy, 'maxWaitMs'>;
  /** Absent: a wait that suits the measured times. */
  readonly maxWaitMs?: number;
  readonly instances: number;
  readonly cache: CachePolicy | null;
  readonly popularity: { readonly count: number; readonly exponent: number };
  /** Absent: all inputs are of the same size. */
  readonly shares?: readonly LengthShare[];
  readonly targetMs?: number;
  readonly isTuned: boolean;
  /** Runs real sessions too. */
  readonly isLive: boolean;
  /** A file with the times of `measure-server`. */
  readonly times: string | undefined;
  /** Absent: inputs are random. */
  readonly data: DataRequest | undefined;
  readonly freeDimensions: FreeDimensions;
  readonly durationS: number;
  readonly threads: number;
  readonly seed: number;
}

async function readRequest(invocation: Invocation): Promise<SimulateOptions> {
  const scenario = scenarioOption(invocation);
  const load = scenario === null ? textOption(invocation, 'arrivals') : 'poisson:1';
  if (load === undefined) throw new UsageError('The load is missing. Name it with --arrivals, such as poisson:50.');
  const whole = (name: string, minimum: number, maximum: number) =>
    integerOption(invocation, name, { minimum, maximum });
  const [maxQueue, timeoutMs] = [whole('max-queue', 1, 1e6), whole('timeout-ms', 1, 1e6)];
  const cache = pairOption(invocation, 'cache', '10000:3600');
  const [count, exponent] = pairOption(invocation, 'inputs', '1000:1') ?? [1000, 0];
  if (count < 1 || count > 1e6 || exponent > 5)
    throw new UsageError('--inputs allows up to 1000000 inputs and z up to 5.');
  const instances = whole('instances', 1, 64) ?? 1;
  const times = textOption(invocation, 'times');
  const isLive = isSet(invocation, 'live');
  if (isLive && instances > mostLiveInstances) {
    throw new UsageError(`--live opens one session for each instance: at most ${mostLiveInstances}.`);
  }
  if (times !== undefined && isLive) throw new UsageError('--live measures here, so it does not work with --times.');
  return {
    arrivals: /^(poisson|closed|bursts)(:|$)/.test(load)
      ? parseArrivals(load)
      : parseReplay(await readTextFile(invocation, load, 'load')),
    scenario,
    policy: {
      maxBatch: whole('max-batch', 1, 1024) ?? 8,
      ...(maxQueue !== undefined && { maxQueue }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
    maxWaitMs: whole('max-wait-ms', 0, 60_000),
    instances,
    isLive,
    times,
    data: await readDataRequest(invocation),
    freeDimensions: dimensionsOption(invocation),
    cache: cache && { entries: cache[0], ttlS: cache[1] },
    popularity: { count, exponent },
    ...lengthsOption(invocation),
    targetMs: whole('target-ms', 1, 1e6),
    isTuned: tuneOption(invocation),
    durationS: whole('duration-s', 1, 3600) ?? (scenario === null ? 30 : leastDurationS),
    threads: whole('threads', 1, 64) ?? defaultNodeThreads(),
    seed: whole('seed', 0, largestSeed) ?? 0,
  };
}

function scenarioOption(invocation: Arguments): ScenarioName | null {
  const name = textOption(invocation, 'scenario');
  if (name === undefined) return null;
  const given = ['arrivals', 'cache', 'tune', 'live'].find((one) => invocation.values[one] !== undefined);
  if (given !== undefined) throw new UsageError(`--scenario does not work with --${given}. Leave one of them out.`);
  const scenario = scenarioNamed(name);
  if (scenario === 'server' && invocation.values['target-ms'] === undefined) {
    throw new UsageError('The server scenario needs a target. Name it with --target-ms.');
  }
  return scenario;
}

function lengthsOption(invocation: Arguments): { readonly shares?: readonly LengthShare[] } {
  const text = textOption(invocation, 'lengths');
  if (text === undefined) return {};
  // Samples of data have lengths of their own.
  const given = ['live', 'data'].find((one) => invocation.values[one] !== undefined);
  if (given !== undefined) throw new UsageError(`--lengths does not work with --${given}. Leave one of them out.`);
  return { shares: parseLengths(text) };
}

function tuneOption({ values }: Arguments): boolean {
  if (values['tune'] !== true) return false;
  const chosen = ['max-wait-ms', 'instances', 'threads'].find((name) => values[name] !== undefined);
  if (chosen !== undefined) throw new UsageError(`--tune chooses --${chosen}. Leave it out.`);
  if (values['target-ms'] === undefined) throw new UsageError('--tune needs a target. Name it with --target-ms.');
  return true;
}

/** Two numbers with a colon between them; the first is whole. */
function pairOption(invocation: Arguments, name: string, example: string): readonly [number, number] | null {
  const text = textOption(invocation, name);
  if (text === undefined) return null;
  const [, first, second] = /^(\d{1,9}):(\d{1,9}(?:\.\d+)?)$/.exec(text) ?? [];
  if (first === undefined)
    throw new UsageError(`--${name} must be two numbers, such as ${example}, not ${formatQuoted(text)}.`);
  return [Number(first), Number(second)];
}
