/** Kinds of nodes with a color for each; `node-classifications.ts` lists all classifications. */
import type { NodeSubject } from './node-metric';

/** Names of the colors in GraphView.module.css. */
export type Hue = 'compute' | 'normalize' | 'activate' | 'combine' | 'shape' | 'quantize' | 'control';

export interface NodeClass {
  readonly title: string;
  readonly hue: Hue;
}

export interface NodeClassification {
  readonly id: string;
  readonly title: string;
  /** In the order of the legend. */
  readonly classes: readonly NodeClass[];
  /** Meaning of a node without a class, for the legend. `null` if every node has one. */
  readonly withoutClass: string | null;
  /** One of `classes` by a node's path; absent: of none. The same object while nothing has changed. */
  classesOf(subject: NodeSubject): ReadonlyMap<string, NodeClass>;
  /** Tells when `classesOf` may answer anew. Absent: its answer follows from the subject alone. */
  subscribe?(listener: () => void): () => void;
}
