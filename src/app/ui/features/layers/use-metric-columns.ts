/** Selects the metrics that are columns of the layers, with their numbers for the model in view. */
import { useMemo, useState } from 'react';
import type { NodeMetric, NodeSubject } from '../../../node-facts/node-metric';
import { nodeMetrics } from '../../../node-facts/node-metrics';
import { useNodeNumbers } from '../../../node-facts/use-node-facts';
import type { MetricColumn } from './layer-rows';

export interface MetricColumns {
  readonly shown: readonly MetricColumn[];
  /** Every metric, with whether it is shown. */
  readonly choices: readonly { readonly metric: NodeMetric; readonly isShown: boolean }[];
  readonly choose: (id: string, isShown: boolean) => void;
}

/**
 * Shows the metrics of the model itself and those that are known already, until a person chooses. Choosing one computes
 * it.
 */
export function useMetricColumns(subject: NodeSubject | null): MetricColumns {
  const [chosen, setChosen] = useState<Readonly<Record<string, boolean>>>({});
  const wanted = useMemo(() => nodeMetrics.filter(({ id }) => chosen[id] === true), [chosen]);
  const numbers = useNodeNumbers(nodeMetrics, subject, wanted);
  return useMemo(() => {
    const columns = nodeMetrics.map((metric, at): MetricColumn & { readonly isShown: boolean } => {
      const found = numbers?.[at] ?? { state: 'running', fraction: 0 };
      return { metric, numbers: found, isShown: chosen[metric.id] ?? isShownAtFirst(metric, found.state === 'known') };
    });
    return {
      shown: columns.filter(({ isShown }) => isShown),
      choices: columns,
      choose: (id, isShown) => setChosen((before) => ({ ...before, [id]: isShown })),
    };
  }, [numbers, chosen]);
}

function isShownAtFirst({ column }: NodeMetric, isKnown: boolean): boolean {
  return column.shown === 'always' || (column.shown === 'when-known' && isKnown);
}
