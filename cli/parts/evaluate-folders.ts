/** `evaluate <folder> --against <folder>`: compares models of several parts by what they write, or by the outputs of the whole. */
import { basename, join, resolve } from 'node:path';
import {
  describeInterfaceDifference,
  type ModelInterface,
} from '../../src/engine/analysis/describe-interface-difference';
import type { DatasetDescription } from '../../src/engine/data/dataset';
import { evaluatedSamples } from '../../src/engine/data/split';
import { openTokenizer } from '../../src/engine/data/tokenizer/text-tokenizer';
import { floatParts } from '../../src/engine/deploy/transformersjs/hub-folder';
import { ParetoError } from '../../src/engine/errors';
import { hashSource } from '../../src/engine/files/hash-source';
import { formatCounted, formatList, formatPercent } from '../../src/engine/format';
import type { OutputMatch } from '../../src/engine/metrics/cell';
import { isIdenticalOutput, matchFigure, matchWords } from '../../src/engine/report/describe-match';
import { createNodeHost } from '../../src/runtime/node/node-host';
import { PathSource } from '../../src/runtime/node/path-source';
import {
  evaluateParts,
  type PartsEvaluation,
  type SequenceDifference,
  type SequenceFigures,
} from '../../src/runtime/parts/evaluate-parts';
import type { PartFiles } from '../../src/runtime/parts/part-sessions';
import type { ChosenMapping } from '../../src/work/data';
import { sampleChoiceOf, type EvaluateRequest } from '../../src/work/evaluate';
import { readModelFiles } from '../../src/runtime/node/disk/model-from-disk';
import { UsageError, type Invocation, type ModelFolder, type Shell } from '../command';
import { describeSkipped } from '../words/describe-evaluation';
import { hasParts } from '../hub/model-folder';
import { findModel, type FoundModel } from '../files/model-on-disk';
import { readEvaluationOptions, type EvaluationOptions } from '../options/evaluate-options';
import { createShellHost, type ShellHost } from '../shell-host';
import { formatTable } from '../words/table';
import {
  openEntryData,
  readPartsWork,
  readWriting,
  refuseManyParts,
  refuseOneModelOptions,
  type WritingOptions,
} from './parts-work';

/** Options that mean one model, or a browser. */
const idleOptions = [
  'browser',
  'ep',
  'batch',
  'dim',
  'confusion',
  'html',
  'recipe',
  'output-kind',
  'classes',
  'preset',
] as const;

/** Sequences in the printed text that differ. */
const mostShown = 5;

interface FoundPart extends FoundModel {
  readonly part: string;
}

/** Throws UsageError unless both are folders of parts, `evaluate/parts` for folders with other parts, and as opening and running do. */
export async function evaluateFolders(
  invocation: Invocation,
  { model: path, against }: Pick<EvaluateRequest, 'model' | 'against'>,
): Promise<void> {
  const folder = folderOf(invocation, path);
  if (against === undefined) {
    throw new UsageError('A model of several parts is compared with its original. Name that folder with --against.');
  }
  const original = folderOf(invocation, against);
  refuseOneModelOptions(invocation, idleOptions);
  const { settings, data } = await readEvaluationOptions(invocation);
  const writing = readWriting(invocation, settings.generate);
  return evaluate({ folder, original, settings, data, writing }, invocation);
}

interface FoldersRequest extends Pick<EvaluationOptions, 'settings' | 'data'> {
  readonly folder: ModelFolder;
  readonly original: ModelFolder;
  readonly writing: WritingOptions;
}

async function evaluate(request: FoldersRequest, shell: Shell): Promise<void> {
  const started = performance.now();
  const { folder, original, settings } = request;
  const [variants, originals] = [findParts(shell, folder), findParts(shell, original)];
  refuseOtherParts(originals, variants);
  const sides = originals.map(({ part, inputs, outputs }) => ({ name: part, inputs, outputs }));
  const partsWork = await readPartsWork(shell, original, sides, request.writing);
  if (request.data === undefined) throw new UsageError('The data is missing. Name it with --data.');
  const host = createShellHost(shell);
  const { dataset, chosen, fingerprint } = await openEntryData(request.data, partsWork, host);
  const { description } = dataset;
  const threads = settings.threads ?? host.threads;
  const asked = {
    original: await readParts(originals),
    variant: await readParts(variants),
    work: partsWork.work,
    dataset,
    indices: evaluatedSamples(description.samples, sampleChoiceOf(settings)),
    mapping: chosen.mapping,
    inputs: partsWork.entry.inputs,
    threads,
  };
  const evaluation = await evaluateParts(host, createNodeHost(), asked, ({ stage, done, total }) =>
    shell.terminal.progress(`${stage}: ${done} of ${total}`),
  );
  shell.terminal.progress('');
  const document = {
    model: await identify(folder, variants, host),
    against: await identify(original, originals, host),
    ...figuresOf(evaluation),
    ...factsOf({ description, fingerprint: await fingerprint() }, chosen),
    threads,
    ms: performance.now() - started,
  };
  if (shell.json) return shell.terminal.print(JSON.stringify(document));
  const shownOf = await textOfTokens(original);
  shell.terminal.print([...chosen.reasons, '', ...describe(evaluation, shownOf)].join('\n').trim());
}

async function identify(folder: ModelFolder, parts: readonly FoundPart[], host: ShellHost) {
  const identifyPart = async ({ name, path }: FoundPart) => ({
    name,
    sha256: await hashSource(PathSource.of(path), host),
  });
  return { name: basename(resolve(folder.path)), parts: await Promise.all(parts.map(identifyPart)) };
}

function figuresOf({ samples, skipped, skippedSamples, ...figures }: PartsEvaluation) {
  const counts = { samples, skipped, skippedSamples };
  if ('outputMatch' in figures) return { ...counts, metrics: {}, ...figures };
  const { sequenceAgreement, ...generation } = figures.sequences;
  return { ...counts, metrics: { sequenceAgreement }, generation };
}

function factsOf(
  { description, fingerprint }: { readonly description: DatasetDescription; readonly fingerprint: string },
  { mapping, reasons }: ChosenMapping,
) {
  const { name, format, samples, sizeBytes, notes } = description;
  return { data: { name, format, samples, sizeBytes, notes, fingerprint }, mapping, mappingReasons: reasons };
}

function folderOf({ folders }: Shell, path: string): ModelFolder {
  const folder = folders.get(path);
  if (!hasParts(folder))
    throw new UsageError(`${path} is no folder of several parts, but the other one is. Compare like with like.`);
  refuseManyParts(folder);
  return folder;
}

function findParts(shell: Shell, folder: ModelFolder): readonly FoundPart[] {
  return floatParts(folder).map(({ part, path }) => ({ part, ...findModel(join(folder.path, path), shell) }));
}

async function readParts(parts: readonly FoundPart[]): Promise<readonly PartFiles[]> {
  return Promise.all(parts.map(async (found) => ({ name: found.part, files: await readModelFiles(found) })));
}

function refuseOtherParts(originals: readonly FoundPart[], variants: readonly FoundPart[]): void {
  const [expected, given] = [originals, variants].map((parts) => parts.map(({ part }) => part).toSorted());
  if (expected!.join('\n') !== given!.join('\n')) {
    throw new ParetoError(
      'evaluate/parts',
      `The folders have different parts: ${formatList(given!)} and ${formatList(expected!)} in the original.`,
    );
  }
  for (const original of originals) {
    const variant = variants.find(({ part }) => part === original.part)!;
    const difference = describeInterfaceDifference(interfaceOf(original), interfaceOf(variant));
    if (difference !== undefined) throw new ParetoError('evaluate/parts', difference);
  }
}

const interfaceOf = ({ name, inputs, outputs }: FoundPart): ModelInterface => ({ file: { name }, inputs, outputs });

/** Decodes with the tokenizer of the folder. Without one that opens, tokens are shown by their ids. */
async function textOfTokens(folder: ModelFolder): Promise<(tokens: readonly number[]) => string> {
  const ids = (tokens: readonly number[]): string => tokens.slice(0, 24).join(' ');
  if (folder.tokenizer === null) return ids;
  try {
    const source = PathSource.of(join(folder.path, folder.tokenizer));
    const tokenizer = await openTokenizer({ path: 'tokenizer.json', source });
    return (tokens) => tokenizer.decode(tokens);
  } catch {
    return ids;
  }
}

function describe(evaluation: PartsEvaluation, shownOf: (tokens: readonly number[]) => string): readonly string[] {
  const { samples, skipped } = evaluation;
  return [
    ...('outputMatch' in evaluation
      ? describeMatch(evaluation.outputMatch, samples)
      : describeSequences(evaluation.sequences, samples, shownOf)),
    ...(skipped > 0 ? [describeSkipped(evaluation)] : []),
  ];
}

function describeSequences(
  { sequenceAgreement: { value, interval }, tokens, differences }: SequenceFigures,
  samples: number,
  shownOf: (tokens: readonly number[]) => string,
): readonly string[] {
  const [low, high] = interval;
  return [
    `Whole sequences that are the same: ${formatPercent(value)} (95 %: ${formatPercent(low)} to ${formatPercent(high)}) of ${formatCounted(samples, 'sample')}, ${formatCounted(tokens, 'token')}.`,
    ...differenceTable(differences, shownOf),
  ];
}

function describeMatch(match: OutputMatch, samples: number): readonly string[] {
  const rows = match.outputs.map((output) => [
    output.name,
    matchFigure({ identical: isIdenticalOutput(output), ...output }),
  ]);
  return [
    `Outputs of the whole: ${matchWords(match)}, on ${formatCounted(samples, 'sample')}.`,
    formatTable([['output', 'match'], ...rows], ['left', 'right']),
    ...(match.problem === undefined ? [] : [match.problem]),
  ];
}

function differenceTable(
  differences: readonly SequenceDifference[],
  shownOf: (tokens: readonly number[]) => string,
): readonly string[] {
  if (differences.length === 0) return [];
  const rows = differences
    .slice(0, mostShown)
    .map(({ place, firstToken, original, variant }) => [
      place,
      `${firstToken + 1}`,
      shownOf(original),
      shownOf(variant),
    ]);
  return ['', formatTable([['differs', 'from token', 'original', 'variant'], ...rows], ['left', 'right'])];
}
