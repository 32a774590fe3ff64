/** `inspect` of a folder: a row for each part of the model, and the files beside them. */
import { join } from 'node:path';
import type { InspectedValue, Inspection } from '../../src/engine/analysis/inspection';
import { sizesToAssume } from '../../src/engine/data/free-dimensions';
import { floatParts } from '../../src/engine/deploy/transformersjs/hub-folder';
import { inspect } from '../../src/engine/analysis/inspect';
import { formatBytes, formatCount, formatFirst, formatShape } from '../../src/engine/format';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import type { ModelFolder, Shell } from '../command';
import { openInput } from '../files/open-input';
import { formatTable } from '../words/table';
import { describeUnwired, refuseManyParts, wireParts } from './parts-work';

interface InspectedPart extends Pick<Inspection, 'inputs' | 'outputs' | 'parameters' | 'macs' | 'warnings'> {
  readonly name: string;
  readonly path: string;
  /** The model file and its data files together. */
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly nodes: number;
}

/** The JSON document: a contract. */
interface InspectedFolder {
  readonly folder: string;
  readonly parts: readonly InspectedPart[];
  /** Says how the parts run together. */
  readonly wiring: string;
  /** Files of other precisions. */
  readonly precisions: readonly string[];
  /** Files beside the parts, such as the tokenizer. */
  readonly beside: readonly string[];
}

/** Prints the parts with size and cost. MACs are of one run with the sizes that the page suggests. Throws as `openInput` does. */
export async function inspectParts(shell: Shell, folder: ModelFolder): Promise<void> {
  refuseManyParts(folder);
  const host = createRecipeHost(shell.signal);
  const models = floatParts(folder);
  const parts: InspectedPart[] = [];
  for (const { part: name, path } of models) {
    const { model, inspection, originalBytes } = await openInput(join(folder.path, path), shell, host);
    const { inputs, outputs, parameters, warnings, nodes, file } = inspection;
    const dimensions = sizesToAssume(inputs, {});
    const { macs } = dimensions === null ? inspection : inspect(model, file, { dimensions });
    const own = { inputs, outputs, parameters, macs, warnings, nodes: nodes.length, sha256: file.sha256 };
    parts.push({ name, path, sizeBytes: originalBytes, ...own });
  }
  const precisions = folder.models.filter((model) => !models.includes(model)).map(({ path }) => path);
  const beside = folder.beside.map(({ path }) => path);
  const document = { folder: folder.path, parts, wiring: describeWiring(parts), precisions, beside };
  shell.terminal.print(shell.json ? JSON.stringify(document) : describe(document));
}

function describeWiring(parts: readonly InspectedPart[]): string {
  const wiring = wireParts(parts);
  if (typeof wiring === 'string') return describeUnwired(wiring);
  if (wiring.kind === 'chain') return `The parts run one after the other: ${wiring.order.join(', ')}.`;
  const decoders = [...new Set([wiring.first.part, wiring.later.part])].join(' and ');
  return `${wiring.encoder} reads, and ${decoders} writes a sequence token by token.`;
}

function describe({ folder, parts, wiring, precisions, beside }: InspectedFolder): string {
  const rows = parts.map(({ name, path, sizeBytes, parameters, nodes, macs }) => [
    name,
    path,
    formatBytes(sizeBytes),
    formatCount(parameters),
    formatCount(nodes),
    macs === null ? '?' : formatCount(macs),
  ]);
  const total = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const head = ['part', 'file', 'size', 'parameters', 'nodes', 'MACs'];
  const values = parts.flatMap(({ name, inputs, outputs }) => [
    ...inputs.map((value) => [name, ...valueRow('input', value)]),
    ...outputs.map((value) => [name, ...valueRow('output', value)]),
  ]);
  return [
    `${folder}: ${formatBytes(total)} in ${parts.length} parts. ${wiring}`,
    formatTable([head, ...rows], ['left', 'left', 'right', 'right', 'right', 'right']),
    formatTable(values),
    ...(precisions.length === 0 ? [] : [`Other precisions: ${formatFirst(precisions, 8)}.`]),
    ...(beside.length === 0 ? [] : [`Beside them: ${formatFirst(beside, 12)}.`]),
    ...parts.flatMap(({ name, warnings }) => warnings.map((warning) => `Note: ${name}: ${warning}`)),
  ].join('\n\n');
}

function valueRow(kind: string, { name, dtype, shape }: InspectedValue): readonly string[] {
  return [kind, name, dtype, formatShape(shape)];
}
