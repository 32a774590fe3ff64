import { formatBytes, formatCount, formatExactBytes } from '../../src/engine/report/format';
import { inspect } from '../../src/engine/analysis/inspect';
import type { InspectedValue, Inspection } from '../../src/engine/analysis/inspection';
import { requirePositionals, type Command } from '../command';
import { dimensionOptions } from '../dimension-option';
import { refuseUnknownDimensions } from '../model-on-disk';
import { createRecipeHost, openInput } from '../open-input';
import { formatTable } from '../table';

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'shows what is in a model',
  options: { dim: { type: 'string', multiple: true } },
  help: `Shows what is in a model: inputs, outputs, operators, shapes, parameters, MACs, warnings.

Usage: pareto inspect <model> [--dim name=value]… [--json]

Options:
  --dim name=value  gives a free dimension a size, as in --dim batch=1;
                    an unnamed one is <input>.<axis>
  --json            everything, with every node, as one JSON document

Example:
  pareto inspect model.onnx
`,
  async run(invocation) {
    const [path = ''] = requirePositionals(invocation, ['The model']);
    const sizes = Object.fromEntries(dimensionOptions(invocation, 0));
    const host = createRecipeHost(invocation.signal);
    const { inspection, model } = await openInput(path, host, invocation.terminal, sizes);
    // A mistyped name would change nothing, silently. What is free is seen without the sizes.
    if (Object.keys(sizes).length > 0) refuseUnknownDimensions(sizes, inspect(model, inspection.file));
    invocation.terminal.print(invocation.json ? JSON.stringify(inspection) : describe(inspection));
  },
};

function describe(inspection: Inspection): string {
  const { file, nodes, inputs, outputs, opsets, warnings, externalFiles } = inspection;
  const facts = [
    ['file', `${file.name}, ${formatBytes(file.sizeBytes)} (${formatExactBytes(file.sizeBytes)})`],
    ['sha256', file.sha256],
    ['made by', inspection.producer || 'not stated'],
    ['IR version', String(inspection.irVersion)],
    ['operator sets', opsets.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ')],
    ['parameters', `${formatCount(inspection.parameters)} in ${formatBytes(inspection.weightBytes)} of weights`],
    ['nodes', formatCount(nodes.length)],
    ['MACs', describeMacs(inspection.macs)],
    ...(externalFiles.length > 0 ? [['data files', externalFiles.join(', ')]] : []),
  ];
  const operators = new Map<string, { count: number; parameters: number; macs: number | null }>();
  for (const node of nodes) {
    const entry = operators.get(node.op) ?? { count: 0, parameters: 0, macs: 0 };
    operators.set(node.op, {
      count: entry.count + 1,
      parameters: entry.parameters + node.parameters,
      macs: entry.macs === null || node.macs === null ? null : entry.macs + node.macs,
    });
  }
  const byCount = [...operators].sort(([, a], [, b]) => b.count - a.count);
  const sections = [
    formatTable(facts),
    formatTable([
      ...inputs.map((value) => valueRow('input', value)),
      ...outputs.map((value) => valueRow('output', value)),
    ]),
    formatTable(
      [
        ['operator', 'nodes', 'parameters', 'MACs'],
        ...byCount.map(([op, { count, parameters, macs }]) => [
          op,
          formatCount(count),
          formatCount(parameters),
          macs === null ? '?' : formatCount(macs),
        ]),
      ],
      ['left', 'right', 'right', 'right'],
    ),
    warnings.map((warning) => `Note: ${warning}`).join('\n'),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** Multiply-accumulate operations of one run. */
function describeMacs(macs: number | null): string {
  return macs === null ? 'depend on free dimensions: give them with --dim' : formatCount(macs);
}

function valueRow(kind: string, { name, dtype, shape }: InspectedValue): string[] {
  return [kind, name, dtype, shape ? `[${shape.map((entry) => entry ?? '?').join(', ')}]` : 'any shape'];
}
