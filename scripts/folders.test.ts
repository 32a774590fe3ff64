/** A folder is read as a whole: one that holds more has parts that deserve folders of their own. */
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

const mostSources = 40;

function crowdedFolders(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const sources = entries.filter((each) => /\.(tsx?|mjs)$/.test(each.name) && !/\.(test|spec)\.tsx?$/.test(each.name));
  const below = entries.filter((each) => each.isDirectory()).flatMap(({ name }) => crowdedFolders(`${folder}/${name}`));
  return sources.length > mostSources ? [`${folder}: ${sources.length}`, ...below] : below;
}

it.each(['src', 'workers', 'cli', 'library', 'bench', 'e2e'])(
  'no folder of %s holds more than 40 sources',
  (folder) => {
    expect(crowdedFolders(folder)).toEqual([]);
  },
);
