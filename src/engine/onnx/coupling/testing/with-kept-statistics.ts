import type { Model, Node, Tensor } from '../../graph';
import { int64Tensor, node } from '../../testing/build';
import { isLock, type AxisAtoms } from '../atoms';
import type { CoupledChannels, CoupledNode } from '../couple-channels';
import { keptPositions } from '../remove-channels';

/**
 * Returns the model in its full size, in which each normalization over removed channels works on the others alone. They
 * are gathered with their parameters, normalized by the same operator, and put back among zeros.
 */
export function withKeptStatistics(model: Model, coupled: CoupledChannels, removed: ReadonlySet<number>): Model {
  const kept = keptPositions(coupled.space, removed);
  const initializers: Tensor[] = [];
  const loses = (axis: AxisAtoms): axis is Int32Array => !isLock(axis) && kept(axis).length < axis.length;
  const apart = ({ visit, coupling: { averages } }: CoupledNode): readonly Node[] => {
    const own = visit.node;
    if (averages === undefined || !loses(averages.atoms)) return [own];
    const name = (purpose: string): string => `${own.outputs[0]}_${purpose}`;
    const nodes: Node[] = [];
    const indices = (purpose: string, values: readonly number[]): string => {
      initializers.push(int64Tensor(name(purpose), [values.length], [...values]));
      return name(purpose);
    };
    const inputs = own.inputs.map((input, at) =>
      (coupled.values.get(input) ?? []).reduce((from, axis, place) => {
        if (!loses(axis)) return from;
        const [index, taken] = [indices(`kept_${at}_${place}`, kept(axis)), name(`taken_${at}_${place}`)];
        nodes.push(node('Gather', [from, index], [taken], { axis: BigInt(place) }));
        return taken;
      }, input),
    );
    const left = kept(averages.atoms);
    const places = Array.from(averages.atoms, (_, at) => (left.includes(at) ? left.indexOf(at) : left.length));
    const back: Node[] = [];
    const outputs = own.outputs.map((output, at) => {
      const atoms = coupled.values.get(output);
      // A mean has no channels to put back.
      if (atoms === undefined || !loses(atoms[averages.axis]!)) return output;
      const [narrow, padded] = [name(`narrow_${at}`), name(`padded_${at}`)];
      const pads = [...atoms.map(() => 0), ...atoms.map((_, axis) => (axis === averages.axis ? 1 : 0))];
      back.push(node('Pad', [narrow, indices(`pads_${at}`, pads)], [padded]));
      const index = indices(`places_${at}`, places);
      back.push(node('Gather', [padded, index], [output], { axis: BigInt(averages.axis) }));
      return narrow;
    });
    return [...nodes, { ...own, inputs, outputs }, ...back];
  };
  const graph = model.graph!;
  return {
    ...model,
    graph: {
      ...graph,
      nodes: coupled.nodes.flatMap(apart),
      initializers: [...graph.initializers, ...initializers],
    },
  };
}
