/**
 * Selects the content of the zip that deploys the selected model. A target that does not support this model states the
 * reason.
 */
import { Button, Checkbox, Chip, Group, Stack } from '@mantine/core';
import { useMemo, useState } from 'react';
import { madeDtypes, readDtypes, type MadeDtype } from '../../../engine/deploy/transformersjs/dtype-recipes';
import { transformersJs } from '../../../engine/deploy/transformersjs/hub-repository';
import { bundleTargets, downloadBundle } from '../../state/report/bundle-actions';
import { setBundleOpen } from '../../state/window/app-store';
import { variantName } from '../../state/workspace/selectors';
import { useWorkspace } from '../../state/workspace/use-stores';
import { Dialog } from '../components/Dialog';
import { Term } from '../components/Term';
import classes from './dialogs.module.css';

const title = 'Bundle to deploy';

export function BundleDialog() {
  const state = useWorkspace((workspace) => workspace);
  const targets = useMemo(() => bundleTargets(state), [state]);
  const onDemand = targets.filter((target) => target.onDemand !== undefined).map(({ id }) => id);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set(onDemand));
  const chosen = targets.filter(({ id, refusal }) => refusal === null && !left.has(id)).map(({ id }) => id);
  const [dtypes, setDtypes] = useState<readonly MadeDtype[]>(madeDtypes);
  const isRepository = chosen.includes(transformersJs.id);
  const close = (): void => setBundleOpen(false);
  const toggle = (id: string): void =>
    setLeft((before) => new Set(before.has(id) ? [...before].filter((other) => other !== id) : [...before, id]));
  return (
    <Dialog title={title} onClose={close}>
      <p>
        A <Term name="Bundle">zip</Term> with {variantName(state, state.selected)}, its recipe, its measurements, a
        checklist, a script that verifies it, and:
      </p>
      <Stack gap={12} mt={16} role="group" aria-label="Targets">
        {targets.map(({ id, title: label, refusal, onDemand: effort }) => (
          <Checkbox
            key={id}
            size="xs"
            radius={4}
            iconColor="var(--on-ink)"
            classNames={{ label: classes.targetLabel, description: classes.refusal }}
            label={label}
            description={refusal ?? effort}
            disabled={refusal !== null}
            checked={refusal === null && !left.has(id)}
            onChange={() => toggle(id)}
          />
        ))}
        {isRepository ? <Precisions chosen={dtypes} onChange={setDtypes} /> : null}
      </Stack>
      <Group justify="flex-end" gap={8} mt={24}>
        <Button
          data-autofocus
          disabled={chosen.length === 0 || (isRepository && dtypes.length === 0)}
          onClick={() => {
            close();
            void downloadBundle(chosen, dtypes);
          }}
        >
          Save as zip
        </Button>
      </Group>
    </Dialog>
  );
}

interface PrecisionsProps {
  readonly chosen: readonly MadeDtype[];
  readonly onChange: (dtypes: readonly MadeDtype[]) => void;
}

/** The files for transformers.js, by the dtype that loads each. */
function Precisions({ chosen, onChange }: PrecisionsProps) {
  return (
    <Chip.Group multiple value={[...chosen]} onChange={(names) => onChange(readDtypes(names))}>
      <Group gap={8} role="group" aria-label="Precisions">
        {madeDtypes.map((dtype) => (
          <Chip key={dtype} size="xs" value={dtype}>
            {dtype}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}
