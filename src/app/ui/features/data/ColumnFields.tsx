/** Which columns of a table feed an input. */
import { Checkbox, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ArrayChoice } from '../../../../engine/data/mapping/mapping';
import { formatCount, formatCounted } from '../../../../engine/format';
import { columnChoices, withColumn, type ColumnChoice } from '../../../state/data/data-columns';
import type { WorkData } from '../../../state/workspace/workspace-store';
import classes from './ColumnFields.module.css';

/** More are found by their name. */
const mostShown = 100;
/** So many are seen at once. */
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
    <div className={classes.columns} role="group" aria-label={`Columns that feed ${inputName}`}>
      <p className={classes.count}>
        {formatCounted(fed, 'column')} of {formatCount(columns.length)} {fed === 1 ? 'feeds' : 'feed'} this input
      </p>
      {columns.length > fewColumns ? (
        <TextInput
          label="Find a column"
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
        />
      ) : null}
      <div className={classes.list}>
        {found.slice(0, mostShown).map((column) => (
          <ColumnBox
            key={column.name}
            column={column}
            isOnly={column.isFed && fed === 1}
            onChange={(isFed) => onChange(withColumn(array, column.name, isFed, use))}
          />
        ))}
      </div>
      {found.length === 0 ? <p className={classes.count}>No column is called so.</p> : null}
      {found.length > mostShown ? (
        <p className={classes.count}>
          The first {formatCount(mostShown)} of {formatCount(found.length)} are shown: find the others by their names.
        </p>
      ) : null}
    </div>
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
