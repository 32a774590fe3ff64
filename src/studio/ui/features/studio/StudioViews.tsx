/** The views over the selected variant. Only those that have something to show are offered. */
import { Tabs } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { isUnchanged, selectSelectedVariant } from '../../../state/selectors';
import { useWorkspace } from '../../../state/use-stores';
import { ChangesView } from './ChangesView';
import { ModelView } from './ModelView';
import classes from './StudioViews.module.css';

export function StudioViews({ compareView }: { readonly compareView: ReactNode }) {
  const hasVariants = useWorkspace((state) => state.variants.length > 0);
  const variant = useWorkspace(selectSelectedVariant);
  const [chosen, setChosen] = useState<string | null>(null);
  // A variant in which nothing changed opens with the reasons, whatever was looked at before.
  const nothingIn = variant !== null && isUnchanged(variant) ? variant.id : null;
  const [lastNothing, setLastNothing] = useState(nothingIn);
  if (nothingIn !== lastNothing) {
    setLastNothing(nothingIn);
    setChosen(nothingIn === null ? 'compare' : 'changes');
  }
  if (!hasVariants) {
    return (
      <section aria-label="Model">
        <ModelView />
      </section>
    );
  }
  return (
    <Tabs
      value={chosen ?? (nothingIn === null ? 'compare' : 'changes')}
      onChange={setChosen}
      keepMounted={false}
      classNames={classes}
    >
      <Tabs.List>
        <Tabs.Tab value="compare">Compare</Tabs.Tab>
        <Tabs.Tab value="changes">Changes</Tabs.Tab>
        <Tabs.Tab value="model">Model</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="compare">{compareView}</Tabs.Panel>
      <Tabs.Panel value="changes">
        {variant === null ? <p>The original has no changes. Select a variant.</p> : <ChangesView variant={variant} />}
      </Tabs.Panel>
      <Tabs.Panel value="model">
        <ModelView />
      </Tabs.Panel>
    </Tabs>
  );
}
