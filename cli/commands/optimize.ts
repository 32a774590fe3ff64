import { basename, join } from 'node:path';
import { describePlacementChange } from '../../src/engine/analysis/compare-placement';
import { describeSessionOptions } from '../../src/engine/analysis/weights/weight-only';
import { usualCalibrationSamples } from '../../src/engine/data/split';
import {
  formatBytes,
  formatChange,
  formatCount,
  formatCounted,
  formatDuration,
  formatList,
  formatPercent,
} from '../../src/engine/format';
import type { ByteSource } from '../../src/engine/onnx/byte-source';
import { wholeModel } from '../../src/engine/onnx/traverse';
import { optionText } from '../../src/engine/passes/options';
import { passes } from '../../src/engine/passes/registry';
import { restoreFloat } from '../../src/engine/passes/restore-float/restore-float';
import { gzipSizeBytes } from '../../src/engine/recipe/gzip-size';
import type { Optimization } from '../../src/engine/recipe/optimization';
import type { DataFacts } from '../../src/engine/recipe/recipe-calibration';
import { recipeScript } from '../../src/engine/recipe/recipe-script';
import { storedInFewerBytes } from '../../src/engine/report/headline';
import { isNotablySmaller } from '../../src/engine/verdict/size-verdict';
import { idlePasses } from '../../src/engine/report/headline-facts';
import { groupRefusals } from '../../src/engine/report/summarize-variant';
import { goalIds, leastGoalDb } from '../../src/engine/search/goals';
import { alwaysCompressedBytes } from '../../src/runtime/node/transfer-bytes';
import { optimize, type OptimizeReport, type OptimizeRequest } from '../../src/work/optimize';
import {
  isSet,
  numberOption,
  requirePositionals,
  textOption,
  UsageError,
  type Command,
  type Invocation,
  type Shell,
  type Terminal,
} from '../command';
import { detailInShort } from '../words/describe-detail';
import { explainTerms } from '../words/explain-terms';
import { hasParts } from '../hub/model-folder';
import {
  describeFolder,
  folderModel,
  namesFolder,
  writeModelFolder,
  type MadeModel,
  type WrittenFolder,
} from '../hub/write-folder';
import { dataHelp, dataOptions, readDataRequest, refuseBesideRecipe } from '../options/data-options';
import { readGoal, readRecipe } from '../options/recipe-options';
import { dimensionsOption } from '../options/run-options';
import { samplesOption } from '../options/sample-choice';
import { optimizeParts } from '../parts/optimize-parts';
import { partHelp, partsHelp, partsOptions, refuseIdleParts } from '../parts/parts-work';
import { createShellHost, type ShellHost } from '../shell-host';
import { formatTable } from '../words/table';
import { VariantWriter } from '../files/write-variant';

/** Characters of an option with its default that stand beside the explanation. */
const longestSetting = 40;

export const optimizeCommand: Command = {
  name: 'optimize',
  summary: 'runs passes on a model and writes the variant',
  computesWeights: ({ goal }) => goal === undefined,
  takesParts: true,
  options: {
    output: { type: 'string', short: 'o' },
    ...partsOptions,
    part: { type: 'string', multiple: true },
    pass: { type: 'string', multiple: true },
    goal: { type: 'string' },
    'sqnr-db': { type: 'string' },
    set: { type: 'string', multiple: true },
    recipe: { type: 'string' },
    seed: { type: 'string' },
    dim: { type: 'string', multiple: true },
    ...dataOptions,
    samples: { type: 'string' },
    'without-data': { type: 'boolean' },
    teacher: { type: 'string' },
    student: { type: 'string' },
    'external-data': { type: 'boolean' },
    'compressed-size': { type: 'boolean' },
    'print-script': { type: 'boolean' },
  },
  help: `Runs passes on a model, in the order given, and writes the variant.

Usage: pareto optimize <model> -o <out> (--pass <id> [--set key=value]…)… [--json]
       pareto optimize <model> -o <out> --recipe <file> [--json]
       pareto optimize <model> -o <out> --goal <goal> [--data <path>] [--json]
       pareto optimize <folder of several parts> -o <new folder> (--pass …|--recipe …|--goal …|--part …)… [--json]
       pareto optimize (--pass <id>…|--recipe <file>) --print-script

Options:
  -o, --output <file>  where to write; must not be an input. A name that ends with / is a folder: it gets the model with
                       config.json, generation_config.json, genai_config.json, the tokenizer and a card, made from those
                       beside the model or from the GGUF file
  --pass <id>          adds a pass: ${passes.map(({ id }) => id).join(', ')}
  --set key=value      an option of the --pass before it; lists are comma-separated
  --recipe <file>      runs the passes of a recipe file (JSON)
${partHelp}
  --goal <goal>        chooses passes for the model, with or without data: ${goalIds.join(', ')}
  --sqnr-db <dB>       least SQNR that a goal without data keeps on random inputs (${leastGoalDb}, an error of 10 %).
                       Below it, the next safer recipe is used; 0 keeps the first
  --seed <n>           seed of random choices (0)
${dataHelp('-o, --output <file>'.length)}
  --samples <n>        calibration samples, chosen at random by the seed (${usualCalibrationSamples}). evaluate --leave-out n
                       leaves them out. all: every sample, in file order
  --without-data       runs a recipe without the data that it needs; otherwise it is refused
${partsHelp}
  --teacher <file>     the model that training learns from, instead of the original. Inputs and
                       outputs must have the same shapes
  --student <file>     a smaller model that learns from the model, and is written instead of it
  --dim name=value     counts MACs with this size of a free dimension. The file keeps its free
                       dimensions: use --pass fix-dimensions to fix them
  --external-data      writes large weights of the main graph to a second file;
                       automatic above 2 GB
  --compressed-size    measures sizes after gzip even if both files together exceed
                       100 MB; otherwise they are null in the JSON document
  --print-script       prints the recipe as a script for ONNX Runtime's Python tools, with the steps they
                       cannot do; runs nothing, needs neither model nor -o
  --json               prints sizes, hashes, changes and refusals as one JSON document

Options of the passes:
${passes.map(describePass).join('\n')}

Example:
  pareto optimize model.onnx -o pruned.onnx --pass prune-weights --set amount=0.5 --set scope=global
`,
  run: (invocation) => (invocation.values['print-script'] === true ? printScript : run)(invocation),
};

async function printScript(invocation: Invocation): Promise<void> {
  invocation.terminal.print(await recipeScript(await readRecipe(invocation)));
}

async function run(invocation: Invocation): Promise<void> {
  const [path = ''] = requirePositionals(invocation, ['The model']);
  const output = textOption(invocation, 'output');
  if (output === undefined) throw new UsageError('The output is missing. Name it with -o.');
  const folder = invocation.folders.get(path);
  if (hasParts(folder)) return optimizeParts(invocation, folder, output);
  refuseIdleParts(invocation);
  const wantsGzip = isSet(invocation, 'compressed-size');
  const request = await readRequest(invocation, path, output);
  if (!namesFolder(output))
    return print((await optimizeFile(request, { output, wantsGzip }, invocation)).result, invocation);
  const { made, folder: written } = await writeModelFolder(invocation, { output, source: path }, (file) =>
    optimizeFile({ ...request, file: { ...request.file, ...folderModel } }, { output: file, wantsGzip }, invocation),
  );
  const variant = { ...made.result.variant, path: join(output, written.files[0]!) };
  return print({ ...made.result, variant, folder: written }, invocation);
}

function print(result: OptimizeResult, { terminal, json }: Shell): void {
  terminal.print(json ? JSON.stringify(result) : describe(result));
}

async function readRequest(invocation: Invocation, model: string, output: string): Promise<OptimizeRequest> {
  const goal = readGoal(invocation);
  const recipe = goal === undefined ? await readRecipe(invocation) : undefined;
  if (recipe?.data !== undefined) refuseBesideRecipe(invocation);
  return {
    model,
    ...(goal === undefined ? { recipe } : { goal, seed: numberOption(invocation, 'seed') }),
    sqnrDb: numberOption(invocation, 'sqnr-db'),
    data: await readDataRequest(invocation, ['samples']),
    samples: samplesOption(invocation),
    withoutData: isSet(invocation, 'without-data'),
    teacher: textOption(invocation, 'teacher'),
    student: textOption(invocation, 'student'),
    dimensions: dimensionsOption(invocation),
    file: { name: basename(output), storage: isSet(invocation, 'external-data') ? 'external' : 'auto' },
    strict: true,
  };
}

/** Puts the files in their place. */
async function optimizeFile(
  request: OptimizeRequest,
  { output, wantsGzip }: { readonly output: string; readonly wantsGzip: boolean },
  shell: Shell,
): Promise<MadeModel & { readonly result: OptimizeResult }> {
  const host = createShellHost(shell);
  const openVariant = () => new VariantWriter(output, shell.inputs);
  const { report, model, files, inspection } = await optimize(request, { ...host, running: host, openVariant });
  try {
    const { sizeBytes, variant: written, ...rest } = report;
    const isWanted = wantsGzip || sizeBytes.original + sizeBytes.variant <= alwaysCompressedBytes;
    if (isWanted) shell.terminal.progress('Compressing to measure the download size');
    const compressedBytes = await compress(isWanted ? [model.opened.sources, files.written()] : [], host);
    files.commit();
    const result = { ...rest, sizeBytes, variant: { path: output, ...written }, compressedBytes };
    warnOfUnknownNodes(report.passes, shell.terminal);
    warnOfSmallerGguf(sizeBytes, model.opened.paths[0]!, shell);
    return { inspection, optimization: report, dataFiles: files.modelOnDisk().externalData.length, result };
  } finally {
    files.discard();
  }
}

/** Sizes after gzip. `null` without files. */
async function compress(
  files: readonly (readonly ByteSource[])[],
  { checkpoint }: Pick<ShellHost, 'checkpoint'>,
): Promise<OptimizeResult['compressedBytes']> {
  // Each stream compresses on a thread of its own.
  const [original = null, variant = null] = await Promise.all(files.map((each) => gzipSizeBytes(each, checkpoint)));
  return { original: { gzip: original }, variant: { gzip: variant } };
}

/** The variant is written nevertheless, so a script notices the mistake only if it reads the warnings. */
function warnOfUnknownNodes(reports: Optimization['passes'], terminal: Terminal): void {
  for (const { id, refusals } of reports) {
    for (const { code, path, reason } of refusals) {
      if (code === 'no-such-node') terminal.warn(`${id}: ${JSON.stringify(path)}: ${reason}`);
    }
  }
}

/** Files of 4 bits are often smaller than what is made of their floats. */
function warnOfSmallerGguf(sizeBytes: Optimization['sizeBytes'], path: string, { ggufs, terminal }: Shell): void {
  const gguf = ggufs.get(path);
  if (gguf === undefined || sizeBytes.variant < sizeBytes.original || gguf.keepBlocks === null) return;
  terminal.warn(
    `${gguf.file.name} is smaller than the variant. pareto roundtrip --as-stored keeps its weights in the blocks that they have, with the same values.`,
  );
}

interface OptimizeResult extends Omit<OptimizeReport, 'variant'> {
  /** Absent: a file was written. */
  readonly folder?: WrittenFolder;
  readonly variant: Optimization['variant'] & { readonly path: string };
  readonly compressedBytes: {
    readonly original: { readonly gzip: number | null };
    readonly variant: { readonly gzip: number | null };
  };
}

/** A default that is a long list has its explanation below: in one table it would push all the others off the screen. */
function describePass({ id, options, presentation: { summary } }: (typeof passes)[number]): string {
  const rows = Object.entries(options).map(([key, spec]) => ({
    setting: `    ${key}=${optionText(spec.default)}`,
    meaning: `${spec.explanation}${spec.kind === 'choice' ? ` (${[...spec.choices.map(({ value }) => value), ...(spec.others ? [spec.others.form] : [])].join(', ')})` : ''}`,
  }));
  const short = rows.filter(({ setting }) => setting.length <= longestSetting);
  const width = Math.max(0, ...short.map(({ setting }) => setting.length));
  const lines = rows.map(({ setting, meaning }) =>
    setting.length <= longestSetting
      ? `${setting.padEnd(width)}  ${meaning}`
      : `${setting}\n${' '.repeat(width)}  ${meaning}`,
  );
  return [`  ${id}: ${summary}`, ...lines].join('\n');
}

function describe(result: OptimizeResult): string {
  const { variant, sizeBytes, compressedBytes, passes: reports, model, ms, data, teacher } = result;
  const gzip = { original: compressedBytes.original.gzip, variant: compressedBytes.variant.gzip };
  const rows = [
    ['', 'original', 'variant', 'change'],
    sizeRow('size', sizeBytes.original, sizeBytes.variant),
    ...(gzip.original !== null && gzip.variant !== null ? [sizeRow('size, gzip', gzip.original, gzip.variant)] : []),
    ['nodes', formatCount(model.nodes), formatCount(variant.nodes), ''],
    ['parameters', formatCount(model.parameters), formatCount(variant.parameters), ''],
  ];
  const described = reports.map(describeReport);
  const isRestored = reports.some(({ id }) => id === restoreFloat.id);
  return [
    `${variant.path} written in ${formatDuration(ms)}.`,
    formatTable(rows, ['left', 'right', 'right', 'right']),
    ...(isRestored ? [describePlacementChange(result.opsNotOn)] : []),
    ...describeSessionOptions(variant.sessionOptions),
    ...describeNames(result),
    ...(result.folder ? [describeFolder(result.folder)] : []),
    ...described,
    ...explainTerms(described.join('\n')),
    ...(result.lossVerdict ? [result.lossVerdict.sentence] : []),
    ...(data ? [describeData(data, reports.some(comparesOutputs))] : []),
    ...(teacher ? [`Teacher: ${teacher.name}.`] : []),
    ...describeIdle(result),
  ].join('\n\n');
}

/** At the end, where people read it. The file is written nevertheless. */
function describeIdle({ passes: reports, sizeBytes }: OptimizeResult): readonly string[] {
  if (reports.every(({ changes }) => changes.length === 0)) {
    return isNotablySmaller(sizeBytes.original, sizeBytes.variant)
      ? [`${storedInFewerBytes}.`]
      : ['Nothing was changed: the variant is the same model, stored again.'];
  }
  const idle = idlePasses(reports.map(({ id, changes }) => ({ id, changeCount: changes.length })));
  return idle.length === 0 ? [] : [`${formatList(idle.map(({ id }) => id))} changed nothing.`];
}

/** Nothing if no pass changed anything, or if `shorten-names` did. */
function describeNames({ variant: { namesBytes }, sizeBytes, passes: reports }: OptimizeResult): readonly string[] {
  const changing = reports.filter(({ changes }) => changes.length > 0);
  if (namesBytes === undefined || changing.length === 0) return [];
  if (changing.some(({ id }) => id === 'shorten-names')) return [];
  return [
    `Shorter names would save ${formatPercent(namesBytes / sizeBytes.variant)} of the file: --pass shorten-names.`,
  ];
}

/**
 * Such a pass is followed by a comparison of outputs on the data, even if it needs no calibration (`sentencesOfCost`).
 */
const comparesOutputs = ({ id, changes }: OptimizeResult['passes'][number]): boolean =>
  changes.length > 0 && passes.some((pass) => pass.id === id && pass.losesPrecision === true);

function describeData({ name, samples, mappingReasons, used }: DataFacts, compared: boolean): string {
  const uncalibrated = compared ? `${name} was used at most to compare outputs` : `so ${name} was not used`;
  const use = used
    ? `Calibrated with ${formatCounted(samples, 'sample')} of ${name}.`
    : `None of these passes calibrates${compared ? ':' : ','} ${uncalibrated}.`;
  return [...mappingReasons, use].join('\n');
}

function sizeRow(label: string, original: number, variant: number): string[] {
  return [label, formatBytes(original), formatBytes(variant), formatChange(original, variant)];
}

function describeReport({ id, ms, changes, refusals, details, sentence }: Optimization['passes'][number]): string {
  const leftAlone = refusals.filter(({ code }) => code !== 'no-such-node');
  const lines = [
    `${id}: ${formatCount(changes.length)} changed, ${formatCount(leftAlone.length)} unchanged, ${formatDuration(ms)}`,
  ];
  if (sentence !== undefined) lines.push(`  ${sentence}`);
  lines.push(...Object.values(details ?? {}).map((detail) => indented(detailInShort(detail))));
  const mistyped = refusals.filter(({ code }) => code === 'no-such-node');
  for (const { path, reason } of mistyped) lines.push(`  ${JSON.stringify(path)}: ${reason}`);
  for (const { reason, ops, count } of groupRefusals(leftAlone)) {
    // A refusal for the whole model has no count of nodes.
    const what = ops.every((op) => op === wholeModel.op) ? '' : `${formatCount(count)} × ${ops.join(', ')}. `;
    lines.push(`  unchanged: ${what}${reason}`);
  }
  return lines.join('\n');
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
