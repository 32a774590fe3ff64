/** Selects the source of one input of the model. */
import { Select, Stack } from '@mantine/core';
import type { DatasetDescription } from '../../../../engine/data/dataset';
import type { InputDescription } from '../../../../engine/data/feeds';
import { joinedField } from '../../../../engine/data/mapping/column-list';
import {
  type DataMapping,
  type InputMapping,
  madeInputs,
  mostSoundSamples,
  mostTokens,
  sampleRatesHz,
  type SoundPreprocessing,
  type TextPreprocessing,
} from '../../../../engine/data/mapping/mapping';
import { changeMapping } from '../../../state/data/data-actions';
import {
  fieldsForKind,
  type InputKind,
  kindOfInput,
  possibleKinds,
  startingMapping,
} from '../../../state/data/data-mapping';
import type { Original, WorkData } from '../../../state/workspace/workspace-store';
import { describeField, kindNames, madeNames } from './describe-data';
import { ArrayFields } from './ArrayFields';
import { FieldProblem } from './FieldProblem';
import { ImageFields } from './ImageFields';
import classes from './data.module.css';
import { Note } from '../../components/Note';
import { NumberField } from '../../components/NumberField';
import { ownValue } from '../../../../engine/own-value';

/**
 * Fields for the conversion of texts to tokens. A choice applies to all inputs that take tokens, because they must come
 * from the same texts.
 */
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

function TextFields({ input, text, data }: TextFieldsProps) {
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

interface InputMappingFieldProps {
  readonly input: InputDescription;
  readonly data: WorkData;
  readonly original: Original;
  readonly problem: string | null;
}

export function InputMappingField({ input, data, original, problem }: InputMappingFieldProps) {
  const { description } = data.evaluation;
  const { inputs, outputs } = original.inspection;
  const mapping = ownValue(data.mapping.inputs, input.name);
  const kind = mapping === undefined ? null : kindOfInput(mapping);
  const change = (next: InputMapping, field: string): void => {
    changeMapping(
      (before) => ({ ...before, inputs: { ...before.inputs, [input.name]: next } }),
      `${input.name}:${field}`,
    );
  };
  const changeKind = (next: InputKind): void => {
    const suggested = ownValue(data.suggestion.mapping.inputs, input.name);
    change(startingMapping(next, input, { description, suggested, outputs }), 'kind');
  };
  const kinds = new Set([...possibleKinds(description, input, inputs), ...(kind === null ? [] : [kind])]);
  return (
    <Stack gap={12} role="group" aria-label={`Input ${input.name}`}>
      <h3 className={classes.breakable}>
        {input.name}{' '}
        <Note span>
          {input.dtype} {shapeText(input)}
        </Note>
      </h3>
      <div className={classes.row}>
        <Select
          label="Source"
          data={Array.from(kinds, (value) => ({ value, label: kindNames[value] }))}
          value={kind}
          placeholder="Choose a source"
          onChange={(next) => next !== null && changeKind(next as InputKind)}
          allowDeselect={false}
        />
        {mapping === undefined ? null : (
          <SourceField mapping={mapping} data={data} original={original} onChange={change} />
        )}
      </div>
      {mapping === undefined ? null : <DetailFields input={input} mapping={mapping} data={data} onChange={change} />}
      <FieldProblem problem={problem} />
    </Stack>
  );
}

function shapeText({ shape }: InputDescription): string {
  return shape === null ? 'any shape' : `[${shape.map((size) => size ?? '?').join(', ')}]`;
}

interface DetailFieldsProps {
  readonly input: InputDescription;
  readonly mapping: InputMapping;
  readonly data: WorkData;
  readonly onChange: (mapping: InputMapping, field: string) => void;
}

/** The settings of the conversion, by kind. */
function DetailFields({ input, mapping, data, onChange }: DetailFieldsProps) {
  if ('image' in mapping) {
    return <ImageFields image={mapping.image} onChange={(image, field) => onChange({ image }, field)} />;
  }
  if ('sound' in mapping) return <SoundFields sound={mapping.sound} onChange={onChange} />;
  if ('text' in mapping) return <TextFields input={input} text={mapping.text} data={data} />;
  if (!('array' in mapping)) return null;
  return <ArrayFields input={input} mapping={mapping} data={data} onChange={onChange} />;
}

interface SourceFieldProps {
  readonly mapping: InputMapping;
  readonly data: WorkData;
  readonly original: Original;
  readonly onChange: (mapping: InputMapping, field: string) => void;
}

/** The field, the number or the output, as the kind has it. */
function SourceField({ mapping, data, original, onChange }: SourceFieldProps) {
  if ('value' in mapping) {
    return (
      <NumberField
        label="Number"
        value={mapping.value}
        step={1}
        hasButtons
        onChange={(value) => onChange({ value }, 'value')}
      />
    );
  }
  if ('state' in mapping || 'cache' in mapping) {
    const isState = 'state' in mapping;
    return (
      <Select
        label="Output"
        data={original.inspection.outputs.map(({ name }) => name)}
        value={isState ? mapping.state : mapping.cache}
        onChange={(next) => next !== null && onChange(isState ? { state: next } : { cache: next }, 'state')}
        allowDeselect={false}
      />
    );
  }
  if ('made' in mapping) {
    return (
      <Select
        label="Values"
        data={madeInputs.map((made) => ({ value: made, label: madeNames[made] }))}
        value={mapping.made}
        onChange={(made) => made !== null && onChange({ made }, 'made')}
        allowDeselect={false}
      />
    );
  }
  const fields = fieldsForKind(data.evaluation.description, kindOfInput(mapping));
  return (
    <Select
      label="Field"
      data={fields.map((field) => ({ value: field.name, label: `${field.name}, ${describeField(field)}` }))}
      value={fieldOf(mapping, data.evaluation.description) ?? (fields.length === 1 ? fields[0]?.name : null)}
      onChange={(next) => next !== null && onChange(withField(mapping, next), 'field')}
      allowDeselect={false}
    />
  );
}

type FieldMapping = Extract<
  InputMapping,
  { readonly array: unknown } | { readonly text: unknown } | { readonly image: unknown } | { readonly sound: unknown }
>;

function fieldOf(mapping: FieldMapping, description: DatasetDescription): string | undefined {
  // A list is a part of the field of all columns.
  if ('array' in mapping) return typeof mapping.array === 'string' ? mapping.array : joinedField(description)?.name;
  if ('text' in mapping) return mapping.text.array;
  return 'image' in mapping ? mapping.image.array : mapping.sound.array;
}

function withField(mapping: FieldMapping, array: string): InputMapping {
  if ('array' in mapping) return { ...mapping, array };
  if ('text' in mapping) return { text: { ...mapping.text, array } };
  return 'image' in mapping ? { image: { ...mapping.image, array } } : { sound: { ...mapping.sound, array } };
}

interface SoundFieldsProps {
  readonly sound: SoundPreprocessing;
  readonly onChange: (mapping: InputMapping, field: string) => void;
}

function SoundFields({ sound, onChange }: SoundFieldsProps) {
  return (
    <div className={classes.small}>
      <NumberField
        label="Sample rate (Hz)"
        value={sound.sampleRateHz}
        least={sampleRatesHz.least}
        most={sampleRatesHz.most}
        isWhole
        onChange={(sampleRateHz) => onChange({ sound: { ...sound, sampleRateHz } }, 'rate')}
      />
      <NumberField
        label="Window (samples)"
        value={sound.samples}
        least={1}
        most={mostSoundSamples}
        isWhole
        onChange={(samples) => onChange({ sound: { ...sound, samples } }, 'samples')}
      />
    </div>
  );
}
