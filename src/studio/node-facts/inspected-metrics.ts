/** Numbers that follow from the model and the sizes of its inputs. */
import type { InspectedNode } from '../../engine/analysis/inspection';
import { formatBytes, formatCount, formatShortCount } from '../../engine/report/format';
import type { NodeMetric, NodeNumbers, NodeSubject } from './node-metric';
import { perSubject } from './per-subject';

export const parametersMetric: NodeMetric = {
  id: 'parameters',
  title: 'Parameters',
  explanation: 'Elements of the weights that a node reads.',
  format: formatCount,
  formatShort: formatShortCount,
  scale: { kind: 'areas' },
  sum: 'every-node',
  totalOf: ({ inspection }) => inspection.parameters,
  column: { csv: 'parameters', shown: 'always' },
  numbersOf: perSubject((subject) => inspected(subject, ({ parameters }) => parameters || undefined)),
};

export const macsMetric: NodeMetric = {
  id: 'macs',
  title: 'Multiply-adds',
  explanation: 'Multiply-accumulate operations of one run, with those of the graphs inside a node.',
  format: formatCount,
  formatShort: formatShortCount,
  scale: { kind: 'areas' },
  sum: 'outermost',
  totalOf: ({ inspection }) => inspection.macs,
  column: { csv: 'macs', shown: 'always' },
  numbersOf: perSubject((subject) => inspected(subject, ({ macs }) => (macs === 0 ? undefined : macs))),
};

export const flopsMetric: NodeMetric = {
  id: 'flops',
  title: 'FLOPs',
  explanation:
    'Floating-point operations of one run: two for each multiply-add, and one for each element of other arithmetic.',
  format: formatCount,
  formatShort: formatShortCount,
  scale: { kind: 'areas' },
  sum: 'outermost',
  totalOf: ({ inspection }) => inspection.flops,
  column: { csv: 'flops', shown: 'on-request' },
  numbersOf: perSubject((subject) => inspected(subject, ({ flops }) => (flops === 0 ? undefined : flops))),
};

export const bytesMetric: NodeMetric = {
  id: 'bytes',
  title: 'Bytes moved',
  explanation: 'What one run of the node reads and writes: inputs, weights among them, and outputs.',
  format: formatBytes,
  formatShort: formatBytes,
  scale: { kind: 'areas' },
  sum: 'outermost',
  totalOf: ({ inspection }) => inspection.bytes,
  column: { csv: 'bytes', shown: 'on-request' },
  numbersOf: perSubject((subject) => inspected(subject, ({ bytes }) => (bytes === 0 ? undefined : bytes))),
};

/** `undefined`: the node has none. */
function inspected(
  { inspection }: NodeSubject,
  numberOf: (node: InspectedNode) => number | null | undefined,
): NodeNumbers {
  const byPath = new Map<string, number | null>();
  for (const node of inspection.nodes) {
    const number = numberOf(node);
    if (number !== undefined) byPath.set(node.path, number);
  }
  return { state: 'known', byPath, source: null };
}
