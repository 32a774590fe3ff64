/** Hooks that keep the metrics and classifications of a model up to date while it is shown. */
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { InspectedModelEntry } from '../state/models/inspected-models';
import type { NodeClass, NodeClassification } from './node-classification';
import type { NodeMetric, NodeNumbers, NodeSubject } from './node-metric';

/** The subject of a described model; `null` while it is not described. */
export function useNodeSubject(id: string, entry: InspectedModelEntry | null): NodeSubject | null {
  const inspected = entry?.inspected ?? null;
  const files = entry?.files ?? null;
  return useMemo(
    () => (inspected === null ? null : { id, files, inspection: inspected.inspection, graphs: inspected.graphs }),
    [id, files, inspected],
  );
}

interface Changing {
  subscribe?(listener: () => void): () => void;
}

function useSubscription(sources: readonly Changing[]): (listener: () => void) => () => void {
  return useCallback(
    (listener) => {
      const stops = sources.map((source) => source.subscribe?.(listener));
      return () => stops.forEach((stop) => stop?.());
    },
    [sources],
  );
}

/** Returns the numbers of each metric. Computes those that are wanted and missing. */
export function useNodeNumbers(
  metrics: readonly NodeMetric[],
  subject: NodeSubject | null,
  wanted: readonly NodeMetric[] = metrics,
): readonly NodeNumbers[] | null {
  const before = useRef<readonly NodeNumbers[] | null>(null);
  const read = (): readonly NodeNumbers[] | null => {
    if (subject === null) return null;
    const numbers = metrics.map((metric) => metric.numbersOf(subject));
    const isSame =
      numbers.length === before.current?.length && numbers.every((one, at) => one === before.current?.[at]);
    if (!isSame) before.current = numbers;
    return before.current;
  };
  const numbers = useSyncExternalStore(useSubscription(metrics), read);
  useEffect(() => {
    if (subject === null) return undefined;
    const stops = wanted.map((metric) => metric.ensure?.(subject));
    return () => stops.forEach((stop) => stop?.());
  }, [wanted, subject]);
  return numbers;
}

/** Nothing without a classification or a subject. */
export function useNodeClasses(
  classification: NodeClassification | null,
  subject: NodeSubject | null,
): ReadonlyMap<string, NodeClass> | null {
  const sources = useMemo(() => (classification === null ? [] : [classification]), [classification]);
  return useSyncExternalStore(useSubscription(sources), () =>
    classification === null || subject === null ? null : classification.classesOf(subject),
  );
}
