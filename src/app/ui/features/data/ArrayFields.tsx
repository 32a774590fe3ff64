/** Fields for numbers that feed an input: the columns, and their scaling. */
import { Button, Checkbox, Stack, Text, TextInput } from '@mantine/core';
import type { InputDescription } from '../../../../engine/data/feeds';
import { columnsOf, unscaledColumns, withOtherColumns } from '../../../../engine/data/mapping/column-list';
import { type ArrayChoice, type InputMapping, numbersOf, oneOrEach } from '../../../../engine/data/mapping/mapping';
import { ownNumbersOf, scalableKind } from '../../../../engine/data/mapping/scalable-inputs';
import { floatTypes } from '../../../../engine/data/tensor-numbers';
import { formatCount, formatCounted, formatFirst } from '../../../../engine/format';
import { standardizeInputs } from '../../../state/data/data-actions';
import type { WorkData } from '../../../state/workspace/workspace-store';
import { Note } from '../../components/Note';
import { NumbersField } from '../../components/NumberField';
import classes from './data.module.css';
import { useState } from 'react';
import { type ColumnChoice, columnChoices, withColumn } from '../../../state/data/data-columns';

/**
 * Selects the columns of a table that feed an input.
 * The number of shown columns. The search by name finds the others.
 */
const mostShown = 100;
/** The number of columns that are visible at once. */
const fewColumns = 10;

interface ColumnFieldsProps {
  readonly inputName: string;
  readonly array: ArrayChoice;
  readonly data: WorkData;
  readonly onChange: (array: ArrayChoice) => void;
}

function ColumnFields({ inputName, array, data, onChange }: ColumnFieldsProps) {
  const [search, setSearch] = useState('');
  const use = { description: data.evaluation.description, labels: data.mapping.labels };
  const columns = columnChoices(array, use);
  if (columns === undefined) return null;
  const fed = columns.filter(({ isFed }) => isFed).length;
  const wanted = search.trim().toLowerCase();
  const found = columns.filter(({ name }) => name.toLowerCase().includes(wanted));
  return (
    <Stack gap={8} role="group" aria-label={`Columns that feed ${inputName}`}>
      <Note>
        {formatCount(fed)} of {formatCounted(columns.length, 'column')} used
      </Note>
      {columns.length > fewColumns ? (
        <TextInput
          label="Find a column"
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
        />
      ) : null}
      <div className={classes.columns}>
        {found.slice(0, mostShown).map((column) => (
          <ColumnBox
            key={column.name}
            column={column}
            isOnly={column.isFed && fed === 1}
            onChange={(isFed) => onChange(withColumn(array, column.name, isFed, use))}
          />
        ))}
      </div>
      {found.length === 0 ? <Text c="dimmed">No column has that name.</Text> : null}
      {found.length > mostShown ? (
        <Note>
          First {formatCount(mostShown)} of {formatCount(found.length)} columns. Find the others by name.
        </Note>
      ) : null}
    </Stack>
  );
}

interface ColumnBoxProps {
  readonly column: ColumnChoice;
  /** An input takes at least one. */
  readonly isOnly: boolean;
  readonly onChange: (isFed: boolean) => void;
}

function ColumnBox({ column: { name, isFed, isLabel }, isOnly, onChange }: ColumnBoxProps) {
  return (
    <Checkbox
      size="xs"
      radius={4}
      iconColor="var(--on-ink)"
      label={isLabel ? `${name} (label)` : name}
      checked={isFed}
      disabled={isOnly || (isLabel && !isFed)}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />
  );
}

const mostNamed = 3;

interface ArrayFieldsProps {
  readonly input: InputDescription;
  readonly mapping: Extract<InputMapping, { readonly array: ArrayChoice }>;
  readonly data: WorkData;
  readonly onChange: (mapping: InputMapping, field: string) => void;
}

export function ArrayFields({ input, mapping, data, onChange }: ArrayFieldsProps) {
  const { labels } = data.mapping;
  const { description } = data.evaluation;
  const kind = floatTypes.has(input.dtype) ? scalableKind(mapping, description) : undefined;
  const changeColumns = (array: ArrayChoice): void => {
    const [before, after] = [mapping.array, array].map((each) => columnsOf(each, description, labels));
    const isOfEach = typeof mapping.scale === 'object' || typeof mapping.offset === 'object';
    onChange(isOfEach && before && after ? withOtherColumns(mapping, before, after) : { ...mapping, array }, 'columns');
  };
  const unscaled = unscaledColumns(mapping, columnsOf(mapping.array, description, labels) ?? []);
  const count = kind === undefined ? 1 : ownNumbersOf(data.mapping, input.name, description).count;
  const each = { count, name: kind === 'columns' ? 'columns' : 'channels' };
  return (
    <>
      <ColumnFields inputName={input.name} array={mapping.array} data={data} onChange={changeColumns} />
      <div className={classes.small}>
        <NumbersField
          label="Scale"
          values={numbersOf(mapping.scale ?? 1)}
          each={each}
          onChange={(scale) => onChange({ ...mapping, scale: oneOrEach(scale) }, 'scale')}
        />
        <NumbersField
          label="Offset"
          values={numbersOf(mapping.offset ?? 0)}
          each={each}
          onChange={(offset) => onChange({ ...mapping, offset: oneOrEach(offset) }, 'offset')}
        />
      </div>
      {unscaled.length === 0 ? null : <Note>Not scaled: {formatFirst(unscaled, mostNamed)}.</Note>}
      {kind === undefined ? null : (
        <div>
          <Button variant="default" size="compact-sm" onClick={() => void standardizeInputs()}>
            Standardize with this data
          </Button>
        </div>
      )}
    </>
  );
}
