import { diffModels, type DiffEntry, type ModelDifference } from '../../src/engine/analysis/diff';
import { formatCount } from '../../src/engine/report/format';
import { requirePositionals, type Command } from '../command';
import { createRecipeHost, openInputUnhashed } from '../open-input';
import { formatTable } from '../table';

export const diffCommand: Command = {
  name: 'diff',
  summary: 'compares two models node by node',
  options: {},
  help: `Compares two models node by node: which nodes are the same, which changed and how, and
which only one of them has. Weights are compared bit by bit.

Usage: pareto diff <a> <b> [--json]

Options:
  --json  everything as one JSON document

The exit code is 0 whenever the models could be compared, whether or not they differ.

Example:
  pareto diff model.onnx simplified.onnx
`,
  async run(invocation) {
    const [pathA = '', pathB = ''] = requirePositionals(invocation, ['The first model', 'The second model']);
    const host = createRecipeHost(invocation.signal);
    const [a, b] = [openInputUnhashed(pathA), openInputUnhashed(pathB)];
    const difference = await diffModels(a.model, b.model, host);
    invocation.terminal.print(invocation.json ? JSON.stringify(difference) : describe(difference));
  },
};

function describe({ same, changed, onlyA, onlyB, model }: ModelDifference): string {
  if (model.length + changed.length + onlyA.length + onlyB.length === 0) {
    return `The models are the same: ${formatCount(same)} nodes with equal attributes and weights.`;
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

/** Constant nodes come and go with where a model keeps its weights: one line for all of them. */
function onlyRows(mark: string, entries: readonly DiffEntry[]): readonly string[][] {
  const constants = entries.filter(({ op }) => op === 'Constant');
  const rows = entries.filter(({ op }) => op !== 'Constant').map(({ path, op }) => [mark, op, path]);
  return constants.length === 0 ? rows : [[mark, 'Constant', `${formatCount(constants.length)} nodes`], ...rows];
}
