import { formatCounted, formatList } from '../../format';
import type { DataField, DatasetDescription } from '../dataset';
import type { InputDescription } from '../feeds';
import { joinedField } from './column-list';
import { formatShape } from './fit-shape';
import { takesTokens } from './suggest-text';

/** The most fields of a wide table that the sentence names. */
const mostNamed = 6;

/**
 * Explains in sentences why an input is not fed: what it needs, what the data has instead, and which part of the data
 * is ignored.
 */
export function describeUnfed(input: InputDescription, description: DatasetDescription): string {
  const { name, dtype, shape } = input;
  const takes = shape === null ? dtype : `${dtype} ${formatShape(shape)}`;
  const { fields, leftOut = [] } = description;
  const named = fields.filter(({ columns }) => columns === undefined).map(describeField);
  const has = named.length > mostNamed ? [...named.slice(0, mostNamed), `${named.length - mostNamed} more`] : named;
  const columns = joinedField(description)?.columns;
  const together =
    columns === undefined
      ? []
      : [
          `Together, its ${formatCounted(columns.length, 'column')} of numbers do not fit. A mapping can list the ones to use.`,
        ];
  const texts = describeMissingTokenizer(input, description);
  const namesake = fields.find((field) => field.name === name && field.kind === 'numbers' && field.dtype === dtype);
  const reshaped = namesake ? [`"${name}" has another shape. Use samples with the shape of the input.`] : [];
  return [
    `No field of ${description.name} fits input "${name}" (${takes}). It has ${formatList(has)}.`,
    ...reshaped,
    ...together,
    ...texts,
    ...leftOut,
  ].join(' ');
}

/** A sentence if the input takes tokens and the data has texts without a tokenizer; empty otherwise. */
export function describeMissingTokenizer(
  input: InputDescription,
  { fields, tokenizer }: Pick<DatasetDescription, 'fields' | 'tokenizer'>,
): readonly string[] {
  const hasTexts = fields.some(({ kind }) => kind === 'text');
  if (!takesTokens(input) || !hasTexts || tokenizer !== undefined) return [];
  return ["Texts need a tokenizer: add the model's tokenizer.json."];
}

function describeField({ name, kind, dtype, shape }: DataField): string {
  const holds = kind === 'numbers' ? dtype : kind;
  return `"${name}" (${holds}${shape.length === 0 || kind !== 'numbers' ? '' : ` ${formatShape(shape.map((size) => size ?? undefined))}`})`;
}
