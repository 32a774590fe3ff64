/**
 * The palette's choices beside the commands: every goal, preset, pass, variant, sample and saved work, one command
 * each.
 */
import { passes } from '../../engine/passes/registry';
import { presets } from '../../engine/recipe/presets';
import type { Sample } from '../platform/samples';
import { jobStore } from '../state/jobs/job-store';
import { openSample } from '../state/models/open-actions';
import { addStep, replaceRecipe } from '../state/recipe/recipe-actions';
import { currentGoals } from '../state/recipe/current-goals';
import { selectVariant } from '../state/recipe/variant-actions';
import { openRecentWork } from '../state/storage/persistence';
import { dayOf } from '../state/storage/saved-work';
import { appStore } from '../state/window/app-store';
import { goTo } from '../state/workspace/navigation';
import { selectRowIds, variantName } from '../state/workspace/selectors';
import { workspaceStore } from '../state/workspace/workspace-store';
import { always, hasModel } from './availability';
import type { Command } from './command';
import { followGoal } from './follow-goal';

function goalCommands(): readonly Command[] {
  return currentGoals(workspaceStore.getState()).map(({ id, title, reason }) => ({
    id: `goal:${id}`,
    label: title,
    group: 'Recipe',
    keywords: ['goal', 'best', reason],
    isAvailable: hasModel,
    perform: () => followGoal(id),
  }));
}

function presetCommands(): readonly Command[] {
  return presets.map(({ id, title, explanation, recipe }) => ({
    id: `apply-preset:${id}`,
    label: `Apply ${title}`,
    group: 'Recipe',
    keywords: ['preset', 'recipe', explanation],
    isAvailable: hasModel,
    perform: () => {
      goTo('studio');
      replaceRecipe(recipe, `Apply ${title}`);
    },
  }));
}

function passCommands(): readonly Command[] {
  return passes.map(({ id, presentation: { title, summary } }) => ({
    id: `add-pass:${id}`,
    label: `Add pass: ${title}`,
    group: 'Recipe',
    keywords: ['pass', 'recipe', id, summary],
    isAvailable: hasModel,
    perform: () => {
      goTo('studio');
      addStep(id);
    },
  }));
}

function rowCommands(): readonly Command[] {
  const state = workspaceStore.getState();
  return selectRowIds(state).map((id) => ({
    id: `select:${id}`,
    label: `Select ${variantName(state, id)}`,
    group: 'Variants',
    keywords: ['variant', 'show', 'compare'],
    isAvailable: () => workspaceStore.getState().selected !== id,
    perform: () => selectVariant(id),
  }));
}

function sampleCommands(samples: readonly Sample[]): readonly Command[] {
  return samples.map((sample) => ({
    id: `open-sample:${sample.id}`,
    label: `Open the sample ${sample.title}`,
    group: 'Model',
    keywords: ['sample', 'example', sample.file, sample.description],
    isAvailable: always,
    perform: () => openSample(sample),
  }));
}

/** Models of one name are distinguished by when they were saved. */
function workCommands(): readonly Command[] {
  return appStore.getState().recentWork.map(({ id, name, savedAt }) => ({
    id: `open-work:${id}`,
    label: `Continue with ${name} of ${dayOf({ savedAt })}`,
    group: 'Model',
    keywords: ['recent', 'saved', 'work', 'open'],
    isAvailable: () =>
      jobStore.getState().jobs.length === 0 && workspaceStore.getState().original?.inspection.file.sha256 !== id,
    perform: () => void openRecentWork(id),
  }));
}

/** Made when the palette opens, since variants come and go. `samples`: none until their list is loaded. */
export function choiceCommands(samples: readonly Sample[]): readonly Command[] {
  const rows = workspaceStore.getState().variants.length > 0 ? rowCommands() : [];
  return [
    ...sampleCommands(samples),
    ...workCommands(),
    ...goalCommands(),
    ...presetCommands(),
    ...passCommands(),
    ...rows,
  ];
}
