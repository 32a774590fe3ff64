/** What goes into the zip that deploys the selected model. A target that this model cannot have says why. */
import { Button, Checkbox, Group, Modal, Stack } from '@mantine/core';
import { useMemo, useState } from 'react';
import { bundleTargets, downloadBundle } from '../../state/report/bundle-actions';
import { setBundleOpen } from '../../state/window/app-store';
import { variantName } from '../../state/workspace/selectors';
import { useWorkspace } from '../../state/workspace/use-stores';
import { DialogHeading } from '../components/DialogHeading';
import { Term } from '../components/Term';
import classes from './dialogs.module.css';

const title = 'Bundle to deploy';

export function BundleDialog() {
  const state = useWorkspace((workspace) => workspace);
  const targets = useMemo(() => bundleTargets(state), [state]);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const chosen = targets.filter(({ id, refusal }) => refusal === null && !left.has(id)).map(({ id }) => id);
  const close = (): void => setBundleOpen(false);
  const toggle = (id: string): void =>
    setLeft((before) => new Set(before.has(id) ? [...before].filter((other) => other !== id) : [...before, id]));
  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      centered
      classNames={{ content: classes.content }}
      attributes={{ content: { 'aria-label': title } }}
    >
      <DialogHeading title={title} onClose={close} />
      <p>
        A <Term name="Bundle">zip</Term> with {variantName(state, state.selected)}, its recipe, its measurements, a
        checklist, a script that verifies it, and:
      </p>
      <Stack gap={12} mt={16} role="group" aria-label="Targets">
        {targets.map(({ id, title: label, refusal }) => (
          <Checkbox
            key={id}
            size="xs"
            radius={4}
            iconColor="var(--on-ink)"
            classNames={{ label: classes.targetLabel, description: classes.refusal }}
            label={label}
            description={refusal}
            disabled={refusal !== null}
            checked={refusal === null && !left.has(id)}
            onChange={() => toggle(id)}
          />
        ))}
      </Stack>
      <Group justify="flex-end" gap={8} mt={24}>
        <Button
          data-autofocus
          onClick={() => {
            close();
            void downloadBundle(chosen);
          }}
        >
          Save as zip
        </Button>
      </Group>
    </Modal>
  );
}
