/** Matches the nodes of two models, and states their differences. Pure. */
import type { GraphDifference } from '../../../jobs/jobs';
import type { GraphSelection } from '../../../state/models/graph-view';
import { originalId } from '../../../state/workspace/workspace-store';
import type { DifferenceMark } from './draw-graph';

export interface Partners {
  /** The path of a selected item in another model; `null` if nothing stands for it. */
  pathIn(model: string, selection: GraphSelection): string | null;
  marksOf(model: string): ReadonlyMap<string, DifferenceMark>;
  /** A sentence, or `null`. */
  whatChanged(selection: GraphSelection): string | null;
}

/** A is the original, B the variant. */
export function createPartners(difference: GraphDifference | undefined): Partners {
  const toB = new Map(difference?.pairs);
  const toA = new Map(difference?.pairs.map(([a, b]) => [b, a]));
  const marksA = new Map<string, DifferenceMark>();
  const marksB = new Map<string, DifferenceMark>();
  const changes = new Map<string, string>();
  for (const { a, b, what } of difference?.changed ?? []) {
    marksA.set(a, 'changed');
    marksB.set(b, 'changed');
    changes.set(`a ${a}`, what).set(`b ${b}`, what);
  }
  for (const path of difference?.onlyA ?? []) marksA.set(path, 'only-here');
  for (const path of difference?.onlyB ?? []) marksB.set(path, 'only-here');
  return {
    pathIn(model, { of, path }) {
      if (model === of) return path;
      // Values that come in or go out keep their names.
      if (/^graph:(input|output):/.test(path)) return path;
      return (model === originalId ? toA : toB).get(path) ?? null;
    },
    marksOf: (model) => (model === originalId ? marksA : marksB),
    whatChanged({ of, path }) {
      const isA = of === originalId;
      const mark = (isA ? marksA : marksB).get(path);
      if (mark === 'only-here')
        return isA ? 'The variant does not have this node.' : 'The original does not have this node.';
      return changes.get(`${isA ? 'a' : 'b'} ${path}`) ?? null;
    },
  };
}
