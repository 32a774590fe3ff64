/** What goes into the zip that deploys the selected model. A target that this model cannot have says why. */
import { Button, Checkbox, Modal } from '@mantine/core';
import { useMemo, useState } from 'react';
import { bundleTargets, downloadBundle } from '../../state/report/bundle-actions';
import { setBundleOpen } from '../../state/window/app-store';
import { variantName } from '../../state/workspace/selectors';
import { useWorkspace } from '../../state/workspace/use-stores';
import { DialogHeading } from '../components/DialogHeading';
import classes from './BundleDialog.module.css';
import dialog from './Dialog.module.css';

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
      classNames={{ content: dialog.content }}
      attributes={{ content: { 'aria-label': title } }}
    >
      <DialogHeading title={title} onClose={close} />
      <p>
        One zip with {variantName(state, state.selected)}, its recipe, what was measured of it, a checklist, a script
        that checks it elsewhere, and:
      </p>
      <div className={classes.targets} role="group" aria-label="Targets">
        {targets.map(({ id, title: label, refusal }) => (
          <Checkbox
            key={id}
            size="xs"
            radius={4}
            iconColor="var(--on-ink)"
            classNames={{ label: classes.label, description: classes.refusal }}
            label={label}
            description={refusal}
            disabled={refusal !== null}
            checked={refusal === null && !left.has(id)}
            onChange={() => toggle(id)}
          />
        ))}
      </div>
      <div className={dialog.actions}>
        <Button
          data-autofocus
          onClick={() => {
            close();
            void downloadBundle(chosen);
          }}
        >
          Save as zip
        </Button>
      </div>
    </Modal>
  );
}
