/** Middle widths: the recipe is one key or click away, the results keep the room. */
import { Button, Drawer } from '@mantine/core';
import { useStore } from 'zustand';
import { studioViewStore } from '../../../state/window/studio-view';
import { setRecipeDrawer } from '../../../state/window/app-store';
import { useApp, useWorkspace } from '../../../state/workspace/use-stores';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { selectSelectedVariant } from '../../../state/workspace/selectors';
import { DialogHeading } from '../../components/DialogHeading';
import { RecipeIcon } from '../../components/icons';
import classes from './StudioScreen.module.css';
import { SidePanel } from './SidePanel';

export function RecipeDrawer() {
  const opened = useApp((state) => state.recipeDrawerOpen);
  const variant = useWorkspace((state) => selectSelectedVariant(state)?.name ?? 'original');
  // Goals and Run are inside. If they are the next step, the drawer's button is the next step.
  const next = useWorkspace(selectPrimaryAction);
  const isSearchOpen = useStore(studioViewStore, ({ view }) => view === 'trade-off');
  const isNext = next === 'run' || (next === 'find' && !isSearchOpen);
  return (
    <div id={opened ? undefined : 'recipe'} tabIndex={-1} className={classes.line}>
      <Button
        variant={isNext ? 'filled' : 'default'}
        leftSection={<RecipeIcon />}
        onClick={() => setRecipeDrawer(true)}
        aria-expanded={opened}
      >
        Goals, recipe and variants
      </Button>
      <span className={classes.current}>showing {variant}</span>
      <Drawer
        opened={opened}
        onClose={() => setRecipeDrawer(false)}
        withCloseButton={false}
        size={360}
        classNames={{ body: classes.body, content: classes.content }}
        attributes={{ content: { 'aria-label': 'Goals, recipe and variants' } }}
      >
        <div className={classes.heading}>
          <DialogHeading title="Goals, recipe and variants" onClose={() => setRecipeDrawer(false)} />
        </div>
        <SidePanel />
      </Drawer>
    </div>
  );
}
