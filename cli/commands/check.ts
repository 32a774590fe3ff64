import { inspect, inspectInputs } from '../../src/engine/analysis/inspect';
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { freeDimensionsOf } from '../../src/engine/data/free-dimensions';
import { ParetoError } from '../../src/engine/errors';
import { formatCounted, formatNumber, formatQuoted } from '../../src/engine/format';
import { checkLimits, describeOutcome, type CheckedFacts, type LimitCheck } from '../../src/engine/gate/check-limits';
import { limitNames, readModelLimits, type ModelLimits } from '../../src/engine/gate/model-limits';
import { compareCosts, describeChange, type CostChange, type CostFacts } from '../../src/engine/gate/compare-base';
import type { ExecutionProvider } from '../../src/engine/metrics/cell';
import { leadingEstimate } from '../../src/engine/metrics/describe-accuracy';
import {
  describePageDownload,
  pageDownloads,
  type PageDownload,
  type TransferBytes,
} from '../../src/engine/profiling/page-download';
import { hashSource } from '../../src/engine/files/hash-source';
import { gzipSizeBytes } from '../../src/engine/recipe/gzip-size';
import { openBase } from '../gate/base-model';
import { alwaysCompressedBytes, transferBytes } from '../../src/runtime/node/transfer-bytes';
import { benchmark } from '../../src/work/benchmark';
import { evaluate } from '../../src/work/evaluate';
import { refuseUnknownDimensions } from '../../src/work/request';
import type { OpenedFile } from '../../src/runtime/node/disk/model-from-disk';
import { isSet, textOption, UsageError, type Command, type Invocation, type Shell } from '../command';
import { markdownOf, junitOf } from '../gate/gate-files';
import { dataHelp, dataOptions, readTextFile } from '../options/data-options';
import { readEvaluationOptions, type EvaluationOptions } from '../options/evaluate-options';
import { OutputFile } from '../files/output-file';
import { createShellHost, shellOption, type ShellHost } from '../shell-host';
import { formatTable } from '../words/table';
import { warnOfAccuracy } from '../words/warn-of-data';

export const checkCommand: Command = {
  name: 'check',
  summary: 'checks a model against limits on size, cost, speed and accuracy, for CI',
  options: {
    budget: { type: 'string' },
    base: { type: 'string' },
    browser: { type: 'boolean' },
    threads: { type: 'string' },
    dim: { type: 'string', multiple: true },
    limit: { type: 'string' },
    strict: { type: 'boolean' },
    markdown: { type: 'string' },
    junit: { type: 'string' },
    ...dataOptions,
  },
  help: `Checks a model, or a variant against the original, against the limits of a JSON file. The exit code is 1 if a limit is exceeded
or its figure is unknown. Sizes and counts are exact. A limit on speed fails only if the whole interval of the paired ratio is
below it, and a limit on accuracy only if the measured loss is above it.

Usage: pareto check <model> [<variant>] --budget <file> [--base <file>] [--data <path>] [--json]

Options:
  --budget <file>   the limits: ${limitNames.join(', ')}
  --base <file>     shows the change against this model, a file or <git ref>:<path>. Without a variant, limits on
                   accuracy, sqnrDb and ratios compare the model with it. It needs no limits
${dataHelp('--budget <file>'.length)}
  --limit <n>       only the first n samples, in file order
  --strict          also fails limits that are undecided: their interval does not keep them
  --browser         measures in a headless browser, for limits on WebGPU and WebNN
  --threads <n>     WASM threads (half of the cores, at most 4)
  --dim name=value  sets a free dimension
  --markdown <file> writes the table for a CI job summary
  --junit <file>    writes the limits as JUnit test cases
  --json            prints the result as one JSON document

Example:
  echo '{"sizeBytes": 500000, "accuracyLoss": 0.01, "latency": {"wasm": {"ratio": 1}}}' > budget.json
  pareto check model.onnx smaller.onnx --budget budget.json --data photos/
  pareto check model.onnx --base origin/main:model.onnx --budget budget.json --data photos/ --markdown comment.md
`,
  run,
};

/** The JSON document. */
interface CheckResult {
  readonly model: Pick<OpenedFile['inspection']['file'], 'name' | 'sha256'>;
  readonly variant: CheckResult['model'] | null;
  /** Absent: no base was named. */
  readonly base?: CheckResult['model'] & { readonly changes: readonly CostChange[] };
  readonly passed: boolean;
  readonly checks: readonly LimitCheck[];
  /** The download of a page with the checked model, for each build of onnxruntime-web. */
  readonly downloads: readonly PageDownload[];
}

interface CheckRequest extends EvaluationOptions {
  readonly model: string;
  readonly variant: string | undefined;
  readonly limits: ModelLimits;
  /** The base as the user typed it. */
  readonly base: string | undefined;
  /** Paths of documents to write. */
  readonly markdown: string | undefined;
  readonly junit: string | undefined;
  readonly isStrict: boolean;
}

async function run(invocation: Invocation): Promise<void> {
  const [model, variant, ...rest] = invocation.positionals;
  if (model === undefined) throw new UsageError('The model is missing.');
  if (rest.length > 0) throw new UsageError(`${formatQuoted(rest[0] ?? '')} is one argument too many.`);
  const base = textOption(invocation, 'base');
  const limits = await readLimits(invocation, base !== undefined);
  if (variant === undefined && base === undefined) refuseComparingLimits(limits);
  const [markdown, junit] = [textOption(invocation, 'markdown'), textOption(invocation, 'junit')];
  const options = await readEvaluationOptions(invocation);
  const isStrict = isSet(invocation, 'strict');
  return check({ model, variant, base, limits, markdown, junit, isStrict, ...options }, invocation);
}

async function check(request: CheckRequest, shell: Shell): Promise<void> {
  if (request.base === undefined) return checkWith(request, undefined, shell);
  const base = await openBase(shell.signal, request.base);
  try {
    await checkWith(request, base.path, shell);
  } finally {
    base.discard();
  }
}

async function checkWith(request: CheckRequest, basePath: string | undefined, shell: Shell): Promise<void> {
  const { limits, browser } = request;
  const host = createShellHost(shell, { browser });
  const open = async (path: string) => (await host.openModel(path, request.settings.dimensions)).opened;
  const first = await open(request.model);
  // Free dimensions are read from the model without the given sizes.
  refuseUnknownDimensions(request.settings.dimensions, { inputs: inspectInputs(first.model) }, shellOption);
  const variant = request.variant === undefined ? undefined : await open(request.variant);
  const base = basePath === undefined ? undefined : await open(basePath);
  const checked = variant ?? first;
  // `null`: the model is compared with nothing.
  const original = variant === undefined ? (base ?? null) : first;

  const files = (['markdown', 'junit'] as const).flatMap((kind) => {
    const path = request[kind];
    return path === undefined ? [] : [{ kind, file: new OutputFile(path, shell.inputs) }];
  });
  try {
    const facts = await factsOf(request, { original, checked }, host, shell);
    const checks = checkLimits(limits, facts, request);
    const { dimensions } = request.settings;
    const ofBase = base && (await costsOf(base, dimensions, host));
    const costs = ofBase && ([ofBase, await costsOf(checked, dimensions, host, facts.gzipBytes)] as const);
    const changes = costs && [...compareCosts(...costs), ...facts.accuracies];
    const gzip = facts.gzipBytes ?? costs?.[1].gzipBytes;
    const downloads = pageDownloads(await bytesToSend(checked, gzip, host));
    const result: CheckResult = {
      model: identityOf(first),
      variant: variant === undefined ? null : identityOf(variant),
      ...(changes && { base: { ...identityOf(base), name: request.base!, changes } }),
      passed: checks.every(({ holds }) => holds),
      checks,
      downloads,
    };
    const download = describeDownload(downloads);
    const { name } = checked.inspection.file;
    for (const { kind, file } of files) {
      file.write(
        Buffer.from(kind === 'junit' ? junitOf(name, checks) : markdownOf(name, { checks, changes, download })),
      );
      file.commit();
    }
    shell.terminal.print(shell.json ? JSON.stringify(result) : `${describe(checks, changes)}\n${download}`);
    refuseBroken(checks);
  } finally {
    for (const { file } of files) file.discard();
  }
}

async function readLimits(invocation: Invocation, hasBase: boolean): Promise<ModelLimits> {
  const budget = textOption(invocation, 'budget');
  if (budget === undefined) {
    if (hasBase) return {};
    throw new UsageError('The limits are missing. Name their file with --budget.');
  }
  const limits = readModelLimits(await readTextFile(invocation, budget, 'budget'), budget);
  const elsewhere = Object.keys(limits.latency ?? {}).find((ep) => ep !== 'wasm');
  if (elsewhere !== undefined && !isSet(invocation, 'browser')) {
    throw new UsageError(`A limit on ${elsewhere} needs --browser.`);
  }
  return limits;
}

/** @param gzipBytes the compressed size, if it is already known */
async function costsOf(
  opened: OpenedFile,
  dimensions: FreeDimensions | undefined,
  { checkpoint }: Pick<ShellHost, 'checkpoint'>,
  gzipBytes?: number,
): Promise<CostFacts> {
  const inspection = { ...opened.inspection, macs: withBatchOfOne(opened, dimensions).macs };
  const { originalBytes: sizeBytes, sources } = opened;
  return { inspection, sizeBytes, gzipBytes: gzipBytes ?? (await gzipSizeBytes(sources, checkpoint)) };
}

function identityOf({ inspection }: OpenedFile): CheckResult['model'] {
  const { name, sha256 } = inspection.file;
  return { name, sha256 };
}

/** They would never hold. */
function refuseComparingLimits({ accuracyLoss, sqnrDb, latency }: ModelLimits): void {
  const comparing = [
    ...(accuracyLoss === undefined ? [] : ['accuracyLoss']),
    ...(sqnrDb === undefined ? [] : ['sqnrDb']),
    ...Object.entries(latency ?? {}).flatMap(([ep, one]) => (one?.ratio === undefined ? [] : [`latency.${ep}.ratio`])),
  ];
  if (comparing.length === 0) return;
  const verb = comparing.length === 1 ? 'compares' : 'compare';
  throw new UsageError(`${comparing.join(', ')} ${verb} a variant with the original. Name both files.`);
}

interface CheckedModels {
  /** `null`: there is neither a variant nor a base. */
  readonly original: OpenedFile | null;
  readonly checked: OpenedFile;
}

/** Only what the limits are about is measured. */
async function factsOf(
  { limits, data, settings, base, variant: named }: CheckRequest,
  models: CheckedModels,
  host: ShellHost,
  shell: Shell,
): Promise<CheckedFacts & { readonly accuracies: readonly CostChange[] }> {
  const { original, checked } = models;
  const isAgainstBase = base !== undefined && named === undefined;
  const isUnchanged = original !== null && (await areSameFiles(original, checked, host));
  const isCompared =
    original !== null && !isUnchanged && (limits.accuracyLoss !== undefined || limits.sqnrDb !== undefined);
  const model = checked.paths[0]!;
  const against = original?.paths[0] ?? model;
  // Accuracy is the same in every browser.
  const evaluation =
    data && (isCompared || (isAgainstBase && !isUnchanged))
      ? await evaluate({ model, against, data, ...settings }, createShellHost(shell))
      : undefined;
  if (evaluation) warnOfAccuracy(shell, [evaluation]);
  const timed = Object.entries(limits.latency ?? {}).filter(
    ([, { p95Ms } = {}]) => !isUnchanged || p95Ms !== undefined,
  );
  const eps = timed.map(([ep]) => ep as ExecutionProvider);
  if (isCompared && limits.sqnrDb !== undefined && !data && !eps.includes('wasm')) eps.push('wasm');
  const { threads, dimensions } = settings;
  const variant = original === null ? undefined : model;
  const asked = { model: against, variant, eps, threads, dimensions, data: host.measure ? undefined : data };
  const measured = eps.length === 0 ? undefined : await benchmark(asked, host);
  for (const failure of measured?.failures ?? []) shell.terminal.warn(failure);
  const gzipBytes = limits.gzipBytes === undefined ? undefined : await gzipSizeBytes(checked.sources, host.checkpoint);
  const difference = evaluation?.against?.difference;
  return {
    inspection: limits.macs === undefined ? checked.inspection : withBatchOfOne(checked, dimensions),
    sizeBytes: checked.originalBytes,
    gzipBytes,
    isUnchanged,
    cells: measured?.cells ?? [],
    comparison: measured?.comparison ?? [],
    accuracies: isAgainstBase ? accuraciesOf(evaluation) : [],
    ...(evaluation && {
      evaluation: {
        difference,
        outputMatch: evaluation.outputMatch,
        samples: evaluation.samples,
        originalValue: difference && evaluation.against?.metrics[difference.metric]?.value,
      },
    }),
  };
}

/** The leading metric of base and model; none without labels. */
function accuraciesOf(evaluation: Awaited<ReturnType<typeof evaluate>> | undefined): readonly CostChange[] {
  const [own, base] = [evaluation, evaluation?.against].map(
    (each) => each && leadingEstimate({ task: each.task.kind, metrics: each.metrics }),
  );
  return own && base ? [{ figure: own.metric, base: base.estimate.value, model: own.estimate.value }] : [];
}

/** Counts a run of one sample where the batch is free. Other free sizes leave the MACs unknown. */
function withBatchOfOne({ model, inspection }: OpenedFile, given: FreeDimensions = {}): OpenedFile['inspection'] {
  if (inspection.macs !== null) return inspection;
  const batches = freeDimensionsOf(inspectInputs(model)).filter(({ isBatch }) => isBatch);
  const dimensions = { ...Object.fromEntries(batches.map(({ key }) => [key, 1])), ...given };
  return inspect(model, inspection.file, { dimensions });
}

/** Equal also in their data files. */
async function areSameFiles(original: OpenedFile, checked: OpenedFile, host: ShellHost): Promise<boolean> {
  const [data, ownData] = [original.sources.slice(1), checked.sources.slice(1)];
  if (data.length !== ownData.length) return false;
  if (original.inspection.file.sha256 !== checked.inspection.file.sha256) return false;
  for (const [index, source] of data.entries()) {
    const own = ownData[index]!;
    if (source.sizeBytes !== own.sizeBytes || (await hashSource(source, host)) !== (await hashSource(own, host))) {
      return false;
    }
  }
  return true;
}

function describe(checks: readonly LimitCheck[], changes: readonly CostChange[] = []): string {
  const limits = checks.map((one) => [one.limit, formatNumber(one.allowed), one.what, describeOutcome(one)]);
  return [
    ...(checks.length === 0 ? [] : [formatTable([['limit', 'allowed', 'measured', ''], ...limits])]),
    ...(changes.length === 0 ? [] : [formatTable([['', 'base', 'this', 'change'], ...changes.map(describeChange)])]),
  ].join('\n');
}

/** @param gzip the compressed size, if it is known; large models are not compressed for it. */
async function bytesToSend(model: OpenedFile, gzip: number | undefined, host: ShellHost): Promise<TransferBytes> {
  const isCompressed = gzip === undefined && model.originalBytes <= alwaysCompressedBytes;
  const bytes = await transferBytes(model, isCompressed ? 'gzip' : 'none', host);
  return gzip === undefined ? bytes : { ...bytes, gzip };
}

/** The smallest build: every model runs on it. */
function describeDownload([smallest]: readonly PageDownload[]): string {
  return `Download of a page: ${describePageDownload(smallest!)}, with ${smallest!.module}.`;
}

function refuseBroken(checks: readonly LimitCheck[]): void {
  const broken = checks.filter(({ holds }) => !holds);
  if (broken.length === 0) return;
  const list = broken.map(({ limit, what }) => `${limit} (${what})`).join('; ');
  throw new ParetoError(
    'check/broken',
    `${formatCounted(broken.length, 'limit')} of ${checks.length} broken: ${list}.`,
  );
}
