/** Numbers that follow from the model and the sizes of its inputs. */
import type { Inspection } from '../../engine/analysis/inspection';
import { formatBytes, formatCount, formatShortCount } from '../../engine/format';
import type { NodeMetric, NodeNumbers, NodeSubject } from './node-metric';
import { perObject } from '../state/workspace/per-object';

type InspectedNumber = 'parameters' | 'sharedParameters' | 'macs' | 'flops' | 'bytes';

export const parametersMetric = inspectedMetric('parameters', {
  title: 'Parameters',
  explanation:
    'Elements of the weights that a node is the first to read, without sizes, axes, indices and masks. Each counts once.',
  sum: 'every-node',
  totalOf: ({ inspection }) => inspection.parameters,
  column: { csv: 'parameters', shown: 'always' },
});

export const sharedParametersMetric = inspectedMetric('sharedParameters', {
  title: 'Shared weights',
  explanation: 'Elements of the weights that a node reads and an earlier node has as its own.',
  sum: null,
  column: { csv: 'shared_parameters', shown: 'on-request' },
});

export const macsMetric = inspectedMetric('macs', {
  title: 'MACs',
  explanation: 'Multiply-accumulate operations of one run, with those of the graphs inside a node.',
  sum: 'outermost',
  totalOf: ({ inspection }) => inspection.macs,
  column: { csv: 'macs', shown: 'always' },
});

export const flopsMetric = inspectedMetric('flops', {
  title: 'FLOPs',
  explanation:
    'Floating-point operations of one run: two for each multiply-add, and one for each element of other arithmetic.',
  sum: 'outermost',
  totalOf: ({ inspection }) => inspection.flops,
  column: { csv: 'flops', shown: 'on-request' },
});

export const bytesMetric = inspectedMetric('bytes', {
  title: 'Bytes moved',
  explanation: 'What one run of the node reads and writes: inputs, weights among them, and outputs.',
  format: formatBytes,
  formatShort: formatBytes,
  sum: 'outermost',
  totalOf: ({ inspection }) => inspection.bytes,
  column: { csv: 'bytes', shown: 'on-request' },
});

export const activationsMetric: NodeMetric = {
  id: 'activations',
  title: 'Activations',
  explanation: 'Activations that are alive while the node runs, with its inputs and outputs: a static estimate.',
  format: formatBytes,
  formatShort: formatBytes,
  scale: { kind: 'areas' },
  // The same value counts for each node that runs while it is alive.
  sum: null,
  column: { csv: 'activation_bytes', shown: 'on-request' },
  numbersOf: perObject(({ inspection }: NodeSubject): NodeNumbers => {
    const nodes = activationsByNode(inspection);
    if (nodes !== null)
      return { state: 'known', byPath: new Map(nodes.map(({ path, bytes }) => [path, bytes])), source: null };
    const isOpen = inspection.peakActivation === null;
    const why = isOpen ? 'a size that it depends on is open.' : 'an earlier version inspected this model.';
    return { state: 'not-known', why, commandId: null };
  }),
};

/**
 * Returns the bytes of activations that are alive while each node of the main graph runs, in the order of the file. `null` if a size is
 * open, and for an inspection that an earlier version saved.
 */
export function activationsByNode({
  peakActivation,
  nodes,
}: Pick<Inspection, 'peakActivation' | 'nodes'>): readonly { readonly path: string; readonly bytes: number }[] | null {
  const bytesByNode = peakActivation?.bytesByNode as readonly number[] | undefined;
  if (bytesByNode === undefined) return null;
  const main = nodes.filter(({ inBody }) => inBody !== true);
  return main.map(({ path }, index) => ({ path, bytes: bytesByNode[index]! }));
}

/** A number that the inspection has of each node. Counts, unless a format is given. */
function inspectedMetric(
  id: InspectedNumber,
  given: Pick<NodeMetric, 'title' | 'explanation' | 'sum' | 'column'> & Partial<NodeMetric>,
): NodeMetric {
  return {
    id,
    format: formatCount,
    formatShort: formatShortCount,
    scale: { kind: 'areas' },
    numbersOf: perObject((subject: NodeSubject) => inspected(subject, id)),
    ...given,
  };
}

/** A node with nothing of it has no such number. */
function inspected({ inspection }: NodeSubject, id: InspectedNumber): NodeNumbers {
  const byPath = new Map<string, number | null>();
  for (const { path, [id]: number = 0 } of inspection.nodes) if (number !== 0) byPath.set(path, number);
  return { state: 'known', byPath, source: null };
}
