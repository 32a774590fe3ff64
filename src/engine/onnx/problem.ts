/** A problem of a model: no runtime loads it, or its results would be meaningless. */
export interface Problem {
  /** Groups equal problems: `graph/cycle`, `tensor/size`. */
  readonly code: string;
  /** The path of the scope, node or tensor. */
  readonly path: string;
  /** A sentence for people that names the thing. */
  readonly message: string;
}
