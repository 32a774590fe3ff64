/**
 * Fields for the conversion of texts to tokens. A choice applies to all inputs that take tokens, because they must come
 * from the same texts.
 */
import { Select } from '@mantine/core';
import type { InputDescription } from '../../../../engine/data/feeds';
import { mostTokens, type DataMapping, type TextPreprocessing } from '../../../../engine/data/mapping/mapping';
import { changeMapping } from '../../../state/data/data-actions';
import { fieldsForKind } from '../../../state/data/data-mapping';
import type { WorkData } from '../../../state/workspace/workspace-store';
import { NumberField } from '../../components/NumberField';
import classes from './data.module.css';

interface TextFieldsProps {
  readonly input: InputDescription;
  readonly text: TextPreprocessing;
  readonly data: WorkData;
}

const parts = [
  { value: 'input_ids', label: 'Token ids' },
  { value: 'attention_mask', label: 'Attention mask' },
  { value: 'token_type_ids', label: 'Token type ids' },
] as const;
const none = '';

export function TextFields({ input, text, data }: TextFieldsProps) {
  const fields = fieldsForKind(data.evaluation.description, 'text');
  const changeAll = (change: Partial<TextPreprocessing>, field: string): void => {
    changeMapping((before) => withTexts(before, change), `text:${field}`);
  };
  const isOpen = typeof input.shape?.at(-1) !== 'number';
  return (
    <div className={classes.small}>
      <Select
        label="Provides"
        data={parts}
        value={text.gives}
        onChange={(gives) => gives !== null && changeMapping((before) => withPart(before, input.name, gives), 'gives')}
        allowDeselect={false}
      />
      {fields.length < 2 ? null : (
        <Select
          label="Second text"
          data={[{ value: none, label: 'None' }, ...fields.map(({ name }) => ({ value: name, label: name }))]}
          value={text.pair ?? none}
          onChange={(pair) => changeAll({ pair: pair || undefined }, 'pair')}
          allowDeselect={false}
        />
      )}
      <NumberField
        label="Length (tokens)"
        value={text.length}
        least={1}
        most={mostTokens}
        isWhole
        onChange={(length) => changeAll({ length }, 'length')}
      />
      {isOpen ? (
        <Select
          label="Pad to"
          data={[
            { value: none, label: `${text.length} tokens` },
            { value: 'longest', label: 'Longest text' },
          ]}
          value={text.padding ?? none}
          onChange={(padding) => changeAll({ padding: padding === 'longest' ? padding : undefined }, 'padding')}
          allowDeselect={false}
        />
      ) : null}
    </div>
  );
}

function withTexts(mapping: DataMapping, change: Partial<TextPreprocessing>): DataMapping {
  const inputs = Object.entries(mapping.inputs).map(([name, each]) => [
    name,
    'text' in each ? { text: withoutAbsent({ ...each.text, ...change }) } : each,
  ]);
  return { ...mapping, inputs: Object.fromEntries(inputs) };
}

/** A mapping is compared as text: what is absent has no key. */
function withoutAbsent(text: TextPreprocessing): TextPreprocessing {
  return Object.fromEntries(
    Object.entries(text).filter(([, value]) => value !== undefined),
  ) as unknown as TextPreprocessing;
}

function withPart(mapping: DataMapping, name: string, gives: TextPreprocessing['gives']): DataMapping {
  const before = mapping.inputs[name];
  if (before === undefined || !('text' in before)) return mapping;
  return { ...mapping, inputs: { ...mapping.inputs, [name]: { text: { ...before.text, gives } } } };
}
