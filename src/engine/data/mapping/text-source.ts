import { ParetoError } from '../../errors';
import type { InputDescription } from '../feeds';
import { withoutTokenizer } from '../readers/requested-fields';
import { padTokens } from '../tokenizer/pad-tokens';
import { convertTensor } from './convert-tensor';
import { findTextField } from './find-field';
import { shapeAsRead } from './fit-shape';
import { doesNotFit, readOrRefuse, samplesPerRun, type InputSource, type SourceContext } from './input-source';
import type { TextPreprocessing } from './mapping';

/** Texts as tokens: their ids, which of them are text, or to which of two texts they belong. */
export function createTextSource(
  input: InputDescription,
  { gives, length, padding, array, pair }: TextPreprocessing,
  context: SourceContext,
): InputSource {
  const { description } = context;
  const { tokenizer } = description;
  if (tokenizer === undefined) throw withoutTokenizer(description);
  const texts: readonly [string, string?] = [
    findTextField(description, array).name,
    ...(pair === undefined ? ([] as const) : ([findTextField(description, pair).name] as const)),
  ];
  const isFixed = padding === undefined;
  const who = `A text of ${length} tokens`;
  // Only an open dimension accepts other lengths than the model's own.
  const reading = readOrRefuse(input, [length], who, { ...context, isRecurrent: false });
  if (!isFixed && typeof input.shape?.at(-1) === 'number') {
    throw new ParetoError(
      'mapping/text',
      `Input "${input.name}" takes exactly ${input.shape.at(-1)} tokens, so texts cannot be padded to the longest. Remove "padding".`,
    );
  }
  const { id, typeId, isLeft } = tokenizer.padding;
  const value = { input_ids: id, attention_mask: 0, token_type_ids: typeId }[gives];
  const name = `tokens of ${JSON.stringify([...texts, length])}`;
  return {
    input,
    field: name,
    request: { name, texts, mostTokens: length },
    samplesPerRun: samplesPerRun(input, [length], reading),
    stepsOf(read) {
      if (read.kind !== 'tokens') throw new ParetoError('data/missing', 'The sample has no text.');
      const tokens = padTokens(read.tokenized, isFixed ? length : 1, tokenizer.padding)[gives];
      const dims = shapeAsRead(input.shape, [tokens.length], reading);
      if (dims === undefined) throw doesNotFit(input, [tokens.length], 'The text');
      const given = { dtype: 'int64', dims, data: BigInt64Array.from(tokens, BigInt) };
      const data = convertTensor(given, input.dtype, `The tokens for input "${input.name}"`);
      return [{ dtype: input.dtype, dims, data, ...(!isFixed && { filling: { value, isLeft } }) }];
    },
  };
}
