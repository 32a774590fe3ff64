import { createSyntheticFeeds } from '../../src/engine/data/synthetic';
import { ParetoError } from '../../src/engine/errors';
import { formatCount, formatDuration, formatPercent, formatQuoted, formatRate } from '../../src/engine/format';
import { median, quantileOfSorted } from '../../src/engine/metrics/quantile';
import { largestSeed } from '../../src/engine/seeded-random';
import { scheduleRequests } from '../../src/engine/serving/arrivals';
import { formatClaim } from '../../src/engine/serving/describe-serving';
import { describeScenario, type ScenarioName } from '../../src/engine/serving/load-scenarios';
import {
  clientsAtCapacity,
  describeServerMeasurement,
  mostSamples,
  rateWithinTarget,
  type MeasuredRate,
  type ServerMeasurement,
} from '../../src/engine/serving/server-measurement';
import { suggestedWaits, type BatchTimes } from '../../src/engine/serving/service-times';
import { percentiles } from '../../src/engine/serving/serving-result';
import { v2Request } from '../../src/engine/serving/v2-request';
import { driveClosedLoop, driveOpenLoop, type HttpAnswer, type HttpTarget } from '../../src/runtime/node/http-load';
import {
  findBundle,
  findPython,
  startServer,
  timeNativeBatches,
  type FoundBundle,
  type PythonFound,
} from '../servers/bundle-server';
import { timeOtherRuns } from '../servers/time-other-runs';
import { checkInputs, driveScenarios, scenariosOption, type AnsweredRate } from '../servers/drive-scenarios';
import { readFirstInputs } from '../../src/work/data';
import type { DataRequest } from '../../src/work/request';
import {
  integerOption,
  requirePositionals,
  textOption,
  UsageError,
  type Arguments,
  type Command,
  type Invocation,
  type Shell,
} from '../command';
import { findModel } from '../files/model-on-disk';
import { dataHelp, dataOptions, readDataRequest } from '../options/data-options';
import { createShellHost } from '../shell-host';
import { formatTable } from '../words/table';

export const measureServerCommand: Command = {
  name: 'measure-server',
  summary: 'starts the server of a bundle here, loads it, and measures its limits',
  takesBundles: true,
  options: {
    rates: { type: 'string' },
    scenario: { type: 'string' },
    'target-ms': { type: 'string' },
    'duration-s': { type: 'string' },
    python: { type: 'string' },
    'max-batch': { type: 'string' },
    'max-wait-ms': { type: 'string' },
    'timeout-ms': { type: 'string' },
    instances: { type: 'string' },
    threads: { type: 'string' },
    seed: { type: 'string' },
    ...dataOptions,
  },
  help: `Starts the server of a bundle on this machine and measures it: batch times of ONNX Runtime without HTTP, the capacity, and
latency at several rates of requests. Requests follow a random schedule (Poisson) that waits for no answer, and latency counts from
the scheduled time. The client runs on this machine too.

Usage: pareto measure-server <bundle> [--rates <list>] [--json]

Options:
  --rates <list>     requests per second: 50,100,200 (30, 60, 90, 120 % of the measured capacity)
  --scenario <names> also runs standard loads of MLPerf and checks their rules: single-stream, multi-stream, offline, and
                     server, which is the highest of the rates with p99 within the target. Valid runs need --duration-s 600
  --target-ms <n>    response time target (five times that of a single request)
  --duration-s <n>   duration of each rate (10)
  --python <path>    a Python with onnxruntime, fastapi, uvicorn and prometheus_client (python3)
  --max-batch <n>    MAX_BATCH of the server
  --max-wait-ms <n>  MAX_WAIT_MS of the server
  --timeout-ms <n>   TIMEOUT_MS of the server
  --instances <n>    INSTANCES of the server: batches that run in parallel
  --threads <n>      THREADS of each batch
  --seed <n>         seed of the schedule and of random inputs (0)
${dataHelp('--arrivals <load>'.length)}
  --json             prints the measurement as one JSON document, for bundle --report and simulate --times

Example:
  pareto measure-server deploy --rates 20,50,100 --target-ms 100 --json > server.json
`,
  run,
};

async function run(invocation: Invocation): Promise<void> {
  const [folder = ''] = requirePositionals(invocation, ['The bundle']);
  return measureServer({ folder, ...(await readRequest(invocation)) }, invocation);
}

async function measureServer({ folder, ...options }: MeasureOptions & { readonly folder: string }, shell: Shell) {
  const bundle = findBundle(folder);
  const measurement = await measure(shell, bundle, { ...options, found: findPython(options.python, folder) });
  shell.terminal.progress('');
  shell.terminal.print(shell.json ? JSON.stringify(measurement) : describe(measurement));
}

async function measure(
  shell: Shell,
  bundle: FoundBundle,
  { found, ...options }: MeasureOptions & { readonly found: PythonFound },
): Promise<ServerMeasurement> {
  const requests = await requestsFor(shell, bundle, options);
  checkInputs(options.scenarios, requests.bodies.length);
  const { signal, terminal } = shell;
  terminal.progress('Timing batches');
  const batchTimes = await timeNativeBatches(signal, found, bundle, options.environment);
  const others = await timeOtherRuns(shell, found, bundle, options.environment);
  terminal.progress('Starting the server');
  const server = await startServer(signal, found, bundle, options.environment);
  try {
    const target = { url: `http://127.0.0.1:${server.port}/v2/models/${bundle.name}/infer`, bodies: requests.bodies };
    const { limits } = await statsOf(signal, target.url);
    const driven = await drive(shell, target, { ...options, batchTimes, limits });
    const { python, onnxruntime, machine, cores } = found;
    return {
      model: bundle.name,
      sha256: bundle.sha256,
      server: { python, onnxruntime, machine, cores, ...limits, peakMemoryBytes: server.peakMemoryBytes() },
      seed: options.seed,
      inputs: { kind: requests.kind, count: requests.bodies.length },
      batchTimes,
      ...others,
      ...driven,
      limits: { perSecondWithinTarget: rateWithinTarget(driven.rates) },
    };
  } finally {
    await server.stop();
  }
}

interface MeasureOptions {
  readonly python: string;
  readonly rates: readonly number[] | undefined;
  readonly targetMs: number | undefined;
  readonly durationS: number;
  readonly seed: number;
  readonly scenarios: readonly ScenarioName[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absent: inputs are random. */
  readonly data: DataRequest | undefined;
}

const mostRate = 100_000;

async function readRequest(invocation: Invocation): Promise<MeasureOptions> {
  const whole = (name: string, minimum: number, maximum: number) =>
    integerOption(invocation, name, { minimum, maximum });
  const settings = {
    MAX_BATCH: whole('max-batch', 1, 1024),
    MAX_WAIT_MS: whole('max-wait-ms', 0, 60_000),
    TIMEOUT_MS: whole('timeout-ms', 1, 1e6),
    INSTANCES: whole('instances', 1, 64),
    THREADS: whole('threads', 1, 64),
  };
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return {
    python: textOption(invocation, 'python') ?? 'python3',
    rates: ratesOption(invocation),
    scenarios: scenariosOption(invocation),
    targetMs: whole('target-ms', 1, 1e6),
    durationS: whole('duration-s', 1, 3600) ?? 10,
    seed: whole('seed', 0, largestSeed) ?? 0,
    environment: Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
    data: await readDataRequest(invocation),
  };
}

function ratesOption(invocation: Arguments): readonly number[] | undefined {
  const text = textOption(invocation, 'rates');
  if (text === undefined) return undefined;
  const rates = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (rates.length > 100 || !rates.every((rate) => rate > 0 && rate <= mostRate)) {
    throw new UsageError(
      `--rates must be up to 100 numbers above 0 and at most ${mostRate}, not ${formatQuoted(text)}.`,
    );
  }
  return rates;
}

/** The server runs equal requests once, so all bodies differ. At least four are made, and more up to this size. */
const mostBytes = 128 * 2 ** 20;
/** As many as the queue of a server holds. */
const mostBodies = 256;

async function requestsFor(shell: Shell, bundle: FoundBundle, { seed, data }: MeasureOptions) {
  const model = findModel(bundle.modelPath, shell);
  const sizes = { freeDimensions: {}, count: mostBodies };
  const samples = data ? await readFirstInputs(data, model, sizes, createShellHost(shell)) : [];
  const bodies: Uint8Array[] = [];
  let bytes = 0;
  const count = samples.length === 0 ? mostBodies : samples.length;
  for (let index = 0; index < count && (index < 4 || bytes < mostBytes); index++) {
    const feeds = samples[index] ?? createSyntheticFeeds(model.inputs, {}, seed + index);
    const body = new TextEncoder().encode(v2Request(feeds));
    bodies.push(body);
    bytes += body.length;
  }
  return { bodies, kind: samples.length === 0 ? ('synthetic' as const) : ('data' as const) };
}

interface ServerStats {
  readonly limits: Pick<ServerMeasurement['server'], 'threads' | 'maxBatch' | 'instances' | 'maxWaitMs' | 'timeoutMs'>;
  /** The mean time of the latest runs of a single request; `null`: there were none. */
  readonly singleRunMs: number | null;
}

interface ReportedStats {
  readonly name?: string;
  readonly limits?: Readonly<Record<string, number>>;
  readonly batch_ms?: Readonly<Record<string, number>>;
}

/** The limits and times that the server reports. */
async function statsOf(signal: AbortSignal, url: string): Promise<ServerStats> {
  const answer = await fetch(new URL('/models', url), { signal });
  const models = (await answer.json()) as readonly ReportedStats[];
  const { limits = {}, batch_ms: batchMs = {} } = models.find((model) => url.includes(`/${model.name}/`)) ?? {};
  return {
    limits: {
      threads: limits['threads'] ?? 0,
      maxBatch: limits['max_batch'] ?? 1,
      instances: limits['instances'] ?? 1,
      maxWaitMs: limits['max_wait_ms'] ?? 0,
      timeoutMs: limits['timeout_ms'] ?? 0,
    },
    singleRunMs: batchMs['1'] ?? null,
  };
}

const usualShares = [0.3, 0.6, 0.9, 1.2] as const;
const warmUpMs = 1000;
const capacityMs = 4000;
/** Requests alone, and the time that they take together if the server is fast. */
const alone = { requests: 10, durationMs: 4000 } as const;
/** Answers that fit between two requests alone: a server that has been idle answers more slowly than one that was just busy. */
const answersBetween = 3;

interface DriveOptions extends MeasureOptions {
  readonly batchTimes: readonly BatchTimes[];
  readonly limits: ServerStats['limits'];
}

type Driven = Pick<
  ServerMeasurement,
  'targetMs' | 'overheadMs' | 'alone' | 'capacityPerSecond' | 'rates' | 'scenarios'
>;

async function drive(
  shell: Shell,
  target: HttpTarget,
  { rates, targetMs: asked, durationS, seed, batchTimes, limits, scenarios }: DriveOptions,
): Promise<Driven> {
  const { signal, terminal } = shell;
  terminal.progress('Measuring the capacity');
  const clients = Math.min(target.bodies.length, clientsAtCapacity(batchTimes, limits));
  await driveClosedLoop(signal, target, { clients, durationMs: warmUpMs });
  const aloneMs = await answersAlone(signal, target);
  const { singleRunMs } = await statsOf(signal, target.url);
  const { servedPerSecond } = await driveClosedLoop(signal, target, { clients, durationMs: capacityMs });
  if (servedPerSecond === 0 || aloneMs.length === 0) {
    throw new ParetoError(
      'server/no-answer',
      'The server answered no request with success. Start it by hand with LOG_REQUESTS=all and read its output.',
    );
  }
  const targetMs = asked ?? suggestedWaits([{ batch: 1, samplesMs: aloneMs }]).targetMs;
  const measured: MeasuredRate[] = [];
  const answered: AnsweredRate[] = [];
  const chosen = rates ?? usualShares.map((share) => Number((share * servedPerSecond).toPrecision(3)));
  for (const [index, perSecond] of chosen.toSorted((a, b) => a - b).entries()) {
    terminal.progress(`${formatRate(perSecond)} requests per second (${index + 1} of ${chosen.length})`);
    const popularity = { count: 1, exponent: 0 };
    const requests = scheduleRequests({ kind: 'poisson', perSecond }, durationS, popularity, seed + index);
    const dueMs = requests.map(({ atMs }) => atMs);
    const answers = await driveOpenLoop(signal, target, dueMs);
    const endMs = answers.reduce((latest, { ms }, place) => Math.max(latest, dueMs[place]! + ms), durationS * 1000);
    const rate = rateOf(answers, { perSecond, durationS, targetMs, endMs });
    measured.push(rate);
    answered.push({ durationS, lateMs: rate.lateMs, answers });
  }
  const ofScenarios = await driveScenarios(shell, target, scenarios, {
    ...{ durationS, targetMs, capacityPerSecond: servedPerSecond, clients },
    rates: answered,
  });
  const runMs = median(batchTimes.find(({ batch }) => batch === 1)?.samplesMs ?? []);
  const waitMs = limits.maxBatch > 1 ? limits.maxWaitMs : 0;
  return {
    targetMs,
    overheadMs: Math.max(0, median(aloneMs) - runMs - waitMs),
    alone: { answersMs: aloneMs.slice(0, mostSamples), runMs: singleRunMs },
    capacityPerSecond: servedPerSecond,
    rates: measured,
    ...(ofScenarios.length > 0 && { scenarios: [...ofScenarios] }),
  };
}

/** Times of single requests to an idle server, in ms. */
async function answersAlone(signal: AbortSignal, target: HttpTarget): Promise<readonly number[]> {
  const busy = await driveClosedLoop(signal, target, { clients: 1, durationMs: alone.durationMs / 4 });
  if (busy.answersMs.length === 0) return [];
  const gapMs = answersBetween * median(busy.answersMs);
  const requests = Math.max(alone.requests, Math.floor(alone.durationMs / gapMs));
  const answers = await driveOpenLoop(
    signal,
    target,
    Array.from({ length: requests }, (_, index) => index * gapMs),
  );
  return answers.filter(({ status }) => status === 200).map(({ ms }) => ms);
}

function rateOf(
  answers: readonly HttpAnswer[],
  {
    perSecond,
    durationS,
    targetMs,
    endMs,
  }: Pick<MeasuredRate, 'perSecond' | 'durationS'> & { readonly targetMs: number; readonly endMs: number },
): MeasuredRate {
  const good = answers.filter(({ status }) => status === 200);
  const statuses: Record<string, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  const lateMs = Float64Array.from(answers, (one) => one.lateMs).sort();
  const inTime = good.filter(({ ms }) => ms <= targetMs).length;
  return {
    perSecond,
    durationS,
    requests: answers.length,
    servedPerSecond: (good.length * 1000) / endMs,
    statuses,
    answeredMs: percentiles(good.map(({ ms }) => ms)),
    withinTarget: answers.length === 0 ? 0 : inTime / answers.length,
    lateMs: answers.length === 0 ? 0 : quantileOfSorted(lateMs, 0.99),
  };
}

function describe(measurement: ServerMeasurement): string {
  const { server, batchTimes, rates, overheadMs, targetMs } = measurement;
  const batches = batchTimes.map(({ batch, samplesMs }) => {
    const ms = median(samplesMs);
    return [String(batch), formatDuration(ms), formatRate((batch * 1000) / ms)];
  });
  const rows = rates.map(({ perSecond, servedPerSecond, answeredMs, withinTarget, requests, statuses }) => [
    formatRate(perSecond),
    formatRate(servedPerSecond),
    formatClaim(answeredMs.p50, 0.5),
    formatClaim(answeredMs.p95, 0.95),
    formatClaim(answeredMs.p99, 0.99),
    formatPercent(withinTarget),
    formatCount(requests - (statuses['200'] ?? 0)),
  ]);
  const threads = server.threads === 0 ? 'all cores' : `${server.threads} threads`;
  return [
    describeServerMeasurement(measurement),
    (measurement.scenarios ?? []).map(describeScenario).join('\n'),
    `Measured here: ${server.machine}, ${server.cores} cores (${threads}), Python ${server.python}, onnxruntime ${server.onnxruntime}.`,
    formatTable([['batch', 'takes', 'samples/s'], ...batches], ['right', 'right', 'right']),
    formatTable(
      [['requests/s', 'served/s', 'p50', 'p95', 'p99', `within ${formatDuration(targetMs)}`, 'failed'], ...rows],
      ['right', 'right', 'right', 'right', 'right', 'right', 'right'],
    ),
    `HTTP and JSON add ${formatDuration(overheadMs)} to a single request.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
