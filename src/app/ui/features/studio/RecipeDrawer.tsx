/** Middle widths: the recipe is one key or click away, the results keep the room. */
import { Button, Drawer } from '@mantine/core';
import { setRecipeDrawer } from '../../../state/window/app-store';
import { useApp, useWorkspace } from '../../../state/workspace/use-stores';
import { selectPrimaryAction } from '../../../state/workspace/primary-action';
import { selectSelectedVariant } from '../../../state/workspace/selectors';
import { DialogHeading } from '../../components/DialogHeading';
import { RecipeIcon } from '../../components/icons';
import classes from './RecipeDrawer.module.css';
import { SidePanel } from './SidePanel';

export function RecipeDrawer() {
  const opened = useApp((state) => state.recipeDrawerOpen);
  const variant = useWorkspace((state) => selectSelectedVariant(state)?.name ?? 'original');
  // Run is inside: where it is the next step, the way to it is.
  const isNext = useWorkspace((state) => selectPrimaryAction(state) === 'run');
  return (
    <div className={classes.line}>
      <Button
        variant={isNext ? 'filled' : 'default'}
        leftSection={<RecipeIcon />}
        onClick={() => setRecipeDrawer(true)}
        aria-expanded={opened}
      >
        Recipe and variants
      </Button>
      <span className={classes.current}>showing {variant}</span>
      <Drawer
        opened={opened}
        onClose={() => setRecipeDrawer(false)}
        withCloseButton={false}
        size={360}
        classNames={{ body: classes.body, content: classes.content }}
        attributes={{ content: { 'aria-label': 'Recipe and variants' } }}
      >
        <div className={classes.heading}>
          <DialogHeading title="Recipe and variants" onClose={() => setRecipeDrawer(false)} />
        </div>
        <SidePanel />
      </Drawer>
    </div>
  );
}
