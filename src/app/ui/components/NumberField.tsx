import { TextInput, type TextInputProps } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { ChevronIcon } from './icons';
import classes from './NumberField.module.css';
import { formatCount, formatNumber } from '../../../engine/format';

type Looks = Pick<
  TextInputProps,
  'label' | 'aria-label' | 'description' | 'placeholder' | 'disabled' | 'w' | 'classNames'
>;

interface OneNumberProps extends Looks, NumberLimits {
  /** The unit behind the number, which need not be typed. */
  readonly suffix?: string;
}

export interface NumberFieldProps extends OneNumberProps {
  readonly value: number;
  /**
   * The step of the arrow keys. When the field is left, a number beyond the limits becomes the nearest. Without a step,
   * the keys add nothing and such a number is refused.
   */
  readonly step?: number;
  /** Buttons that do as the arrow keys. */
  readonly hasButtons?: boolean;
  /** True for a number that is written as a fraction if it is one, such as 1/255. */
  readonly isFraction?: boolean;
  readonly onChange: (value: number) => void;
}

/**
 * One number, also as a fraction or with an exponent. If no value is possible, a sentence says which ones are. The work
 * never holds an invalid value.
 */
export function NumberField({ value, step, hasButtons = false, isFraction = false, ...rest }: NumberFieldProps) {
  const { onChange, least, most, isWhole, ...looks } = rest;
  const limits = { least, most, isWhole };
  const move = (steps: number): void => {
    if (step !== undefined) onChange(stepNumber(value, steps * step, limits));
  };
  return (
    <DraftField
      {...looks}
      inputMode={isFraction ? undefined : keypadFor(limits)}
      values={[value]}
      write={isFraction ? writeNumber : String}
      read={(text) => listOf(parseNumber(text, limits))}
      settle={(text) => (step === undefined ? null : listOf(nearestNumber(text, limits)))}
      taken={describeLimits(limits)}
      onChange={([next]) => onChange(next ?? value)}
      onStep={step === undefined ? undefined : move}
      buttons={hasButtons && looks.disabled !== true ? <StepButtons onStep={move} /> : null}
    />
  );
}

interface OptionalNumberFieldProps extends OneNumberProps {
  /** `undefined`: none, and the field is empty. */
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
}

/** A number above 0, or none. */
export function OptionalNumberField({ value, onChange, ...looks }: OptionalNumberFieldProps) {
  const limits = { least: 0 };
  return (
    <DraftField
      {...looks}
      inputMode={keypadFor(limits)}
      values={value === undefined ? [] : [value]}
      write={String}
      read={(text) => (text.trim() === '' ? [] : listOf(parseNumber(text, limits)))}
      settle={() => null}
      taken={describeLimits(limits)}
      onChange={([next]) => onChange(next === 0 ? undefined : next)}
    />
  );
}

interface NumbersFieldProps {
  readonly label: string;
  readonly values: readonly number[];
  /** The field accepts one number for each of this many items: `3` `channels`. */
  readonly each: { readonly count: number; readonly name: string };
  /** True for divisors, which must not be 0. */
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
  return (
    <DraftField
      label={label}
      values={values}
      write={writeNumber}
      read={read}
      settle={() => null}
      taken={taken}
      onChange={onChange}
    />
  );
}

interface DraftFieldProps extends Looks, Pick<TextInputProps, 'inputMode'> {
  readonly values: readonly number[];
  readonly write: (value: number) => string;
  readonly read: (text: string) => readonly number[] | null;
  /** The values for an invalid text when the field is left; `null` restores the values before the text was typed. */
  readonly settle: (text: string) => readonly number[] | null;
  /** The accepted values, in a sentence. */
  readonly taken: string;
  readonly onChange: (values: readonly number[]) => void;
  readonly suffix?: string;
  readonly onStep?: (steps: number) => void;
  readonly buttons?: ReactNode;
}

/** Holds the typed text until it can be read. Leaving the field shows the value again. */
function DraftField(props: DraftFieldProps) {
  const { values, write, read, settle, taken, onChange, suffix = '', onStep, buttons, ...looks } = props;
  const [draft, setDraft] = useState<{ readonly text: string; readonly before: readonly number[] } | null>(null);
  const readDraft = (text: string) => read(withoutSuffix(text, suffix));
  const change = (text: string): void => {
    setDraft({ text, before: draft?.before ?? values });
    const next = readDraft(text);
    if (next !== null) onChange(next);
  };
  const leave = (): void => {
    setDraft(null);
    // While a person types `1e300`, the field takes the 1.
    if (draft === null || readDraft(draft.text) !== null) return;
    onChange(settle(withoutSuffix(draft.text, suffix)) ?? draft.before);
  };
  const step = (event: KeyboardEvent): void => {
    const steps = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (steps === undefined || onStep === undefined) return;
    event.preventDefault();
    setDraft(null);
    onStep(steps);
  };
  const written = values.map(write).join(', ');
  const shown = written === '' ? '' : `${written}${suffix}`;
  return (
    <TextInput
      {...looks}
      value={draft?.text ?? shown}
      onSelect={(event) => stayBefore(suffix, event.currentTarget)}
      onChange={(event) => change(event.currentTarget.value)}
      onBlur={leave}
      onKeyDown={step}
      rightSection={buttons}
      error={draft !== null && readDraft(draft.text) === null ? taken : null}
    />
  );
}

function withoutSuffix(text: string, suffix: string): string {
  const unit = suffix.trim();
  return unit !== '' && text.trimEnd().endsWith(unit) ? text.trimEnd().slice(0, -unit.length) : text;
}

/** Text behind the unit would make the number invalid. */
function stayBefore(suffix: string, input: HTMLInputElement): void {
  const { selectionStart, selectionEnd, value } = input;
  const end = value.length - suffix.length;
  const isBehind = suffix !== '' && value.endsWith(suffix) && selectionStart === selectionEnd && selectionStart! > end;
  if (isBehind) input.setSelectionRange(end, end);
}

/** Buttons for the mouse. They are no tab stop, because the arrow keys do the same. */
function StepButtons({ onStep }: { readonly onStep: (steps: number) => void }) {
  return (
    <span className={classes.steps} aria-hidden>
      {[1, -1].map((steps) => (
        <button key={steps} type="button" tabIndex={-1} className={classes.step} onClick={() => onStep(steps)}>
          <ChevronIcon />
        </button>
      ))}
    </span>
  );
}

function listOf(number: number | null): readonly number[] | null {
  return number === null ? null : [number];
}

interface NumberLimits {
  readonly least?: number;
  readonly most?: number;
  readonly isWhole?: boolean;
}

/** Numbers as people write preprocessing: also as a fraction, `1/255`. `null` for anything else, and for a number beyond the limits. */
export function parseNumber(
  text: string,
  { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, isWhole = false }: NumberLimits = {},
): number | null {
  const [whole, divisor, ...rest] = text.trim().replace('\u2212', '-').split('/');
  if (rest.length > 0 || whole === undefined || whole.trim() === '' || divisor?.trim() === '') return null;
  const value = divisor === undefined ? Number(whole) : Number(whole) / Number(divisor);
  if (!Number.isFinite(value) || value < least || value > most) return null;
  return isWhole && !Number.isInteger(value) ? null : value;
}

/**
 * The number within the limits that is nearest to the typed one. `null` if that is no number, or not whole and has to
 * be.
 */
export function nearestNumber(
  text: string,
  { least = -Infinity, most = Infinity, isWhole }: NumberLimits,
): number | null {
  if (text.trim() === '' || text.includes('/')) return null;
  const nearest = Math.min(Math.max(Number(text), least), most);
  return Number.isFinite(nearest) ? parseNumber(String(nearest), { least, most, isWhole }) : null;
}

/** One step up or down, within the limits, without the noise of binary fractions. */
export function stepNumber(value: number, step: number, { least = -Infinity, most = Infinity }: NumberLimits): number {
  return Math.min(Math.max(Number((value + step).toPrecision(12)), least), most);
}

/** The keys that a phone shows for such a field; `undefined`: all, since only some of its keypads of digits have a minus. */
export function keypadFor({ least = -Infinity, isWhole = false }: NumberLimits): 'numeric' | 'decimal' | undefined {
  if (least < 0) return undefined;
  return isWhole ? 'numeric' : 'decimal';
}

/** Describes the accepted values of a field, in a sentence. */
export function describeLimits({ least, most, isWhole = false }: NumberLimits): string {
  const written = (limit: number): string => (Number.isInteger(limit) ? formatCount(limit) : formatNumber(limit));
  const range = [
    ...(least === undefined ? [] : [`from ${written(least)}`]),
    ...(most === undefined ? [] : [`to ${written(most)}`]),
  ];
  return isWhole || range.length > 0
    ? `Takes ${[isWhole ? 'a whole number' : 'a number', ...range].join(' ')}.`
    : 'Takes a number, such as 0.5 or 1/255.';
}

/** `0.485, 0.456, 0.406`; separators may be spaces too. `null` when one of them is no number, or there is none. */
export function parseNumbers(text: string): readonly number[] | null {
  const parts = text.split(/[,;\s]+/).filter((part) => part !== '');
  const values = parts.map((part) => parseNumber(part));
  return parts.length === 0 || values.includes(null) ? null : (values as number[]);
}

/** A number that is one over a whole one is written so. */
export function writeNumber(value: number): string {
  if (value === 0) return '0';
  const inverse = 1 / value;
  const divisor = [Math.round(inverse), Math.round(inverse * 2) / 2].find((candidate) => 1 / candidate === value);
  if (divisor !== undefined && divisor > 1 && Math.abs(value) < 0.1) return `1/${divisor}`;
  return String(value);
}
