/** The recipe: passes in order, what each does, and the button that runs them. */
import { ActionIcon, Button, Menu, UnstyledButton } from '@mantine/core';
import {
  Fragment,
  lazy,
  type PointerEvent as ReactPointerEvent,
  type RefObject,
  Suspense,
  useMemo,
  useRef,
  useState,
} from 'react';
import { formatCount } from '../../../../engine/format';
import { recipeKey } from '../../../../engine/recipe/same-recipe';
import { estimateTrainingMs } from '../../../state/recipe/training-estimate';
import { isRecipeMade } from '../../../state/recipe/made-by';
import { recipeProblem } from '../../../state/recipe/recipe-check';
import { addStep, moveStep, replaceRecipe } from '../../../state/recipe/recipe-actions';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { emptyRecipe } from '../../../state/workspace/workspace-store';
import { commandById } from '../../../commands/command-registry';
import { findPass, passes } from '../../../../engine/passes/registry';
import { presetFamilies, presets } from '../../../../engine/recipe/presets';
import { CommandButton } from '../../components/CommandButton';
import { JobList } from '../../components/JobProgress';
import { ChevronIcon, MoreIcon, PlusIcon } from '../../components/icons';
import { Term } from '../../components/Term';
import { phone, useMedia } from '../../components/use-media';
import { MenuEntry } from './MenuEntry';
import classes from './SidePanel.module.css';
import { useStore } from 'zustand';
import type { Recipe } from '../../../../engine/recipe/recipe';
import { nameRecipe } from '../../../../engine/recipe/recipe-name';
import { studioViewStore, unfoldRecipe } from '../../../state/window/studio-view';
import { announce } from '../../../state/window/app-store';
import { StepCard } from './StepCard';

const ForeseenProviders = lazy(async () => ({ default: (await import('./ForeseenProviders')).ForeseenProviders }));

export function RecipePanel() {
  const recipe = useWorkspace((state) => state.recipe);
  const problem = recipeProblem(recipe);
  return (
    <section id="recipe" tabIndex={-1} className={classes.column} aria-labelledby="recipe-title">
      <div className={classes.recipeHeader}>
        <h2 id="recipe-title">
          <Term name="Recipe" />
        </h2>
        <PresetMenu />
        <RecipeMenu />
      </div>
      <StepList />
      <AddPassMenu />
      {problem === null ? null : (
        <p className={classes.problem} role="alert">
          {problem}
        </p>
      )}
      <RunArea blocked={problem !== null} />
    </section>
  );
}

function PresetMenu() {
  return (
    <Menu position="bottom-end" width={296}>
      <Menu.Target>
        <Button variant="subtle" color="ink" size="compact-sm" rightSection={<ChevronIcon />} data-testid="presets">
          Presets
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {presetFamilies.map((family) => (
          <Fragment key={family.id}>
            <Menu.Label>{family.title}</Menu.Label>
            {presets
              .filter((preset) => preset.family === family.id)
              .map(({ id, title, explanation, recipe }) => (
                <MenuEntry
                  key={id}
                  title={title}
                  note={explanation}
                  onClick={() => replaceRecipe(recipe, `Apply ${title}`)}
                />
              ))}
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function RecipeMenu() {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="ink" aria-label="More for the recipe">
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {['import-recipe', 'export-recipe', 'export-script'].map(commandById).map(({ id, label, perform }) => (
          <Menu.Item key={id} onClick={perform}>
            {label}
          </Menu.Item>
        ))}
        <Menu.Item onClick={() => replaceRecipe(emptyRecipe, 'Clear recipe')}>Clear</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Beside the recipe there is room for all passes; where the recipe has the whole width, above or below. */
function AddPassMenu() {
  const isPhone = useMedia(phone);
  return (
    <Menu position={isPhone ? 'bottom-start' : 'right-start'} width={296}>
      <Menu.Target>
        <Button variant="subtle" color="ink" leftSection={<PlusIcon />} className={classes.add} data-testid="add-pass">
          Add pass
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.passes}>
        {passes.map((pass) => (
          <MenuEntry
            key={pass.id}
            title={pass.presentation.title}
            note={pass.presentation.summary}
            onClick={() => addStep(pass.id)}
          />
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function RunArea({ blocked }: { readonly blocked: boolean }) {
  const jobs = useJob((state) => state.jobs);
  const recipe = useWorkspace((state) => state.recipe);
  const primary = useWorkspace(selectPrimaryAction);
  const isEmpty = useWorkspace((state) => !state.recipe.steps.some((step) => step.enabled));
  // The tab Model predicts the placement of a made variant from its own nodes.
  const isMade = useWorkspace(isRecipeMade);
  const measured = useWorkspace(({ cells, evaluations }) => ({ cells, evaluations }));
  const trainingMs = useMemo(() => estimateTrainingMs({ ...measured, recipe }), [measured, recipe]);
  const running = jobs.filter(({ kind }) => kind === 'optimize');
  return (
    <div className={classes.run}>
      <JobList jobs={running} />
      {running.some(({ key }) => key === recipeKey(recipe)) ? null : (
        <CommandButton
          command="run-recipe"
          primary={primary === 'run' && jobs.length === 0}
          disabled={blocked || isEmpty}
        >
          Run
        </CommandButton>
      )}
      {trainingMs === null ? null : (
        <p className={classes.note}>Training takes up to about {formatRoughTime(trainingMs)} here.</p>
      )}
      {blocked || isEmpty || isMade ? null : (
        <Suspense fallback={null}>
          <ForeseenProviders />
        </Suspense>
      )}
      {isEmpty ? (
        <p className={classes.note}>
          Add a <Term name="Pass">pass</Term>, or choose a preset.
        </p>
      ) : null}
    </div>
  );
}

function formatRoughTime(ms: number): string {
  return ms < 90_000 ? `${Math.max(1, Math.round(ms / 1000))} s` : `${formatCount(ms / 60_000)} min`;
}

/** The passes of the recipe in order. A pass moves by its handle: with the pointer, or with the arrow keys. */
function StepList() {
  const recipe = useWorkspace((state) => state.recipe);
  const isFolded = useStore(studioViewStore, ({ foldedRecipes }) => foldedRecipes.has(recipeKey(recipe)));
  const { steps } = recipe;
  const list = useRef<HTMLOListElement>(null);
  const move = (from: number, to: number): void => {
    if (to < 0 || to >= steps.length || from === to) return;
    moveStep(from, to);
    const { pass } = steps[from]!;
    announce(`${findPass(pass)?.presentation.title ?? pass} is now pass ${to + 1} of ${steps.length}.`);
    // The card keeps its place in the list, the pass moves on: the focus goes with the pass.
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>('[data-handle]')[to]?.focus());
  };
  const { dragged, target, startDrag } = useStepDrag(list, move);
  const open = (): void => {
    unfoldRecipe(recipe);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('button[aria-expanded]')?.focus());
  };
  if (steps.length === 0) return <p className={classes.empty}>No passes yet.</p>;
  if (isFolded) return <FoldedRecipe recipe={recipe} onOpen={open} />;
  return (
    <ol className={classes.column} ref={list}>
      {steps.map((step, index) => (
        <li
          // Steps have no identity of their own: position and pass are all there is.
          // eslint-disable-next-line react/no-array-index-key
          key={`${index}:${step.pass}`}
          className={classes.stepsItem}
          data-dragged={dragged === index}
          data-drop={
            target === index && dragged !== null && dragged !== index
              ? target > dragged
                ? 'after'
                : 'before'
              : undefined
          }
        >
          <StepCard step={step} index={index} count={steps.length} onMove={move} onDragStart={startDrag} />
        </li>
      ))}
    </ol>
  );
}

/** A recipe that was chosen as a whole, as one card that opens into its passes. The list of variants has the name of a made one. */
function FoldedRecipe({ recipe, onOpen }: { readonly recipe: Recipe; readonly onOpen: () => void }) {
  const isMade = useWorkspace(isRecipeMade);
  const count = `${recipe.steps.length} passes`;
  return (
    <div className={classes.card}>
      <UnstyledButton className={classes.folded} aria-expanded={false} onClick={onOpen}>
        <span className={classes.stepName}>{isMade ? count : nameRecipe(recipe)}</span>
        <span className={classes.chevron}>
          <ChevronIcon />
        </span>
        {isMade ? null : <span className={classes.note}>{count}</span>}
      </UnstyledButton>
    </div>
  );
}

/** Dragging by pointer, so that it works with a mouse, a pen and a finger alike. One move when the pointer is let go. */
interface StepDrag {
  /** Position of the step in hand; `null` when none is. */
  readonly dragged: number | null;
  /** The index to which the step would move. */
  readonly target: number | null;
  readonly startDrag: (index: number, event: ReactPointerEvent<HTMLElement>) => void;
}

/** The position whose middle the pointer has not passed yet. */
export function positionAt(y: number, middles: readonly number[]): number {
  const below = middles.findIndex((middle) => y < middle);
  return below === -1 ? middles.length - 1 : below;
}

function useStepDrag(list: RefObject<HTMLElement | null>, onMove: (from: number, to: number) => void): StepDrag {
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);

  const startDrag: StepDrag['startDrag'] = (from, event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const handle = event.currentTarget;
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    const boxes = [...(list.current?.children ?? [])].map((child) => child.getBoundingClientRect());
    const middles = boxes.map((box) => box.top + box.height / 2);
    let to = from;
    setDrag({ from, to });

    const follow = (move: PointerEvent): void => {
      // Passing a neighbor's middle is enough, in either direction.
      const position = positionAt(move.clientY, middles);
      to = position > from && move.clientY < (middles[position] ?? 0) ? position - 1 : position;
      setDrag({ from, to });
    };
    const end = (commit: boolean): void => {
      handle.removeEventListener('pointermove', follow);
      handle.removeEventListener('pointerup', drop);
      handle.removeEventListener('pointercancel', cancel);
      handle.removeEventListener('keydown', escape);
      setDrag(null);
      if (commit) onMove(from, to);
    };
    const drop = (): void => end(true);
    const cancel = (): void => end(false);
    const escape = (key: KeyboardEvent): void => {
      if (key.key !== 'Escape') return;
      key.stopPropagation();
      end(false);
    };
    handle.addEventListener('pointermove', follow);
    handle.addEventListener('pointerup', drop);
    handle.addEventListener('pointercancel', cancel);
    handle.addEventListener('keydown', escape);
  };

  return { dragged: drag?.from ?? null, target: drag?.to ?? null, startDrag };
}
