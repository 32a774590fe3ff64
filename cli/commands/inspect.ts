import { formatBytes, formatCount, formatExactBytes } from '../../src/engine/report/format';
import type { InspectedValue, Inspection } from '../../src/engine/analysis/inspection';
import { ParetoError } from '../../src/engine/errors';
import { requirePositionals, type Command } from '../command';
import { dimensionOptions } from '../dimension-option';
import { createNodeHost, openInput } from '../open-input';
import { formatTable } from '../table';

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'shows what is in a model',
  options: { dim: { type: 'string', multiple: true } },
  help: `Shows what is in a model: inputs, outputs, operators, parameters, warnings.

Usage: pareto inspect <model> [--dim name=value]… [--json]

Options:
  --dim name=value  gives a free dimension a size, as in --dim batch=1
  --json            everything, with every node, as one JSON document

Example:
  pareto inspect model.onnx
`,
  async run(invocation) {
    const [path = ''] = requirePositionals(invocation, ['The model']);
    const sizes = new Map(dimensionOptions(invocation, 0));
    const { inspection } = await openInput(path, createNodeHost(invocation.signal), invocation.terminal);
    const result = withFreeDimensions(inspection, sizes);
    invocation.terminal.print(invocation.json ? JSON.stringify(result) : describe(result));
  },
};

/** The same description with the given sizes in place of symbols. */
function withFreeDimensions(inspection: Inspection, sizes: ReadonlyMap<string, number>): Inspection {
  if (sizes.size === 0) return inspection;
  const used = new Set<string>();
  const fill = (shape: InspectedValue['shape']): InspectedValue['shape'] =>
    shape?.map((entry) => {
      const size = typeof entry === 'string' ? sizes.get(entry) : undefined;
      if (size === undefined) return entry;
      used.add(entry as string);
      return size;
    }) ?? null;
  const fillValue = <Value extends Pick<InspectedValue, 'shape'>>(value: Value) => ({
    ...value,
    shape: fill(value.shape),
  });
  const filled: Inspection = {
    ...inspection,
    inputs: inspection.inputs.map(fillValue),
    outputs: inspection.outputs.map(fillValue),
    nodes: inspection.nodes.map((node) => ({ ...node, outputShapes: node.outputShapes.map(fill) })),
    values: Object.fromEntries(Object.entries(inspection.values).map(([name, value]) => [name, fillValue(value)])),
  };
  for (const name of sizes.keys()) {
    if (used.has(name)) continue;
    throw new ParetoError('options/invalid', `The model has no free dimension “${name}” (given with --dim).`);
  }
  return filled;
}

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
    ...(externalFiles.length > 0 ? [['data files', externalFiles.join(', ')]] : []),
  ];
  const operators = new Map<string, { count: number; parameters: number }>();
  for (const node of nodes) {
    const entry = operators.get(node.op) ?? { count: 0, parameters: 0 };
    operators.set(node.op, { count: entry.count + 1, parameters: entry.parameters + node.parameters });
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
        ['operator', 'nodes', 'parameters'],
        ...byCount.map(([op, { count, parameters }]) => [op, formatCount(count), formatCount(parameters)]),
      ],
      ['left', 'right', 'right'],
    ),
    warnings.map((warning) => `Note: ${warning}`).join('\n'),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function valueRow(kind: string, { name, dtype, shape }: InspectedValue): string[] {
  return [kind, name, dtype, shape ? `[${shape.map((entry) => entry ?? '?').join(', ')}]` : 'any shape'];
}
