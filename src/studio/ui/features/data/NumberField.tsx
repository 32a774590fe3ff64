import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { parseNumber, parseNumbers, writeNumber } from './parse-number';

export interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly least?: number;
  readonly most?: number;
  readonly isWhole?: boolean;
  readonly onChange: (value: number) => void;
}

/** One number, also as a fraction. What is no number, or none that the mapping may hold, is marked and never taken. */
export function NumberField({ label, value, onChange, ...limits }: NumberFieldProps) {
  const read = (text: string): readonly number[] | null => {
    const number = parseNumber(text, limits);
    return number === null ? null : [number];
  };
  return <DraftField label={label} values={[value]} read={read} onChange={([next]) => onChange(next ?? value)} />;
}

interface NumbersFieldProps {
  readonly label: string;
  readonly values: readonly number[];
  /** How many there may be. */
  readonly counts: readonly number[];
  readonly isAllowed?: (value: number) => boolean;
  readonly onChange: (values: readonly number[]) => void;
}

/** Numbers behind each other: one for all channels, or one for each. */
export function NumbersField({ label, values, counts, isAllowed = () => true, onChange }: NumbersFieldProps) {
  const read = (text: string): readonly number[] | null => {
    const numbers = parseNumbers(text);
    return numbers !== null && counts.includes(numbers.length) && numbers.every(isAllowed) ? numbers : null;
  };
  return <DraftField label={label} values={values} read={read} onChange={onChange} />;
}

interface DraftFieldProps {
  readonly label: string;
  readonly values: readonly number[];
  readonly read: (text: string) => readonly number[] | null;
  readonly onChange: (values: readonly number[]) => void;
}

/** Holds what is being typed until it can be read; leaving the field shows the value again. */
function DraftField({ label, values, read, onChange }: DraftFieldProps) {
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
      error={draft !== null && read(draft) === null}
    />
  );
}
