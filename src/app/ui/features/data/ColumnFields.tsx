/** Selects the columns of a table that feed an input. */
import { Checkbox, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ArrayChoice } from '../../../../engine/data/mapping/mapping';
import { formatCount, formatCounted } from '../../../../engine/format';
import { columnChoices, withColumn, type ColumnChoice } from '../../../state/data/data-columns';
import type { WorkData } from '../../../state/workspace/workspace-store';
import classes from './data.module.css';
import { Note } from '../../components/Note';

/** The number of shown columns. The search by name finds the others. */
const mostShown = 100;
/** The number of columns that are visible at once. */
const fewColumns = 10;

interface ColumnFieldsProps {
  readonly inputName: string;
  readonly array: ArrayChoice;
  readonly data: WorkData;
  readonly onChange: (array: ArrayChoice) => void;
}

export function ColumnFields({ inputName, array, data, onChange }: ColumnFieldsProps) {
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
