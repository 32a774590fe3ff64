/**
 * Wires parts of a model that run one after the other. An output of one part is the input of the same name of a later
 * one.
 */
import { formatList } from '../../format';
import type { InputDescription } from '../feeds';
import { haveSameShape, type ModelSides } from '../mapping/check-mapping';

/** A part as other parts see it. */
export interface PartSides extends ModelSides {
  readonly name: string;
}

/** The order of a model's parts, and the inputs and outputs of the whole. */
export interface ChainWiring {
  readonly kind: 'chain';
  /** Each part after those that feed it. */
  readonly order: readonly string[];
  /** Inputs that the data feeds. Parts with an input of the same name get the same. */
  readonly inputs: readonly InputDescription[];
  /** Outputs that no part takes. */
  readonly outputs: readonly InputDescription[];
}

/** Returns a sentence with the reason for parts that are not connected by names, or that feed each other in a circle. */
export function wireChain(parts: readonly PartSides[]): ChainWiring | string {
  const producers = new Map<string, { readonly part: string; readonly output: InputDescription }>();
  for (const { name, outputs } of parts) {
    for (const output of outputs) {
      const before = producers.get(output.name);
      if (before !== undefined) return `The parts ${before.part} and ${name} both have an output "${output.name}".`;
      producers.set(output.name, { part: name, output });
    }
  }
  const feeders = new Map<string, Set<string>>();
  const inputs = new Map<string, InputDescription>();
  const taken = new Set<string>();
  for (const { name, inputs: own } of parts) {
    const before = new Set<string>();
    feeders.set(name, before);
    for (const input of own) {
      const producer = producers.get(input.name);
      const known = producer?.output ?? inputs.get(input.name);
      if (known !== undefined && (known.dtype !== input.dtype || !haveSameShape(input, known))) {
        return `Input "${input.name}" of ${name} differs in type or shape from what the other parts call by this name.`;
      }
      if (producer === undefined) inputs.set(input.name, known ?? input);
      else {
        before.add(producer.part);
        taken.add(input.name);
      }
    }
  }
  if (taken.size === 0) return 'Its parts are not connected: no output of one has the name of an input of another.';
  const order = sortParts(feeders);
  if (typeof order === 'string') return order;
  const outputs = parts.flatMap(({ outputs: own }) => own.filter(({ name }) => !taken.has(name)));
  return { kind: 'chain', order, inputs: [...inputs.values()], outputs };
}

/** Takes parts whose feeders are all taken, until none is left. */
function sortParts(feeders: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | string {
  const order: string[] = [];
  const left = new Set(feeders.keys());
  while (left.size > 0) {
    const ready = [...left].filter((name) => [...feeders.get(name)!].every((each) => order.includes(each)));
    if (ready.length === 0) return `The parts ${formatList([...left])} feed each other in a circle.`;
    for (const name of ready) left.delete(name);
    order.push(...ready);
  }
  return order;
}
