/** Something wrong with a model: no runtime will load it, or results would be meaningless. */
export interface Problem {
  /** Groups equal problems: `graph/cycle`, `tensor/size`. */
  readonly code: string;
  /** Where: the path of a scope, node or tensor. */
  readonly path: string;
  /** A sentence for people that names the thing. */
  readonly message: string;
}
