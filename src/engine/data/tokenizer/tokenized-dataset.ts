import type { Dataset, FieldRequest, ReadContext, SampleRead, TokenSelection } from '../dataset';
import { reasonOf } from '../readers/unreadable-sample';
import type { TextTokenizer } from './text-tokenizer';

type ReadValues = Extract<SampleRead, { readonly values: unknown }>;

/**
 * A data set whose texts can be read as tokens. `file`: of the tokenizer, which is hashed with the data. A text takes as long as
 * it takes: no checkpoint comes within one, so that the page reads in workers, which it can end.
 */
export function withTokenizer(dataset: Dataset, tokenizer: TextTokenizer, file: Dataset['files'][number]): Dataset {
  return {
    description: { ...dataset.description, tokenizer: tokenizer.description },
    files: [...dataset.files, file],
    read: (indices, fields, context) => readTokens(dataset, tokenizer, { indices, fields, context }),
  };
}

interface ReadRequest {
  readonly indices: readonly number[];
  readonly fields: readonly FieldRequest[];
  readonly context: ReadContext;
}

async function* readTokens(
  dataset: Dataset,
  tokenizer: TextTokenizer,
  { indices, fields, context }: ReadRequest,
): AsyncGenerator<SampleRead, void, undefined> {
  const wanted = fields.filter((field): field is TokenSelection => typeof field !== 'string' && 'texts' in field);
  const others = fields.filter((field) => !(wanted as readonly FieldRequest[]).includes(field));
  const texts = new Set(wanted.flatMap((each) => each.texts.filter((name) => name !== undefined)));
  const plain = [...others, ...[...texts].filter((name) => !others.includes(name))];
  for await (const sample of dataset.read(indices, plain, context)) {
    yield 'values' in sample && wanted.length > 0 ? tokenized(sample, wanted, tokenizer) : sample;
  }
}

function tokenized(sample: ReadValues, wanted: readonly TokenSelection[], tokenizer: TextTokenizer): SampleRead {
  const { index, values, place } = sample;
  try {
    const made = wanted.map(({ name, texts, mostTokens }) => {
      const [first, second] = texts.map((field) => textIn(values[field!]));
      const found = tokenizer.encode(second === undefined ? [first!] : [first!, second], mostTokens);
      return [
        name,
        { kind: 'tokens', tokenized: found, texts: second === undefined ? [first!] : [first!, second] },
      ] as const;
    });
    return { ...sample, values: { ...values, ...Object.fromEntries(made) } };
  } catch (error) {
    return { index, place: place ?? `Sample ${index + 1}`, reason: reasonOf(error) };
  }
}

function textIn(value: ReadValues['values'][string] | undefined): string {
  const text = value?.kind === 'tensor' ? value.tensor.data[0] : undefined;
  return typeof text === 'string' ? text : '';
}
