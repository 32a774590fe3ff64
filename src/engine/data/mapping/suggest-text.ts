import type { DataField, DatasetDescription } from '../dataset';
import type { InputDescription } from '../feeds';
import { hasGrowingCache } from '../decoder/input-roles';
import { usualTokens, usualTokensOfWriter, type LabelMapping, type TextPreprocessing } from './mapping';

interface SuggestedText {
  readonly text: TextPreprocessing;
  /** Continues "Input x …". */
  readonly why: string;
}

interface TextSearch {
  readonly description: DatasetDescription;
  readonly labels: LabelMapping;
  /** The inputs of the model. */
  readonly inputs: readonly InputDescription[];
  /** The number of tokens that a person chose. Absent: the model or the tokenizer decides, else a usual number. */
  readonly textLength?: number | undefined;
}

/** The usual names of columns of texts, the clearest first. */
const names = ['text', 'sentence', 'review', 'content', 'comment', 'document', 'body', 'question', 'tweet', 'message'];
/** Two texts that are evaluated as a pair. */
const pairs: readonly (readonly [string, string])[] = [
  ['sentence1', 'sentence2'],
  ['text1', 'text2'],
  ['text_a', 'text_b'],
  ['question1', 'question2'],
  ['premise', 'hypothesis'],
  ['question', 'context'],
  ['query', 'passage'],
];

/** Suggests how texts become an input of whole numbers in [batch, tokens], if the data has a tokenizer. */
export function suggestText(input: InputDescription, search: TextSearch): SuggestedText | undefined {
  const { tokenizer } = search.description;
  const gives = givenBy(input, search.inputs);
  if (tokenizer === undefined || gives === undefined) return undefined;
  const all = search.description.fields.filter(({ kind }) => kind === 'text');
  const label = search.labels !== null && 'array' in search.labels ? search.labels.array : undefined;
  const fields = all.filter(({ name }) => name !== label);
  const [first, second] = findTexts(fields);
  if (first === undefined) return undefined;
  const writes = hasGrowingCache(search.inputs);
  // The length of a tokenizer is meant for training, so a model that writes does not use it.
  const suggested = writes ? tokensFor(input, undefined, usualTokensOfWriter) : tokensFor(input, tokenizer.length);
  const { length, from } =
    search.textLength === undefined ? suggested : { length: search.textLength, from: 'as chosen' };
  const of = second === undefined ? `"${first}"` : `"${first}" and "${second}"`;
  return {
    text: {
      gives,
      length,
      // A model that writes reads no padding if its input has no fixed length.
      ...(writes && typeof input.shape?.at(-1) !== 'number' && { padding: 'longest' as const }),
      ...(all.length > 1 && { array: first }),
      ...(second !== undefined && { pair: second }),
    },
    why: `uses the ${gives} of ${of} from ${tokenizer.name}: ${length} tokens, ${from}`,
  };
}

/**
 * Returns the number of tokens of a text that an input is fed, and the source of that number.
 *
 * @param ofTokenizer the length to which the tokenizer cuts texts.
 */
export function tokensFor(
  { shape, mostTokens = Infinity }: InputDescription,
  ofTokenizer: number | undefined,
  usual = usualTokens,
): { readonly length: number; readonly from: string } {
  const size = shape?.at(-1);
  if (typeof size === 'number' && size > 0) return { length: size, from: 'the model’s' };
  const length = ofTokenizer ?? usual;
  if (mostTokens < length) return { length: mostTokens, from: 'as many as the model has positions for' };
  return { length, from: ofTokenizer === undefined ? 'a usual length' : 'the tokenizer’s' };
}

/** Decides by the name of the input. The only input of tokens may have any name. */
function givenBy(input: InputDescription, inputs: readonly InputDescription[]): TextPreprocessing['gives'] | undefined {
  if (!takesTokens(input)) return undefined;
  if (/mask/i.test(input.name)) return 'attention_mask';
  if (/token_?type|segment/i.test(input.name)) return 'token_type_ids';
  if (/position/i.test(input.name)) return undefined;
  const isNamed = /(^|_)(input_?)?(ids?|tokens?)(_|$)/i.test(input.name);
  return isNamed || inputs.filter(takesTokens).length === 1 ? 'input_ids' : undefined;
}

/** Whole numbers in [batch, tokens]. */
export function takesTokens({ dtype, shape }: InputDescription): boolean {
  return /^int(32|64)$/.test(dtype) && shape?.length === 2;
}

function findTexts(fields: readonly DataField[]): readonly [string?, string?] {
  const byName = new Map(fields.map(({ name }) => [name.trim().toLowerCase(), name]));
  const pair = pairs.find(([a, b]) => byName.has(a) && byName.has(b));
  if (pair !== undefined) return [byName.get(pair[0]), byName.get(pair[1])];
  const named = names.map((name) => byName.get(name)).find((name) => name !== undefined);
  if (named !== undefined) return [named];
  // A field with few different texts more likely holds classes. If there are very many, the readers do not keep them.
  const most = fields.toSorted((a, b) => differentIn(b) - differentIn(a))[0];
  return [most?.name];
}

function differentIn({ classes }: DataField): number {
  return classes?.length ?? Infinity;
}
