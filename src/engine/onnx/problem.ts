/** Something wrong with a model. */
export interface Problem {
  /** An error: no runtime will load the model, or results would be meaningless. A warning: it works, but is not by the book. */
  readonly severity: 'error' | 'warning';
  /** Groups equal problems: `graph/cycle`, `tensor/size`. */
  readonly code: string;
  /** Where: the path of a scope, node or tensor. */
  readonly path: string;
  /** A sentence for people that names the thing. */
  readonly message: string;
}
