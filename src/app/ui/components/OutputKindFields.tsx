/** Shows the kind that each output is compared as, with the reason. A person may choose another kind. */
import { NativeSelect } from '@mantine/core';
import { useMemo } from 'react';
import type { OutputKind } from '../../../engine/data/output-kind';
import { kindNames } from '../../../engine/metrics/output-kind';
import { chooseOutputKind, knownOutputs, type KnownOutput } from '../../state/search/known-outputs';
import { useWorkspace } from '../../state/workspace/use-stores';
import { reportedWork } from '../../state/workspace/workspace-store';
import { CaptionedField } from './CaptionedField';
import { Term } from './Term';

/** The choice of the detected kind. */
const found = 'found';

export function useKnownOutputs(): readonly KnownOutput[] {
  const work = useWorkspace(reportedWork);
  return useMemo(() => knownOutputs(work), [work]);
}

export function OutputKindFields() {
  return useKnownOutputs().map((output) => <OutputKindField key={output.name} output={output} />);
}

export function OutputKindField({
  output: { name, kind, reason, isChosen, possible },
}: {
  readonly output: KnownOutput;
}) {
  const options = possible.map((each) => ({ value: each, label: kindNames[each] }));
  const first = { value: found, label: isChosen ? 'detected kind' : `${kindNames[kind]} (detected)` };
  return (
    <CaptionedField
      caption={
        <>
          {name}, <Term name="Output kind">compared as</Term>
        </>
      }
      note={reason}
    >
      {possible.length === 0 ? (
        <span>{kindNames[kind]}</span>
      ) : (
        <NativeSelect
          aria-label={`${name}, compared as`}
          value={isChosen ? kind : found}
          onChange={({ currentTarget: { value } }) =>
            chooseOutputKind(name, value === found ? null : (value as OutputKind))
          }
          data={[first, ...options]}
        />
      )}
    </CaptionedField>
  );
}
