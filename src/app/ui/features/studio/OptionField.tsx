/** The form of one option, made from its description alone: a new pass needs no new form. */
import { SegmentedControl, Select, Switch, TagsInput } from '@mantine/core';
import { useState } from 'react';
import type { OptionSpec, OptionValue, OtherValues } from '../../../../engine/passes/option-spec';
import { isMapNumber } from '../../../../engine/passes/options';
import { setStepOption } from '../../../state/recipe/recipe-actions';
import { NumberField } from '../../components/NumberField';
import { isDefault } from './option-facts';
import classes from './SidePanel.module.css';

const fieldClasses = { label: classes.optionLabel, description: classes.description };

export interface OptionFieldProps {
  readonly index: number;
  readonly name: string;
  readonly spec: OptionSpec;
  /** `undefined`: the default. */
  readonly value: OptionValue | undefined;
}

export function OptionField({ index, name, spec, value }: OptionFieldProps) {
  const change = (next: OptionValue): void => {
    setStepOption(index, name, isDefault(spec, next) ? undefined : next);
  };
  const current = value ?? spec.default;
  switch (spec.kind) {
    case 'boolean':
      return <BooleanField spec={spec} value={current === true} onChange={change} />;
    case 'number':
      return <NumberOptionField spec={spec} value={Number(current)} onChange={change} />;
    case 'choice': {
      const field = { spec, value: String(current), onChange: change };
      return spec.others ? <OpenChoiceField {...field} others={spec.others} /> : <ChoiceField {...field} />;
    }
    case 'list':
      return <ListField spec={spec} value={Array.isArray(current) ? current : []} onChange={change} />;
    case 'map':
      return <MapField spec={spec} value={current as Readonly<Record<string, number>>} onChange={change} />;
  }
}

interface FieldProps<Kind extends OptionSpec['kind'], Value> {
  readonly spec: Extract<OptionSpec, { kind: Kind }>;
  readonly value: Value;
  readonly onChange: (value: OptionValue) => void;
}

function BooleanField({ spec, value, onChange }: FieldProps<'boolean', boolean>) {
  return (
    <Switch
      checked={value}
      onChange={(event) => onChange(event.currentTarget.checked)}
      label={spec.label}
      description={spec.explanation}
      classNames={fieldClasses}
    />
  );
}

function NumberOptionField({ spec, value, onChange }: FieldProps<'number', number>) {
  const isShare = spec.isShare === true;
  const factor = isShare ? 100 : 1;
  const field = (
    <NumberField
      value={isShare ? Math.round(value * 1e8) / 1e6 : value}
      onChange={(next) => onChange(next / factor)}
      least={spec.minimum * factor}
      most={spec.maximum * factor}
      step={spec.step * factor}
      hasButtons
      suffix={isShare ? '\u00a0%' : undefined}
      label={spec.label}
      description={spec.explanation}
      classNames={fieldClasses}
    />
  );
  if (!isShare) return field;
  return (
    <div>
      {field}
      <input
        type="range"
        className={classes.range}
        value={value}
        min={spec.minimum}
        max={spec.maximum}
        step={0.01}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
        aria-label={`${spec.label}, slider`}
      />
    </div>
  );
}

/** The number of characters that fit into one line of the panel. */
const fittingCharacters = 34;

function fitInOneLine(labels: readonly string[]): boolean {
  return labels.length <= 3 && labels.join('').length <= fittingCharacters;
}

/** Two or three choices are seen at a glance; more, or longer ones, go into a list. */
function ChoiceField({ spec, value, onChange }: FieldProps<'choice', string>) {
  const data = spec.choices.map((choice) => ({ value: choice.value, label: choice.label }));
  const explanation = spec.choices.find((choice) => choice.value === value)?.explanation ?? '';
  if (!fitInOneLine(data.map(({ label }) => label))) {
    return (
      <Select
        data={data}
        value={value}
        onChange={(next) => onChange(next ?? spec.default)}
        label={spec.label}
        description={`${spec.explanation} ${explanation}`}
        allowDeselect={false}
        classNames={fieldClasses}
      />
    );
  }
  return (
    <fieldset className={classes.fieldset}>
      <legend className={classes.optionLabel}>{spec.label}</legend>
      <p className={classes.description}>{spec.explanation}</p>
      <SegmentedControl fullWidth size="xs" data={data} value={value} onChange={onChange} aria-label={spec.label} />
      <p className={classes.description}>{explanation}</p>
    </fieldset>
  );
}

/** Besides the choices, what is typed is offered where it is one of the other values. */
function OpenChoiceField({
  spec,
  others,
  value,
  onChange,
}: FieldProps<'choice', string> & { readonly others: OtherValues }) {
  const [typed, setTyped] = useState('');
  const known = spec.choices.map((choice) => ({ value: choice.value, label: choice.label }));
  const isOther = (text: string): boolean => known.every((choice) => choice.value !== text) && others.isOne(text);
  const more = [...new Set([value, typed.trim()])].filter(isOther);
  const explanation = spec.choices.find((choice) => choice.value === value)?.explanation;
  return (
    <Select
      data={[...known, ...more.map((text) => ({ value: text, label: text }))]}
      value={value}
      onChange={(next) => onChange(next ?? spec.default)}
      searchable
      onSearchChange={setTyped}
      nothingFoundMessage={`Type ${others.form}`}
      label={spec.label}
      description={[spec.explanation, ...(explanation ? [explanation] : []), `Or type ${others.form}.`].join(' ')}
      allowDeselect={false}
      classNames={fieldClasses}
    />
  );
}

function ListField({ spec, value, onChange }: FieldProps<'list', readonly string[]>) {
  return (
    <TagsInput
      data={spec.choices === undefined ? [] : [...spec.choices]}
      value={[...value]}
      onChange={(next) =>
        onChange(spec.choices === undefined ? next : next.filter((entry) => spec.choices?.includes(entry)))
      }
      placeholder={value.length === 0 ? 'Type a name, then Enter' : undefined}
      label={spec.label}
      description={spec.explanation}
      classNames={fieldClasses}
      clearable
    />
  );
}

/** Each tag is a name with its number, as on the command line. */
function MapField({ spec, value, onChange }: FieldProps<'map', Readonly<Record<string, number>>>) {
  const numberOf = (entry: string): number => Number(entry.slice(entry.lastIndexOf('=') + 1));
  const isEntry = (entry: string): boolean => {
    const number = numberOf(entry);
    return entry.lastIndexOf('=') > 0 && isMapNumber(spec, number);
  };
  return (
    <TagsInput
      value={Object.entries(value).map(([name, number]) => `${name}=${number}`)}
      onChange={(next) =>
        onChange(
          Object.fromEntries(
            next.filter(isEntry).map((entry) => [entry.slice(0, entry.lastIndexOf('=')).trim(), numberOf(entry)]),
          ),
        )
      }
      placeholder={`Type name=${spec.maximum}, then Enter`}
      label={spec.label}
      description={spec.explanation}
      classNames={fieldClasses}
      clearable
    />
  );
}
