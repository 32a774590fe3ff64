import type { InputDescription } from '../feeds';
import { isStateInput } from '../free-dimensions';
import { haveSameShape, type ModelSides } from '../mapping/check-mapping';

/** Finds the output that continues a state or a cache: of the same type and shape, and by its name if there are several. */
export function nextOutput(
  input: InputDescription,
  { outputs }: Pick<ModelSides, 'outputs'>,
): InputDescription | undefined {
  const fitting = outputs.filter((output) => output.dtype === input.dtype && haveSameShape(input, output));
  const names = namesOfNext(input.name);
  const named = fitting.find(({ name }) => names.has(name.toLowerCase()));
  if (named) return named;
  // Integers of the same shape are as often ids or counts of something else.
  if (!isStateInput(input)) return undefined;
  const others = fitting.filter(({ shape }) => shape?.length === input.shape?.length && shape !== null);
  return others.length === 1 ? others[0] : undefined;
}

/** Returns the names that exporters give the output that continues an input. */
function namesOfNext(name: string): ReadonlySet<string> {
  const lower = name.toLowerCase();
  const stem = lower.replace(/_?(in|input|0)$/, '');
  return new Set(
    [
      ...['n', '_n', 'out', '_out', '_output', '_1', '_next', '_new'].map((ending) => stem + ending),
      ...['out_', 'output_', 'new_', 'next_', 'final_'].flatMap((start) => [start + stem, start + lower]),
      lower.replace('past_key_values', 'present'),
      lower.replace('past', 'present'),
      lower.replace('_in', '_out'),
      lower.replace(/^in_/, 'out_'),
      lower.replace('input', 'output'),
    ].filter((each) => each !== lower),
  );
}
