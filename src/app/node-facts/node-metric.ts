/**
 * Numbers of nodes: what each costs, how long it takes, how far quantization moved it. The colors of the graph, the details
 * of a node and the columns of the layers are all made from these records; `node-metrics.ts` lists them.
 */
import type { GraphStructure } from '../../engine/analysis/graphs/inspect-graphs';
import type { Inspection } from '../../engine/analysis/inspection';
import type { ModelFiles } from '../jobs/jobs';

/** The model whose nodes are looked at. The same object while nothing about it has changed. */
export interface NodeSubject {
  /** `original` or a variant's id. */
  readonly id: string;
  /** `null`: its bytes are not at hand. */
  readonly files: ModelFiles | null;
  readonly inspection: Inspection;
  /** Empty while the model has not been described. */
  readonly graphs: readonly GraphStructure[];
}

export type NodeNumbers =
  | {
      readonly state: 'known';
      /** Numbers by a node's path. `null`: not known for this node. Absent: the node has no such number. */
      readonly byPath: ReadonlyMap<string, number | null>;
      /** A sentence that says how the figures were found, if the file alone does not say it. */
      readonly source: string | null;
      /** A sentence that says why the figures do not belong to the present settings. Absent: they are. */
      readonly outOfDate?: string;
    }
  | { readonly state: 'running'; /** 0 to 1. */ readonly fraction: number }
  | {
      readonly state: 'not-known';
      /** A sentence. */
      readonly why: string;
      /** The command that finds them out. */
      readonly commandId: string | null;
    };

/** Numbers of a variant, if only the original's layers have numbers. */
export const onlyOfOriginal: NodeNumbers = {
  state: 'not-known',
  why: 'only layers of the original have it. Select the original.',
  commandId: null,
};

export interface NodeMetric {
  readonly id: string;
  readonly title: string;
  /** One sentence about what the number means for a node. */
  readonly explanation: string;
  /** Full text with its unit. */
  format(value: number): string;
  /** Short text for narrow places. */
  formatShort(value: number): string;
  /**
   * How numbers become colors. `areas`: from zero to the largest, on a scale of square roots, for what adds up. `even`: from
   * `least` to `most`, or what is there where these are not given.
   */
  readonly scale:
    | { readonly kind: 'areas' }
    | { readonly kind: 'even'; readonly least?: number; readonly most?: number; readonly strongest: 'least' | 'most' };
  /**
   * The nodes that a sum is taken over. `outermost`: nodes inside other nodes and bodies of functions are left out,
   * because the node that holds or calls them includes their cost. `null`: a sum says nothing.
   */
  readonly sum: 'every-node' | 'outermost' | null;
  /** The number of the whole model, if it is known apart from its nodes. Shares are relative to it. */
  totalOf?(subject: NodeSubject): number | null;
  /** `always`; `when-known`: once it was computed or measured; `on-request`: when a person adds it. */
  readonly column: { readonly csv: string; readonly shown: 'always' | 'when-known' | 'on-request' };
  /** The same object while nothing has changed. */
  numbersOf(subject: NodeSubject): NodeNumbers;
  /** Tells when `numbersOf` may answer anew. Absent: its answer follows from the subject alone. */
  subscribe?(listener: () => void): () => void;
  /** Begins to compute what is not there, because it is being shown. Returns the way to stop. Absent: there is nothing to begin. */
  ensure?(subject: NodeSubject): () => void;
}
