/** Fields for numbers that feed an input: the columns, and their scaling. */
import { Button } from '@mantine/core';
import type { InputDescription } from '../../../../engine/data/feeds';
import { columnsOf, unscaledColumns, withOtherColumns } from '../../../../engine/data/mapping/column-list';
import { numbersOf, oneOrEach, type ArrayChoice, type InputMapping } from '../../../../engine/data/mapping/mapping';
import { ownNumbersOf, scalableKind } from '../../../../engine/data/mapping/scalable-inputs';
import { floatTypes } from '../../../../engine/data/tensor-numbers';
import { formatFirst } from '../../../../engine/format';
import { standardizeInputs } from '../../../state/data/data-actions';
import type { WorkData } from '../../../state/workspace/workspace-store';
import { Note } from '../../components/Note';
import { NumbersField } from '../../components/NumberField';
import { ColumnFields } from './ColumnFields';
import classes from './data.module.css';

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
