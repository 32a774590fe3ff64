/** The views over the selected variant. Only views with content are offered. */
import { Tabs } from '@mantine/core';
import { Suspense, useEffect, useRef, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { hasMeasuredVariant, isUnchanged, selectSelectedVariant } from '../../../state/workspace/selectors';
import { openView, studioViewStore, type StudioView } from '../../../state/window/studio-view';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { ChangesView } from './ChangesView';
import { Goals } from './Goals';
import { ModelView } from './ModelView';
import classes from './StudioScreen.module.css';

/** Views that are built by features of their own. */
export interface OtherViews {
  readonly 'trade-off': ReactNode;
  readonly compare: ReactNode;
  readonly graph: ReactNode;
  readonly layers: ReactNode;
  readonly sensitivity: ReactNode;
}

/** Views that compare need something to compare with. With a variant, the goals are beside the views. */
const titles: readonly { readonly view: StudioView; readonly title: string; readonly ofVariants?: boolean }[] = [
  { view: 'goals', title: 'Goals', ofVariants: false },
  { view: 'trade-off', title: 'Trade-off' },
  { view: 'compare', title: 'Compare', ofVariants: true },
  { view: 'changes', title: 'Changes', ofVariants: true },
  { view: 'graph', title: 'Graph' },
  { view: 'layers', title: 'Layers' },
  { view: 'sensitivity', title: 'Sensitivity' },
  { view: 'model', title: 'Model' },
];

/** A variant in which nothing changed opens with the reasons, whatever was looked at before. */
function useReasonsFirst(nothingIn: string | null): void {
  const last = useRef(nothingIn);
  useEffect(() => {
    if (last.current === nothingIn) return;
    last.current = nothingIn;
    openView(nothingIn === null ? null : 'changes');
  }, [nothingIn]);
}

/** A narrow window shows only some of the tabs: the open one is brought into view. */
function useOpenTabInView(open: StudioView | null) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tabs = list.current;
    const tab = tabs?.querySelector(`[data-view="${open}"]`);
    if (!tabs || !tab) return;
    const show = (): void => {
      const [outer, inner] = [tabs.getBoundingClientRect(), tab.getBoundingClientRect()];
      const centered = tabs.scrollLeft + inner.left - outer.left - (outer.width - inner.width) / 2;
      if (inner.left < outer.left || inner.right > outer.right) tabs.scrollTo({ left: centered });
    };
    // Observing begins with a call.
    const observer = new ResizeObserver(show);
    observer.observe(tabs);
    return () => observer.disconnect();
  }, [open]);
  return list;
}

export function StudioViews({ views }: { readonly views: OtherViews }) {
  const hasVariants = useWorkspace((state) => state.variants.length > 0);
  const hasPoints = useWorkspace(
    (state) => state.search !== null || state.ongoingSearch !== null || hasMeasuredVariant(state),
  );
  const variant = useWorkspace(selectSelectedVariant);
  const chosen = useStore(studioViewStore, (state) => state.view);
  const isWhole = useStore(studioViewStore, (state) => state.isGraphWhole);
  const nothingIn = variant !== null && isUnchanged(variant) ? variant.id : null;
  useReasonsFirst(nothingIn);
  const offered = titles.filter(({ ofVariants }) => ofVariants === undefined || ofVariants === hasVariants);
  const first = nothingIn !== null ? 'changes' : hasPoints ? 'trade-off' : hasVariants ? 'compare' : 'goals';
  const open = offered.some(({ view }) => view === chosen) ? chosen : first;
  const list = useOpenTabInView(open);
  const content: Readonly<Record<StudioView, ReactNode>> = {
    ...views,
    goals: <Goals isWide />,
    changes:
      variant === null ? <p>The original has no changes. Select a variant.</p> : <ChangesView variant={variant} />,
    model: (
      <section aria-label="Model">
        <ModelView />
      </section>
    ),
  };
  return (
    <Tabs
      value={open}
      onChange={(view) => openView(view as StudioView)}
      keepMounted={false}
      classNames={{ root: classes.root, list: classes.list, tab: classes.tab, panel: classes.panel }}
    >
      <Tabs.List hidden={isWhole} ref={list}>
        {offered.map(({ view, title }) => (
          <Tabs.Tab key={view} value={view} data-view={view}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {offered.map(({ view }) => (
        <Tabs.Panel key={view} value={view}>
          <Suspense fallback={<p>Loading…</p>}>{content[view]}</Suspense>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
