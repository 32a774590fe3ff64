/** The basis of the colors of all models in view: it is the same for all of them, with numbers on one scale. */
import { useMemo } from 'react';
import { metricScale } from '../../../node-facts/metric-scale';
import { nodeClassifications } from '../../../node-facts/node-classifications';
import type { NodeSubject } from '../../../node-facts/node-metric';
import { nodeMetricGroups, nodeMetrics } from '../../../node-facts/node-metrics';
import { useNodeClasses, useNodeNumbers } from '../../../node-facts/use-node-facts';
import type { Coloring } from './node-colors';

/** The groups of the menu, with ids and titles. */
export const coloringGroups: readonly {
  readonly title: string;
  readonly choices: readonly { readonly id: string; readonly title: string }[];
}[] = [
  { title: 'Kind', choices: nodeClassifications },
  ...nodeMetricGroups.map(({ title, metrics }) => ({ title, choices: metrics })),
];

/** The colors of the original and of the variant; `null` if there is no such model or it has not been inspected. */
export function useColorings(
  id: string,
  original: NodeSubject | null,
  variant: NodeSubject | null,
): readonly [original: Coloring | null, variant: Coloring | null] {
  const classification = nodeClassifications.find((one) => one.id === id) ?? null;
  const metrics = useMemo(() => nodeMetrics.filter((one) => one.id === id), [id]);
  const classes = [useNodeClasses(classification, original), useNodeClasses(classification, variant)] as const;
  const numbersOfOriginal = useNodeNumbers(metrics, original)?.[0] ?? null;
  const numbersOfVariant = useNodeNumbers(metrics, variant)?.[0] ?? null;
  const [classesOfOriginal, classesOfVariant] = classes;
  return useMemo(() => {
    const [metric] = metrics;
    if (metric === undefined) {
      const color = (found: typeof classesOfOriginal): Coloring | null =>
        found === null || classification === null ? null : { kind: 'classes', classification, classes: found };
      return [color(classesOfOriginal), color(classesOfVariant)];
    }
    const scale = metricScale(metric, [numbersOfOriginal, numbersOfVariant]);
    const color = (numbers: typeof numbersOfOriginal): Coloring | null =>
      numbers === null ? null : { kind: 'numbers', metric, numbers, scale };
    return [color(numbersOfOriginal), color(numbersOfVariant)];
  }, [metrics, classification, classesOfOriginal, classesOfVariant, numbersOfOriginal, numbersOfVariant]);
}
