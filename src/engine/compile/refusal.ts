/** The reason that a node cannot be compiled, thrown while it is lowered and caught by `lowerModel`. */
export class NotCompiled extends Error {
  override readonly name = 'NotCompiled';
}

/** Ends the lowering of a node with a sentence. */
export function refuse(reason: string): never {
  throw new NotCompiled(reason);
}
