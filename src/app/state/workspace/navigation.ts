/** The screen is in the address: its name (`#studio`), and `#r=…` for the report of a link. */
import { appStore } from '../window/app-store';
import { needsModel, screenByName, type Screen } from '../window/screens';
import { jobStore } from '../jobs/job-store';
import { workspaceStore } from './workspace-store';

export interface Place {
  readonly screen: Screen;
  readonly reportLink: string | null;
}

/** Reads an address fragment. Anything unknown leads to the start screen. */
export function placeOfHash(hash: string): Place {
  const fragment = hash.replace(/^#/, '');
  if (fragment.startsWith('r=')) return { screen: 'report', reportLink: fragment.slice(2) };
  return { screen: screenByName(fragment)?.id ?? 'start', reportLink: null };
}

export function hashOfScreen(screen: Screen): string {
  return screen === 'start' ? '' : `#${screen}`;
}

/** A screen about a model leads to the start while there is none. */
export function reachablePlace(place: Place, hasModel: boolean): Place {
  if (!needsModel(place.screen) || place.reportLink !== null || hasModel) return place;
  return { screen: 'start', reportLink: null };
}

/** Follows the address of the window. */
export function followHash(hash: string): void {
  const place = reachablePlace(placeOfHash(hash), workspaceStore.getState().original !== null);
  // A cancellation matters only on the screen where it happened.
  if (place.screen !== appStore.getState().screen && jobStore.getState().outcome?.end === 'canceled') {
    jobStore.setState({ outcome: null });
  }
  appStore.setState({ ...place, recipeDrawerOpen: false });
}

/** Goes to a screen and leaves an entry in the browser's history. */
export function goTo(screen: Screen): void {
  const hash = hashOfScreen(screen);
  if (globalThis.location !== undefined && globalThis.location.hash !== hash) {
    globalThis.history.pushState(null, '', `${globalThis.location.pathname}${globalThis.location.search}${hash}`);
  }
  followHash(hash);
}
