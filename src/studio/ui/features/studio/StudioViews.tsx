/** The views over the selected variant. Only those that have something to show are offered. */
import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import { selectSelectedVariant } from '../../../state/selectors';
import { useWorkspace } from '../../../state/use-stores';
import { ChangesView } from './ChangesView';
import { ModelView } from './ModelView';
import classes from './StudioViews.module.css';

export function StudioViews({ compareView }: { readonly compareView: ReactNode }) {
  const hasVariants = useWorkspace((state) => state.variants.length > 0);
  const variant = useWorkspace(selectSelectedVariant);
  if (!hasVariants) {
    return (
      <section aria-label="Model">
        <ModelView />
      </section>
    );
  }
  return (
    <Tabs defaultValue="compare" keepMounted={false} classNames={classes}>
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
