/** The numbers of a node, as the colors of the graph and the columns of the layers give them, and what it will leave. */
import type { Fact } from '../../components/FactList';
import { FactList } from '../../components/FactList';
import { placementClassifications } from '../../../node-facts/placement-classes';
import type { NodeMetric, NodeNumbers, NodeSubject } from '../../../node-facts/node-metric';
import { nodeMetrics } from '../../../node-facts/node-metrics';
import { useNodeNumbers } from '../../../node-facts/use-node-facts';

interface NodeNumberFactsProps {
  readonly subject: NodeSubject;
  readonly path: string;
  /** More facts that need only a word. */
  readonly more: readonly Fact[];
}

const none: readonly NodeMetric[] = [];

/** Shows figures that are known already. Looking at one node starts no work on all of them. */
export function NodeNumberFacts({ subject, path, more }: NodeNumberFactsProps) {
  const numbers = useNodeNumbers(nodeMetrics, subject, none) ?? [];
  const facts = nodeMetrics.flatMap((metric, at): Fact[] => {
    const text = textOf(metric, numbers[at], path);
    return text === null ? [] : [[metric.title, text]];
  });
  const placements = placementClassifications.flatMap(({ title, classesOf }): Fact[] => {
    const found = classesOf(subject).get(path);
    return found === undefined ? [] : [[title, found.title]];
  });
  return <FactList facts={[...facts, ...placements, ...more]} />;
}

/** `null`: nothing to say here. */
function textOf(metric: NodeMetric, numbers: NodeNumbers | undefined, path: string): string | null {
  if (numbers?.state !== 'known') return null;
  const value = numbers.byPath.get(path);
  if (value === undefined) return metric.column.shown === 'always' ? '0' : null;
  if (value === null) return 'unknown';
  return numbers.outOfDate === undefined ? metric.format(value) : `${metric.format(value)} (out of date)`;
}
