import { constantNode } from './constant-node';
import type { ModelEditor } from './edit';
import type { Model, Node, Tensor } from './graph';
import { IR_VERSION_OF_FREE_INITIALIZERS } from './upgrade/raise-ir-version';

/**
 * Adds a constant for `reader` in the main graph, under its name, which must be fresh. It becomes an initializer. In
 * old files an initializer would have to be an input of the model too, so it becomes a Constant node.
 */
export function addConstant(editor: ModelEditor, { irVersion }: Model, reader: Node, tensor: Tensor): void {
  const isOldFile = (irVersion ?? IR_VERSION_OF_FREE_INITIALIZERS) < IR_VERSION_OF_FREE_INITIALIZERS;
  if (isOldFile) editor.graph.insertBefore(reader, [constantNode(tensor.name!, tensor)]);
  else editor.graph.addInitializer(tensor);
}
