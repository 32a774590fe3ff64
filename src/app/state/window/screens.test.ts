import { describe, expect, it } from 'vitest';
import { commands } from '../../commands/command-registry';
import { hashOfScreen, placeOfHash, reachablePlace } from '../workspace/navigation';
import { needsModel, screens } from './screens';

describe('a screen', () => {
  it.each(screens.map((screen) => [screen.id, screen] as const))('%s has an address and a command', (id, screen) => {
    expect(placeOfHash(hashOfScreen(id)).screen).toBe(id);
    expect(commands.filter((command) => command.shortcut === `G ${screen.key}`)).toMatchObject([
      { id: `go-${id}`, label: screen.command, group: 'Go to' },
    ]);
  });

  it('that is about a model leads to the start without one', () => {
    for (const { id } of screens) {
      const place = { screen: id, reportLink: null };
      expect(reachablePlace(place, true).screen).toBe(id);
      expect(reachablePlace(place, false).screen).toBe(needsModel(id) ? 'start' : id);
    }
  });
});
