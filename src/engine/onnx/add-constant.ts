import { constantNode } from './constant-node';
import type { ModelEditor } from './edit';
import type { Model, Node, Tensor } from './graph';
import { IR_VERSION_OF_FREE_INITIALIZERS } from './upgrade/raise-ir-version';

/**
 * Adds a constant under its name, which must be fresh, for `reader` in the main graph: an initializer, or in old files, where that
 * would have to be an input of the model too, a Constant node.
 */
export function addConstant(editor: ModelEditor, { irVersion }: Model, reader: Node, tensor: Tensor): void {
  const isOldFile = (irVersion ?? IR_VERSION_OF_FREE_INITIALIZERS) < IR_VERSION_OF_FREE_INITIALIZERS;
  if (isOldFile) editor.graph.insertBefore(reader, [constantNode(tensor.name!, tensor)]);
  else editor.graph.addInitializer(tensor);
}
