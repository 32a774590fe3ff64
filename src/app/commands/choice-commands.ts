/** What the palette offers beside the commands: every goal, preset, pass, variant and sample there is, one command each. */
import { passes } from '../../engine/passes/registry';
import { presets } from '../../engine/recipe/presets';
import type { Sample } from '../platform/samples';
import { openSample } from '../state/models/open-actions';
import { addStep, replaceRecipe } from '../state/recipe/recipe-actions';
import { currentGoals } from '../state/recipe/current-goals';
import { selectVariant } from '../state/recipe/variant-actions';
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
  return passes.map(({ id, title, summary }) => ({
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

/** Made when the palette opens, since variants come and go. `samples`: none until their list is loaded. */
export function choiceCommands(samples: readonly Sample[]): readonly Command[] {
  const rows = workspaceStore.getState().variants.length > 0 ? rowCommands() : [];
  return [...sampleCommands(samples), ...goalCommands(), ...presetCommands(), ...passCommands(), ...rows];
}
