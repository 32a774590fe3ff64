import type { Inspection } from '../analysis/inspection';
import { ParetoError } from '../errors';
import { formatList } from '../format';

/**
 * Checks that the model of a bundle is a variant of the original: it has no other inputs, and the same outputs by name.
 * Throws `bundle/variant`, which names what differs.
 */
export function assertVariantOf(original: Inspection, variant: Inspection): void {
  const lacks = (there: readonly Named[], here: readonly Named[]): readonly string[] =>
    there.map(({ name }) => name).filter((name) => here.every((other) => other.name !== name));
  const differences = [
    ['takes', lacks(variant.inputs, original.inputs)],
    ['has the output', lacks(variant.outputs, original.outputs)],
    ['lacks the output', lacks(original.outputs, variant.outputs)],
  ] as const;
  const found = differences.find(([, names]) => names.length > 0);
  if (found === undefined) return;
  const [verb, names] = found;
  throw new ParetoError(
    'bundle/variant',
    `${variant.file.name} is not a variant of ${original.file.name}: it ${verb} ${formatList(names.map((name) => `"${name}"`))}. Name a file made from ${original.file.name}, or bundle ${variant.file.name} alone.`,
  );
}

interface Named {
  readonly name: string;
}
