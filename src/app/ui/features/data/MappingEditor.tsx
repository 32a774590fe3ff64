/**
 * Edits the mapping of samples to inputs: one group for each input of the model, then the evaluation of the outputs.
 */
import { Button, Fieldset, Group, List, Stack, Text } from '@mantine/core';
import type { InputDescription } from '../../../../engine/data/feeds';
import { formatCounted } from '../../../../engine/format';
import { resetMapping } from '../../../state/data/data-actions';
import type { MappingProblems } from '../../../state/data/data-mapping';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import type { Original, WorkData } from '../../../state/workspace/workspace-store';
import { OutputKindFields } from '../../components/OutputKindFields';
import { Term } from '../../components/Term';
import { BoxFields } from './BoxFields';
import { InputMappingField } from './InputMappingField';
import { LabelFields } from './LabelFields';
import classes from './data.module.css';
import { ownValue } from '../../../../engine/own-value';

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
    <Stack component="section" aria-label="Mapping">
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
