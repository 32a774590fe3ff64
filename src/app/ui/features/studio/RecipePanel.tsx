/** The recipe: passes in order, what each does, and the button that runs them. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { Fragment, lazy, Suspense, useMemo } from 'react';
import { formatCount } from '../../../../engine/format';
import { recipeKey } from '../../../../engine/recipe/same-recipe';
import { estimateTrainingMs } from '../../../state/recipe/training-estimate';
import { isRecipeMade } from '../../../state/recipe/made-by';
import { recipeProblem } from '../../../state/recipe/recipe-check';
import { addStep, replaceRecipe } from '../../../state/recipe/recipe-actions';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { emptyRecipe } from '../../../state/workspace/workspace-store';
import { commandById } from '../../../commands/command-registry';
import { passes } from '../../../../engine/passes/registry';
import { presetFamilies, presets } from '../../../../engine/recipe/presets';
import { CommandButton } from '../../components/CommandButton';
import { JobList } from '../../components/JobProgress';
import { ChevronIcon, MoreIcon, PlusIcon } from '../../components/icons';
import { Term } from '../../components/Term';
import { MenuEntry } from './MenuEntry';
import { StepList } from './StepList';
import classes from './SidePanel.module.css';

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

function AddPassMenu() {
  return (
    <Menu position="bottom-start" width={296}>
      <Menu.Target>
        <Button variant="subtle" color="ink" leftSection={<PlusIcon />} className={classes.add} data-testid="add-pass">
          Add pass
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
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
