/** Fields for the way in which the outputs of a detector hold its boxes. Each is detected unless the user gives it. */
import { NativeSelect } from '@mantine/core';
import type { BoxLayout } from '../../../../engine/data/mapping/mapping';
import { changeMapping } from '../../../state/data/data-actions';
import { withBoxes } from '../../../state/data/data-mapping';
import { useKnownOutputs } from '../../components/OutputKindFields';
import { CaptionedField } from '../../components/CaptionedField';

const detected = 'detected';

interface BoxField {
  readonly key: keyof BoxLayout;
  readonly caption: string;
  readonly choices: readonly (readonly [label: string, value: BoxLayout[keyof BoxLayout]])[];
}

/** Makes a field. The types refuse a value that the key does not take. */
const field = <Key extends keyof BoxLayout>(
  key: Key,
  caption: string,
  choices: readonly (readonly [label: string, value: BoxLayout[Key]])[],
): BoxField => ({ key, caption, choices });

const fields: readonly BoxField[] = [
  field('arrangement', 'Boxes in', [
    ['rows', 'rows'],
    ['columns', 'columns'],
  ]),
  field('corners', 'Box numbers', [
    ['center and size', 'center-size'],
    ['x1, y1, x2, y2', 'corners'],
    ['y1, x1, y2, x2', 'corners-yx'],
  ]),
  field('unit', 'Box unit', [
    ['pixels', 'pixels'],
    ['fractions', 'fractions'],
  ]),
  field('objectness', 'Object score', [
    ['yes', true],
    ['no', false],
  ]),
  field('scoring', 'Scores', [
    ['as they are', 'as-is'],
    ['sigmoid', 'sigmoid'],
    ['softmax', 'softmax'],
  ]),
  field('suppressAbove', 'Overlapping boxes', [
    ['removed above 0.7', 0.7],
    ['removed above 0.5', 0.5],
    ['kept', null],
  ]),
];

/** The choices with the stated value, which may be any overlap in a mapping from a file. */
function withStated(choices: BoxField['choices'], stated: BoxLayout[keyof BoxLayout] | undefined): BoxField['choices'] {
  const isListed = stated === undefined || choices.some(([, value]) => value === stated);
  return isListed ? choices : [...choices, [`removed above ${stated}`, stated]];
}

/** Shows nothing for a model without boxes. */
export function BoxFields({ boxes }: { readonly boxes: Partial<BoxLayout> | undefined }) {
  const hasBoxes = useKnownOutputs().some(({ kind }) => kind === 'boxes');
  if (!hasBoxes && boxes === undefined) return null;
  return fields.map(({ key, caption, choices: usual }) => {
    const stated = boxes?.[key];
    const choices = withStated(usual, stated);
    const chosen = choices.findIndex(([, value]) => value === stated);
    return (
      <CaptionedField key={key} caption={caption} note={null}>
        <NativeSelect
          aria-label={caption}
          value={chosen < 0 ? detected : String(chosen)}
          onChange={({ currentTarget: { value } }) => {
            const next = value === detected ? undefined : choices[Number(value)]?.[1];
            changeMapping((before) => withBoxes(before, key, next), `boxes:${key}`);
          }}
          data={[
            { value: detected, label: 'detected' },
            ...choices.map(([label], index) => ({ value: String(index), label })),
          ]}
        />
      </CaptionedField>
    );
  });
}
