/** Two models of the work on an input of the person's own. */
import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { triedKinds, tryInput } from '../../../state/benchmark/try-out';
import { selectRowIds, variantName } from '../../../state/workspace/selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { TryPanel } from '../../components/changes/TryPanel';
import { colorOfRow } from '../../theme/variant-color';
import classes from './CompareView.module.css';

export function TryOut() {
  const state = useWorkspace((workspace) => workspace);
  const rows = useWorkspace(selectRowIds);
  const [other, setOther] = useState<string>(originalId);
  const { original, data, selected } = state;
  const [kind] = original === null ? [] : triedKinds(original.inspection.inputs, data?.mapping);
  if (kind === undefined) return null;
  const before = rows.includes(other) && other !== selected ? other : originalId;
  return (
    <section aria-label="Try it" className={classes.view} data-testid="try-out">
      <h2>Try it side by side</h2>
      <TryPanel
        kind={kind}
        run={(signal, file) => tryInput(signal, file, [before, selected])}
        beforeName={variantName(state, before)}
        afterName={variantName(state, selected)}
        color={colorOfRow(state, selected)}
      >
        {rows.length < 3 ? null : (
          <NativeSelect
            label="Against"
            value={before}
            onChange={({ currentTarget }) => setOther(currentTarget.value)}
            data={rows.filter((id) => id !== selected).map((id) => ({ value: id, label: variantName(state, id) }))}
          />
        )}
      </TryPanel>
    </section>
  );
}
