import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { describeLimits, parseNumber, parseNumbers, writeNumber } from './parse-number';

export interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly least?: number;
  readonly most?: number;
  readonly isWhole?: boolean;
  readonly onChange: (value: number) => void;
}

/** One number, also as a fraction. What is no number, or none that the mapping may hold, is never taken, with a sentence that says what is. */
export function NumberField({ label, value, onChange, ...limits }: NumberFieldProps) {
  const read = (text: string): readonly number[] | null => {
    const number = parseNumber(text, limits);
    return number === null ? null : [number];
  };
  return (
    <DraftField
      label={label}
      values={[value]}
      read={read}
      taken={describeLimits(limits)}
      onChange={([next]) => onChange(next ?? value)}
    />
  );
}

interface NumbersFieldProps {
  readonly label: string;
  readonly values: readonly number[];
  /** There may be one number for each of so many: `3` `channels`. */
  readonly each: { readonly count: number; readonly name: string };
  /** What is divided by these is not to be divided by 0. */
  readonly areDivisors?: boolean;
  readonly onChange: (values: readonly number[]) => void;
}

/** Numbers behind each other: one for all, or one for each. */
export function NumbersField({ label, values, each, areDivisors = false, onChange }: NumbersFieldProps) {
  const read = (text: string): readonly number[] | null => {
    const numbers = parseNumbers(text);
    const fits = numbers !== null && (numbers.length === 1 || numbers.length === each.count);
    return fits && !(areDivisors && numbers.includes(0)) ? numbers : null;
  };
  const count = each.count === 1 ? 'one number' : `one number, or one for each of the ${each.count} ${each.name}`;
  const taken = `Takes ${count}${areDivisors ? (each.count === 1 ? ', not 0' : ', none of them 0') : ''}.`;
  return <DraftField label={label} values={values} read={read} taken={taken} onChange={onChange} />;
}

interface DraftFieldProps {
  readonly label: string;
  readonly values: readonly number[];
  readonly read: (text: string) => readonly number[] | null;
  /** What can be read, in a sentence. */
  readonly taken: string;
  readonly onChange: (values: readonly number[]) => void;
}

/** Holds what is being typed until it can be read; leaving the field shows the value again. */
function DraftField({ label, values, read, taken, onChange }: DraftFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const change = (text: string): void => {
    setDraft(text);
    const next = read(text);
    if (next !== null) onChange(next);
  };
  return (
    <TextInput
      label={label}
      value={draft ?? values.map(writeNumber).join(', ')}
      onChange={(event) => change(event.currentTarget.value)}
      onBlur={() => setDraft(null)}
      error={draft !== null && read(draft) === null ? taken : null}
    />
  );
}
