import { useEffect, useMemo, useState } from 'react';
import type { GraphLayout } from '../../../../engine/analysis/graphs/graph-layout';
import type { Inspection } from '../../../../engine/analysis/inspection';
import { layOut } from '../../../state/models/graph-layouts';
import type { DrawnGraph } from './collapse-blocks';
import {
  createScene,
  fontOf,
  layoutRequestOf,
  sceneItems,
  type MeasureText,
  type Scene,
  type SceneItem,
} from './graph-scene';

interface LaidOut {
  readonly of: object;
  readonly structure: DrawnGraph;
  readonly items: readonly SceneItem[];
  readonly layout: GraphLayout | null;
  readonly problem: string | null;
}

/**
 * Returns the layout of the graph; `null` while it is being computed. An earlier layout of the same graph, with other
 * blocks collapsed, stays until then, so that the canvas keeps the focus.
 *
 * @param of tells graphs apart.
 */
export function useScene(
  structure: DrawnGraph | null,
  inspection: Inspection | null,
  of: object | null,
): { readonly scene: Scene | null; readonly isCurrent: boolean; readonly problem: string | null } {
  const items = useMemo(
    () => (structure === null || inspection === null ? null : sceneItems(structure, inspection, createMeasure())),
    [structure, inspection],
  );
  const [laidOut, setLaidOut] = useState<LaidOut | null>(null);
  useEffect(() => {
    if (structure === null || items === null || of === null) return undefined;
    const controller = new AbortController();
    layOut(controller.signal, layoutRequestOf(structure, items)).then(
      (layout) => setLaidOut({ of, structure, items, layout, problem: null }),
      (error: unknown) => {
        if (!controller.signal.aborted) setLaidOut({ of, structure, items, layout: null, problem: String(error) });
      },
    );
    return () => controller.abort();
  }, [structure, items, of]);
  const shown = laidOut !== null && laidOut.of === of ? laidOut : null;
  const scene = useMemo(
    () => (shown?.layout ? createScene(shown.structure, shown.items, shown.layout) : null),
    [shown],
  );
  return { scene, isCurrent: shown?.items === items, problem: shown?.problem ?? null };
}

/** Widths of texts as the canvas will draw them. Operators and shapes repeat, so most are known already. */
function createMeasure(): MeasureText {
  const context = document.createElement('canvas').getContext('2d')!;
  const { fontFamily } = getComputedStyle(document.body);
  const known = new Map<string, number>();
  return (text, isTitle) => {
    const font = fontOf(isTitle, fontFamily);
    const key = `${font} ${text}`;
    let width = known.get(key);
    if (width === undefined) {
      context.font = font;
      width = context.measureText(text).width;
      known.set(key, width);
    }
    return width;
  };
}
