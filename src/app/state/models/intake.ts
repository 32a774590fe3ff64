/** Sends everything that arrives by drop, dialog or paste to its place. */
import { ParetoError } from '../../../engine/errors';
import { isAddress, kindOfJson, recognizeFiles, reportLinkInText } from '../../platform/dropped-content';
import { dataEndings } from '../../platform/data-name';
import { pickFiles, pickFolder } from '../../platform/pick-files';
import { appStore, notify } from '../window/app-store';
import type { DataRole } from '../data/data-actions';
import { sentenceOf } from '../jobs/job-runner';
import { goTo } from '../workspace/navigation';
import { openModelFiles } from './open-actions';
import { workspaceStore } from '../workspace/workspace-store';

/** Models of a shared report are tried there. */
const reportModels = () => import('../report/report-models');

async function applyRecipeText(text: string, name: string): Promise<void> {
  try {
    // Every pass, and all that feeds data to models, come with these: the start screen does not wait for them.
    const [{ parseRecipeText }, { assertKnownSteps }, { replaceRecipe }] = await Promise.all([
      import('../../../engine/recipe/recipe-schema'),
      import('../recipe/recipe-check'),
      import('../recipe/recipe-actions'),
    ]);
    const recipe = parseRecipeText(text, name);
    assertKnownSteps(recipe);
    replaceRecipe(recipe, `Apply ${name}`);
  } catch (error) {
    notify(`${name} was not applied. ${sentenceOf(error)}`, { kind: 'problem' });
    return;
  }
  const hasModel = workspaceStore.getState().original !== null;
  notify(hasModel ? `${name} applied.` : `${name} applied. Open a model to run it on.`, { undoable: true });
  if (hasModel) goTo('studio');
}

export async function takeFiles(files: readonly File[]): Promise<void> {
  if (appStore.getState().reportLink !== null && (await (await reportModels()).takeForReport(files))) return;
  const hasModel = workspaceStore.getState().original !== null;
  const content = await recognizeFiles(files, hasModel);
  switch (content.kind) {
    case 'model':
      openModelFiles(content.files, content.data, content.folder);
      return;
    case 'data':
      await takeData(content.files, hasModel);
      return;
    case 'recipe':
      await applyRecipeText(content.text, content.name);
      return;
    case 'report':
      await openReportText(content.text);
      return;
    case 'server-times':
      await takeServerTimes(content.files);
      return;
    case 'nothing':
      notify('No file was dropped.', { kind: 'problem' });
  }
}

/** The code for data is loaded on demand, so that the start screen does not wait for it. */
const dataActions = () => import('../data/data-actions');

async function takeData(files: readonly File[], hasModel: boolean): Promise<void> {
  const { keepForNextModel, readData } = await dataActions();
  if (hasModel) await readData(files);
  else keepForNextModel(files);
}

/** The code of the serving lab is loaded on demand, so that the start screen does not wait for it. */
async function takeServerTimes(files: readonly File[]): Promise<void> {
  const { openServerTimes } = await import('../serving/open-server-times');
  await openServerTimes(files);
}

/** The documents of `measure-server`, or bundles that have them, by dialog. */
export async function chooseServerTimes(): Promise<void> {
  const files = await pickFiles('.json,.zip,application/json,application/zip');
  if (files.length > 0) await takeServerTimes(files);
}

/** A report file becomes a report link: one way to show a report, one place that checks it. */
async function openReportText(text: string): Promise<void> {
  try {
    const [{ parseReport }, { encodeReportFragment }] = await Promise.all([
      import('../../../engine/report/report-schema'),
      import('../../../engine/report/link-codec'),
    ]);
    globalThis.location.hash = await encodeReportFragment(parseReport(JSON.parse(text)));
  } catch (error) {
    notify(sentenceOf(error), { kind: 'problem' });
  }
}

/** True when the text was ours and something happened. */
export function takeText(text: string): boolean {
  const link = reportLinkInText(text);
  if (link !== null) {
    globalThis.location.hash = `#r=${link}`;
    return true;
  }
  const kind = kindOfJson(text);
  if (kind === 'recipe') void applyRecipeText(text, 'Pasted recipe');
  else if (kind === 'report') void openReportText(text);
  else if (kind === 'server-times') void takeServerTimes([new File([text], 'Pasted measurement')]);
  else if (isAddress(text)) {
    notify('Pareto opens files, not addresses. Download the file and drop it here.');
  } else return false;
  return true;
}

export async function chooseFiles(): Promise<void> {
  const files = await pickFiles();
  if (files.length > 0) await takeFiles(files);
}

/**
 * Data files from a dialog. Every chosen file is data, even if a dropped one would have been taken for something else.
 */
export async function chooseData(role: DataRole = 'evaluation'): Promise<void> {
  const files = await pickFiles(dataEndings.join(','));
  if (files.length > 0) await (await dataActions()).readData(files, role);
}

export async function chooseDataFolder(role: DataRole = 'evaluation'): Promise<void> {
  const files = await pickFolder();
  if (files.length > 0) await (await dataActions()).readData(files, role);
}

/** Class lists have a few lines. A far larger file is of another kind. */
const largestClassList = 16_000_000;

/** The text of a file with names of classes; `null` when the person chooses none. Rejects with a sentence for a large file. */
export async function chooseClassList(): Promise<{ readonly name: string; readonly text: string } | null> {
  const [file] = await pickFiles('.txt,.json,.names,.csv,text/plain,application/json', false);
  if (file === undefined) return null;
  if (file.size > largestClassList) {
    throw new ParetoError('classes/invalid', `${file.name} is too large for a list of classes.`);
  }
  return { name: file.name, text: await file.text() };
}

export async function chooseRecipe(): Promise<void> {
  const [file] = await pickFiles('.json,application/json', false);
  if (file !== undefined) await applyRecipeText(await file.text(), file.name);
}
