/** Shows the accuracy of all variants side by side, and one of them in detail. */
import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { formatProvider } from '../../../../engine/format';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { EvaluationDetails } from './EvaluationDetails';
import { resultRows } from './results-model';
import { ResultsTable } from './ResultsTable';

export function EvaluationResults() {
  const state = useWorkspace((workspace) => workspace);
  const rows = useMemo(() => resultRows(state), [state]);
  const [chosen, setChosen] = useState<string | null>(null);
  const evaluated = rows.filter(({ recorded }) => recorded !== null);
  const shown =
    evaluated.find(({ id }) => id === chosen) ?? evaluated.find(({ id }) => id === state.selected) ?? evaluated[0];
  if (shown === undefined) return null;
  const where = formatProvider(state.evaluationProvider);
  return (
    <Stack component="section" aria-label="Results">
      <ResultsTable rows={rows} where={where} />
      {evaluated.length < 2 ? null : (
        <Group gap="8px 12px" style={{ overflowX: 'auto' }}>
          <Text span c="dimmed" id="evaluation-details">
            Details of
          </Text>
          <SegmentedControl
            bg="var(--surface-hover)"
            aria-labelledby="evaluation-details"
            data={evaluated.map(({ id, name }) => ({ value: id, label: name }))}
            value={shown.id}
            onChange={setChosen}
          />
        </Group>
      )}
      <EvaluationDetails row={shown} />
    </Stack>
  );
}
