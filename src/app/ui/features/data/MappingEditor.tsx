/**
 * Edits the mapping of samples to inputs: one group for each input of the model, then the evaluation of the outputs.
 */
import { Button, Fieldset, Group, List, NativeSelect, Stack, Text } from '@mantine/core';
import type { InputDescription } from '../../../../engine/data/feeds';
import { formatCounted } from '../../../../engine/format';
import { changeMapping, resetMapping } from '../../../state/data/data-actions';
import type { MappingProblems } from '../../../state/data/data-mapping';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import type { Original, WorkData } from '../../../state/workspace/workspace-store';
import { OutputKindFields, useKnownOutputs } from '../../components/OutputKindFields';
import { Term } from '../../components/Term';
import { InputMappingField } from './InputMappingField';
import { LabelFields } from './LabelFields';
import classes from './data.module.css';
import { ownValue } from '../../../../engine/own-value';
import type { BoxLayout } from '../../../../engine/data/mapping/mapping';
import { withBoxes } from '../../../state/data/data-mapping';
import { CaptionedField } from '../../components/CaptionedField';

/** Fields for the way in which the outputs of a detector hold its boxes. Each is detected unless the user gives it. */
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

interface MappingEditorProps {
  readonly data: WorkData;
  readonly original: Original;
  readonly problems: MappingProblems;
}

export function MappingEditor({ data, original, problems }: MappingEditorProps) {
  const busy = useJob((state) => hasJob(state, 'read-data', 'evaluate'));
  const { mapping, suggestion } = data;
  const { inputs } = original.inspection;
  // Cache inputs are folded, because a decoder of 30 layers has 60 of them, which would hide everything else.
  const isHidden = ({ name }: InputDescription): boolean =>
    'cache' in (ownValue(mapping.inputs, name) ?? {}) && (ownValue(problems.inputs, name) ?? null) === null;
  const [caches, others] = [inputs.filter(isHidden), inputs.filter((input) => !isHidden(input))];
  const fieldOf = (input: InputDescription) => (
    <InputMappingField
      key={input.name}
      input={input}
      data={data}
      original={original}
      problem={ownValue(problems.inputs, input.name) ?? null}
    />
  );
  const edited = mapping !== suggestion.mapping && JSON.stringify(mapping) !== JSON.stringify(suggestion.mapping);
  return (
    <Stack component="section" id="mapping" aria-label="Mapping">
      <Group justify="space-between" gap={8} mih={32}>
        <h2>
          <Term name="Mapping">Input mapping</Term>
        </h2>
        {edited ? (
          <Button variant="subtle" size="compact-sm" onClick={resetMapping}>
            Restore suggestion
          </Button>
        ) : null}
      </Group>
      <Fieldset variant="unstyled" disabled={busy}>
        <legend className="visually-hidden">Mapping</legend>
        <Stack gap={24}>
          {others.map(fieldOf)}
          {caches.length === 0 ? null : (
            <details>
              <summary>{formatCounted(caches.length, 'cache input')}</summary>
              <Stack gap={24} mt={12}>
                {caches.map(fieldOf)}
              </Stack>
            </details>
          )}
          <LabelFields data={data} original={original} problems={problems.others} />
          <Stack gap={12} role="group" aria-label="Outputs">
            <h3>Outputs</h3>
            <div className={classes.row}>
              <OutputKindFields />
              <BoxFields boxes={data.mapping.boxes} />
            </div>
          </Stack>
        </Stack>
      </Fieldset>
      <Reasons reasons={suggestion.reasons} edited={edited} />
    </Stack>
  );
}

function Reasons({ reasons, edited }: { readonly reasons: readonly string[]; readonly edited: boolean }) {
  if (reasons.length === 0) return null;
  return (
    <Text component="details" c="dimmed" aria-label="Reasons">
      <summary>{edited ? 'Why the suggested mapping?' : 'Why this mapping?'}</summary>
      <List size="sm" mt={4}>
        {reasons.map((reason) => (
          <List.Item key={reason}>{reason}</List.Item>
        ))}
      </List>
    </Text>
  );
}
