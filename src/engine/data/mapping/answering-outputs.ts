import type { DataMapping } from './mapping';

/**
 * The outputs that may be a model's answer: not those that are fed back as a state, which look like scores of many classes.
 * All of them where nothing else is left.
 */
export function answeringOutputs<Output extends { readonly name: string }>(
  outputs: readonly Output[],
  { inputs }: Pick<DataMapping, 'inputs'>,
): readonly Output[] {
  const states = new Set(Object.values(inputs).flatMap((input) => ('state' in input ? [input.state] : [])));
  const answers = outputs.filter(({ name }) => !states.has(name));
  return answers.length > 0 ? answers : outputs;
}
