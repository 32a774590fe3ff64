import { formatBytes, formatCount, formatExactBytes } from '../../src/engine/format';
import { findDuplicateWeights, type DuplicateWeights } from '../../src/engine/analysis/weights/duplicate-weights';
import { inspect, inspectInputs } from '../../src/engine/analysis/inspect';
import { describeCost } from '../../src/engine/report/describe-cost';
import type { InspectedValue, Inspection, RunCost } from '../../src/engine/analysis/inspection';
import { requiredOperators, requiredOperatorsFile } from '../../src/engine/analysis/required-operators';
import { describeFindings } from '../../src/engine/analysis/tensorrt-rules';
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { sizesToAssume } from '../../src/engine/data/free-dimensions';
import { weights } from '../../src/engine/onnx/weights';
import {
  describePageDownload,
  pageDownloads,
  providersOfDownload,
  type PageDownload,
} from '../../src/engine/profiling/page-download';
import { refuseUnknownDimensions } from '../../src/work/request';
import { isSet, requirePositionals, textOption, type Command, type Shell } from '../command';
import { dimensionsOption } from '../options/run-options';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import { hasParts } from '../hub/model-folder';
import { transferBytes, type Compression } from '../../src/runtime/node/transfer-bytes';
import type { OpenedFile } from '../../src/runtime/node/disk/model-from-disk';
import { openInput } from '../files/open-input';
import { OutputFile } from '../files/output-file';
import { inspectParts } from '../parts/inspect-parts';
import { refuseOneModelOptions } from '../parts/parts-work';
import { shellOption } from '../shell-host';
import { formatTable } from '../words/table';

/** An inspection is quick: it compresses larger models on request only. */
const quicklyCompressedBytes = 10_000_000;

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'shows inputs, operators, weights, cost and warnings of a model',
  computesWeights: () => true,
  takesParts: true,
  options: {
    dim: { type: 'string', multiple: true },
    'compressed-size': { type: 'boolean' },
    'required-operators': { type: 'string' },
  },
  help: `Shows inputs, outputs, operators, shapes, parameters, MACs, FLOPs and memory of a model,
the nodes that WebGPU and WebNN leave to the CPU, the download of a page with ONNX Runtime, and warnings.

Usage: pareto inspect <model> [--dim name=value]… [--required-operators <file>] [--json]
       pareto inspect <folder of several parts> [--json]

Options:
  --dim name=value  sets a free dimension, such as --dim batch=1;
                    an unnamed one is <input>.<axis>. Other free dimensions
                    get the sizes that the page suggests
  --compressed-size
                    measures the download after gzip and Brotli. Without it,
                    after gzip for models up to 10 MB
  --required-operators <file>
                    writes the operators of the model for a smaller build of ONNX Runtime
                    (build.py --include_ops_by_config)
  --json            prints all facts, with every node, as one JSON document

Example:
  pareto inspect model.onnx
`,
  async run(invocation) {
    const [path = ''] = requirePositionals(invocation, ['The model']);
    const folder = invocation.folders.get(path);
    if (hasParts(folder)) {
      refuseOneModelOptions(invocation, ['dim', 'compressed-size', 'required-operators']);
      return inspectParts(invocation, folder);
    }
    const compresses = isSet(invocation, 'compressed-size');
    const operatorsPath = textOption(invocation, 'required-operators');
    return inspectFile({ path, sizes: dimensionsOption(invocation), compresses, operatorsPath }, invocation);
  },
};

interface InspectRequest {
  readonly path: string;
  readonly sizes: FreeDimensions;
  readonly compresses: boolean;
  /** The file that gets the operators of the model. */
  readonly operatorsPath: string | undefined;
}

async function inspectFile(request: InspectRequest, shell: Shell): Promise<void> {
  const { path, sizes, operatorsPath } = request;
  const host = createRecipeHost(shell.signal);
  const opened = await openInput(path, shell, host, sizes);
  const { inspection, model } = opened;
  // Free dimensions are read from the model without the given sizes.
  const inputs = inspectInputs(model);
  // A mistyped name would change nothing, silently.
  refuseUnknownDimensions(sizes, { inputs }, shellOption);
  const duplicateWeights = await findDuplicateWeights(weights(model), host);
  const dimensions = sizesToAssume(inputs, sizes);
  const assumed = dimensions && {
    given: sizes,
    dimensions,
    inspection: inspect(model, inspection.file, { dimensions }),
  };
  if (operatorsPath !== undefined) {
    OutputFile.writeWhole(operatorsPath, requiredOperatorsFile(inspection), shell.inputs);
  }
  const downloads = pageDownloads(await transferBytes(opened, compressionOf(request, opened), host));
  const atSuggestedSizes = assumed && costOf(assumed);
  const found = { requiredOperators: requiredOperators(inspection), downloads, duplicateWeights, atSuggestedSizes };
  shell.terminal.print(
    shell.json
      ? JSON.stringify({ ...inspection, ...found })
      : describe(inspection, { duplicateWeights, downloads, assumed }),
  );
}

function compressionOf({ compresses }: InspectRequest, { originalBytes }: OpenedFile): Compression {
  if (compresses) return 'gzip and brotli';
  return originalBytes <= quicklyCompressedBytes ? 'gzip' : 'none';
}

/** The inspection with sizes that nobody gave, beside those that somebody did. */
interface Assumed {
  readonly given: FreeDimensions;
  readonly dimensions: FreeDimensions;
  readonly inspection: Inspection;
}

/** A contract: from the first release on keys are only ever added. */
function costOf({ dimensions, inspection }: Assumed): RunCost & { readonly dimensions: FreeDimensions } {
  const { macs, flops, bytes, unknown, uncountedOperators, providers } = inspection;
  const { peakActivationBytes, peakActivation, peakActivationUnknown } = inspection;
  const peak = { peakActivationBytes, peakActivation, peakActivationUnknown };
  return { dimensions, macs, flops, bytes, unknown, uncountedOperators, ...peak, providers };
}

interface BesideInspection {
  readonly duplicateWeights: readonly DuplicateWeights[];
  readonly downloads: readonly PageDownload[];
  readonly assumed: Assumed | null;
}

function describe(inspection: Inspection, { duplicateWeights, downloads, assumed }: BesideInspection): string {
  const { file, inputs, outputs, opsets, warnings, externalFiles } = inspection;
  const { providers, nodes, ...cost } = assumed?.inspection ?? inspection;
  const facts = [
    ['file', `${file.name}, ${formatBytes(file.sizeBytes)} (${formatExactBytes(file.sizeBytes)})`],
    ['sha256', file.sha256],
    ['producer', inspection.producer || 'not stated'],
    ['IR version', String(inspection.irVersion)],
    ['operator sets', opsets.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ')],
    ['parameters', `${formatCount(inspection.parameters)} in ${formatBytes(inspection.weightBytes)} of weights`],
    ['nodes', formatCount(nodes.length)],
    ...(assumed ? [['input sizes', describeSizes(assumed)]] : []),
    ['MACs', describeCost(cost, 'macs')],
    ['FLOPs', describeCost(cost, 'flops')],
    ['bytes moved', describeCost(cost, 'bytes')],
    ['peak activations', describePeak(cost)],
    ['precision', describePrecision(inspection)],
    ...describeSpareWeights(inspection, duplicateWeights),
    ['on WebGPU', providers.webgpu.sentence],
    ['on WebNN', providers.webnn.sentence],
    ...(inspection.tensorrtRules ? [['on TensorRT', describeFindings(inspection.tensorrtRules)]] : []),
    ...(externalFiles.length > 0 ? [['data files', externalFiles.join(', ')]] : []),
    ...downloads.map((one, index) => [index === 0 ? 'page download' : '', describeWithBuild(one)]),
  ];
  const sections = [
    formatTable(facts),
    formatTable([
      ...inputs.map((value) => valueRow('input', value)),
      ...outputs.map((value) => valueRow('output', value)),
    ]),
    operatorTable(nodes),
    warnings.map((warning) => `Note: ${warning}`).join('\n'),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/**
 * The most frequent first. MACs add up to those of the model. Work inside a node counts for that node, and is in
 * brackets where it is listed again.
 */
function operatorTable(nodes: Inspection['nodes']): string {
  const operators = new Map<
    string,
    { count: number; parameters: number; macs: number | null; inside: number | null }
  >();
  for (const { op, parameters, macs, inBody } of nodes) {
    const before = operators.get(op) ?? { count: 0, parameters: 0, macs: 0, inside: 0 };
    const where = inBody ? 'inside' : 'macs';
    const sum = before[where] === null || macs === null ? null : before[where] + macs;
    operators.set(op, { ...before, count: before.count + 1, parameters: before.parameters + parameters, [where]: sum });
  }
  const rows = [...operators].toSorted(([, a], [, b]) => b.count - a.count);
  const table = formatTable(
    [
      ['operator', 'nodes', 'parameters', 'MACs'],
      ...rows.map(([op, { count, parameters, macs, inside }]) => [
        op,
        formatCount(count),
        formatCount(parameters),
        [
          ...(inside === 0 ? [] : [`(${countText(inside)})`]),
          ...(inside !== 0 && macs === 0 ? [] : [countText(macs)]),
        ].join(' '),
      ]),
    ],
    ['left', 'right', 'right', 'right'],
  );
  const hasInside = rows.some(([, { inside }]) => inside !== 0);
  return hasInside
    ? `${table}\nNumbers in brackets: nodes inside other nodes (If, Loop, Scan, calls), already included.`
    : table;
}

function countText(count: number | null): string {
  return count === null ? '?' : formatCount(count);
}

function describeSizes({ dimensions, given }: Assumed): string {
  const sizes = (areGiven: boolean) =>
    Object.entries(dimensions)
      .filter(([name]) => Object.hasOwn(given, name) === areGiven)
      .map(([name, size]) => `${name}=${size}`)
      .join(', ');
  const suggested = `${sizes(false)} (suggested; set others with --dim)`;
  return Object.keys(given).length === 0 ? suggested : `${sizes(true)} (given), ${suggested}`;
}

/** `4.11 MB = model 406 kB + runtime 3.7 MB (gzip), WASM: onnxruntime-web/wasm` */
function describeWithBuild(download: PageDownload): string {
  return `${describePageDownload(download)}, ${providersOfDownload(download)}: ${download.module}`;
}

function describePeak(cost: Pick<RunCost, 'peakActivation' | 'peakActivationUnknown'>): string {
  const { peakActivation: peak, peakActivationUnknown: reason } = cost;
  return peak === null ? `unknown. ${reason}` : `${formatBytes(peak.bytes)} at ${peak.node} (static estimate)`;
}

function describePrecision({ precision }: Inspection): string {
  const shares = precision.map(
    ({ dtype, elements, bytes }) => `${dtype} ${formatCount(elements)} in ${formatBytes(bytes)}`,
  );
  return shares.length === 0 ? 'no weights' : shares.join(', ');
}

/** Describes the weights that simplifying would remove. */
function describeSpareWeights({ deadWeights: dead }: Inspection, duplicates: readonly DuplicateWeights[]): string[][] {
  const saved = duplicates.reduce((sum, { savedBytes }) => sum + savedBytes, 0);
  const deadBytes = dead.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...(saved > 0 ? [['duplicated', `${formatBytes(saved)} of weights; --pass simplify keeps one copy of each`]] : []),
    ...(dead.length > 0 ? [['unused', `${formatBytes(deadBytes)} of weights; --pass simplify removes them`]] : []),
  ];
}

function valueRow(kind: string, { name, dtype, shape }: InspectedValue): string[] {
  return [kind, name, dtype, shape ? `[${shape.map((entry) => entry ?? '?').join(', ')}]` : 'any shape'];
}
