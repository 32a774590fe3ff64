import { diffModels, type DiffEntry, type ModelDifference } from '../../src/engine/analysis/diff/diff';
import { formatCount } from '../../src/engine/format';
import type { NodeSqnrs } from '../../src/engine/metrics/node-sqnr';
import { createNodeHost } from '../../src/runtime/node/node-host';
import { measureNodeSqnr } from '../../src/runtime/nodes/node-sqnr';
import { readFirstInputs } from '../../src/work/data';
import { refuseUnknownDimensions } from '../../src/work/request';
import { requirePositionals, type Command, type Shell } from '../command';
import { dataHelp } from '../options/data-options';
import { describeNodeSqnr } from '../words/describe-nodes';
import { foundModel, type FoundModel } from '../files/model-on-disk';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import { readModelFiles } from '../../src/runtime/node/disk/model-from-disk';
import { openInputUnhashed } from '../files/open-input';
import { readSqnrOptions, sqnrOptions, type SqnrOptions } from '../options/sqnr-options';
import { createShellHost, shellOption } from '../shell-host';
import { formatTable } from '../words/table';

export const diffCommand: Command = {
  name: 'diff',
  summary: 'compares two models node by node',
  computesWeights: ({ sqnr }) => sqnr !== true,
  options: sqnrOptions,
  help: `Compares two models node by node: nodes that are equal, changed, or in only one of them. Weights are compared bit by bit.

Usage: pareto diff <a> <b> [--sqnr [--data <path>]] [--json]

Options:
  --sqnr            runs both models on --data or random inputs, and reports the SQNR in dB of every value that both compute:
                    with the errors of earlier nodes, and of its node alone
${dataHelp('--mapping <file>'.length)}
  --limit <n>       samples to run (4)
  --seed <n>        seed of random inputs (0)
  --threads <n>     WASM threads (half of the cores, at most 4)
  --dim name=value  sets a free dimension; an unnamed one is <input>.<axis>
  --json            prints the result as one JSON document

The exit code is 0 if the models could be compared, even if they differ.

Example:
  pareto diff model.onnx simplified.onnx
  pareto diff model.onnx quantized.onnx --sqnr --data photos/ --preset imagenet-torchvision
`,
  async run(invocation) {
    const [a = '', b = ''] = requirePositionals(invocation, ['The first model', 'The second model']);
    return diff({ a, b, sqnr: await readSqnrOptions(invocation) }, invocation);
  },
};

interface DiffRequest {
  readonly a: string;
  readonly b: string;
  /** Absent: the models do not run. */
  readonly sqnr: SqnrOptions | undefined;
}

async function diff(request: DiffRequest, shell: Shell): Promise<void> {
  const [a, b] = [openInputUnhashed(request.a, shell), openInputUnhashed(request.b, shell)];
  const measure = request.sqnr && (await prepareSqnr(request.sqnr, foundModel(a), foundModel(b), shell));
  const difference = await diffModels(a.model, b.model, createRecipeHost(shell.signal));
  const measured = await measure?.();
  shell.terminal.progress('');
  shell.terminal.print(shell.json ? JSON.stringify(jsonOf(difference, measured)) : describe(difference, measured));
}

/** Data that is wrong is found before the models are compared. */
async function prepareSqnr(
  { freeDimensions, threads, data, count, seed }: SqnrOptions,
  original: FoundModel,
  variant: FoundModel,
  shell: Shell,
): Promise<() => Promise<NodeSqnrs>> {
  refuseUnknownDimensions(freeDimensions, original, shellOption);
  const samples =
    data === undefined
      ? ({ kind: 'synthetic', count, seed } as const)
      : ({
          kind: 'data',
          feeds: await readFirstInputs(data, original, { freeDimensions, count }, createShellHost(shell)),
        } as const);
  return async () => {
    const files = { original: await readModelFiles(original), variant: await readModelFiles(variant) };
    const request = { freeDimensions, threads, samples, ...files };
    return measureNodeSqnr(shell.signal, createNodeHost(), request, (share) =>
      shell.terminal.progress(`Comparing values: ${Math.floor(share * 100)} %`),
    );
  };
}

/** A contract: from the first release on keys are only ever added. */
function jsonOf(difference: ModelDifference, measured: NodeSqnrs | undefined): object {
  if (measured === undefined) return difference;
  const { nodes, samples, inputs } = measured;
  return { ...difference, sqnr: nodes, sqnrSamples: { samples, inputs } };
}

function describe(difference: ModelDifference, measured: NodeSqnrs | undefined): string {
  const text = describeDifference(difference);
  return measured === undefined ? text : `${text}\n\n${describeNodeSqnr(measured)}`;
}

function describeDifference({ same, changed, onlyA, onlyB, model }: ModelDifference): string {
  if (model.length + changed.length + onlyA.length + onlyB.length === 0) {
    return `The models are equal: ${formatCount(same)} nodes with equal attributes and weights.`;
  }
  const counts = [
    ['same', formatCount(same)],
    ['changed', formatCount(changed.length)],
    ['only in the first', formatCount(onlyA.length)],
    ['only in the second', formatCount(onlyB.length)],
  ];
  const rows = [
    ...onlyRows('-', onlyA),
    ...onlyRows('+', onlyB),
    ...changed.flatMap(({ a, b, op, what }) => [
      ['~', op, a === b ? a : `${a} → ${b}`],
      ['', '', `  ${what}`],
    ]),
  ];
  return [formatTable(counts, ['left', 'right']), model.join('\n'), formatTable(rows)]
    .filter((section) => section !== '')
    .join('\n\n');
}

/** Constant nodes appear and disappear with the place of the weights, so one line stands for all of them. */
function onlyRows(mark: string, entries: readonly DiffEntry[]): readonly string[][] {
  const constants = entries.filter(({ op }) => op === 'Constant');
  const rows = entries.filter(({ op }) => op !== 'Constant').map(({ path, op }) => [mark, op, path]);
  const [first] = constants;
  if (first === undefined) return rows;
  return [[mark, 'Constant', constants.length === 1 ? first.path : `${formatCount(constants.length)} nodes`], ...rows];
}
