/**
 * The pages of docs/reference. Sections between two comments, `<!-- from the code: passes -->` and `<!-- end -->`, are generated here.
 * The sentences around them are written by hand.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { compiledOperatorNames } from '../../src/engine/compile/operators/registry.ts';
import { modelLimitsSchema } from '../../src/engine/gate/model-limits.ts';
import { recipeSchema } from '../../src/engine/recipe/recipe-schema.ts';
import { reportSchema } from '../../src/engine/report/report-schema.ts';
import { searchDocumentSchema } from '../../src/engine/search/search-schema.ts';
import { formatted } from '../markdown.mjs';
import { commandList, commandSections, dataOptionTable } from './describe-commands.ts';
import { libraryErrors, libraryFunctions, libraryTypes } from './describe-library.ts';
import { passList, passSections, presetTable } from './describe-passes.ts';
import { keyTable } from './describe-schema.ts';
import {
  glossaryTable,
  imagePresetTable,
  outputKindTable,
  runtimeBuildTable,
  runtimeFileTable,
} from './describe-terms.ts';

const folder = 'docs/reference';

const sections: Readonly<Record<string, () => string | Promise<string>>> = {
  'list of passes': passList,
  passes: passSections,
  presets: presetTable,
  'list of commands': commandList,
  commands: commandSections,
  'data options': dataOptionTable,
  'keys of a recipe': () => keyTable(recipeSchema),
  'keys of a check file': () => keyTable(modelLimitsSchema),
  'operators of compiled modules': () => compiledOperatorNames.map((name) => `\`${name}\``).join(', '),
  'keys of a report': () => keyTable(reportSchema),
  'keys of a search': () => keyTable(searchDocumentSchema),
  'presets of pictures': imagePresetTable,
  'kinds of outputs': outputKindTable,
  glossary: glossaryTable,
  'builds of the runtime': runtimeBuildTable,
  'files of the runtime': runtimeFileTable,
  'functions of the library': libraryFunctions,
  'types of the library': libraryTypes,
  'errors of the library': libraryErrors,
};

export interface ReferencePage {
  /** From the root of the checkout. */
  readonly path: string;
  /** The page on disk. */
  readonly written: string;
  /** The page as generated from the code. */
  readonly made: string;
}

export function referencePages(): Promise<readonly ReferencePage[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return Promise.all(
    names.map(async (name) => {
      const path = `${folder}/${name}`;
      const written = readFileSync(path, 'utf8');
      return { path, written, made: await make(written, path) };
    }),
  );
}

async function make(text: string, path: string): Promise<string> {
  const [before = '', ...parts] = text.split(/^<!-- from the code: /m);
  const made = await Promise.all(parts.map((part) => makeSection(part, path)));
  return formatted([before, ...made].join(''), 'markdown');
}

async function makeSection(part: string, path: string): Promise<string> {
  const [, name = '', rest] = /^(.*) -->\n[^]*?^<!-- end -->\n?([^]*)$/m.exec(part) ?? [];
  const section = Object.hasOwn(sections, name) ? sections[name] : undefined;
  if (section === undefined || rest === undefined)
    throw new Error(`${path} has no section "${name}" that the code knows.`);
  return `<!-- from the code: ${name} -->\n\n${await section()}\n\n<!-- end -->\n${rest}`;
}
