/** The state of the window, apart from the work itself: the screen, the theme, open dialogs and announcements. */
import { createStore } from 'zustand/vanilla';
import type { Recipe } from '../../../engine/recipe/recipe';
import type { Screen } from './screens';
import type { RecentWork } from '../storage/saved-work';

export type Theme = 'light' | 'dark' | 'auto';

/** A sentence for the person, shown at the foot of the window and read out by a screen reader. */
export interface Notice {
  readonly id: number;
  readonly kind: 'info' | 'problem';
  readonly text: string;
  /** Offers to take the last change back. */
  readonly undoable?: boolean;
  /** Text to be copied by hand: shown in a field until it is dismissed. */
  readonly toCopy?: string;
}

/** A variant of a report whose recipe is to run on a model of one's own. */
export interface Rerun {
  readonly variantName: string;
  readonly recipe: Recipe;
  readonly modelName: string;
  /** The hash of the report's model. */
  readonly sha256: string;
  /** The file of the variant in the report. */
  readonly variantFile: { readonly sha256: string; readonly sizeBytes: number };
}

/** A question that must be answered before something is replaced, or that offers two ways. */
export interface Question {
  readonly title: string;
  readonly text: string;
  readonly confirmLabel: string;
  readonly onConfirm: () => void;
  /** The other way to go on. Absent: there is none. */
  readonly other?: { readonly label: string; readonly onChoose: () => void };
}

export type SaveOutcome = 'saved' | 'full' | 'unavailable';

/** `elsewhere`: another tab keeps the work. `forgotten`: another tab had it forgotten. */
export type StorageState = SaveOutcome | 'elsewhere' | 'forgotten';

export interface AppState {
  readonly screen: Screen;
  /** The compressed report of a link (`#r=…`), untrusted; `null`: the report of the work at hand. */
  readonly reportLink: string | null;
  readonly theme: Theme;
  readonly recipeDrawerOpen: boolean;
  readonly paletteOpen: boolean;
  /** The search text of the palette, also while its field is still loading. */
  readonly paletteQuery: string;
  /** Enter was pressed before any command was found. The first one found is performed. */
  readonly paletteConfirmed: boolean;
  readonly helpOpen: boolean;
  /** True while the content of a deployment bundle is being chosen. */
  readonly bundleOpen: boolean;
  readonly notices: readonly Notice[];
  /** The text of the live region, which reads out changes. */
  readonly announcement: string;
  readonly question: Question | null;
  /** Shown until it is dismissed, because the person's own model may differ from the report's. */
  readonly rerun: Rerun | null;
  readonly online: boolean;
  /** The state that shows if the work will be there after a reload; `null` before the first save. */
  readonly storage: StorageState | null;
  /** True if the storage message was read and dismissed. */
  readonly storageDismissed: boolean;
  readonly recentWork: readonly RecentWork[];
  /** Work is being brought back: the screens wait for it. */
  readonly restoring: boolean;
  /** The id of the work that was not restored because it ended the tab before; `null` if there is none. */
  readonly crashedWork: string | null;
  /** Shortcuts of one character; a person who dictates or whose keys slip switches them off. */
  readonly singleKeyShortcuts: boolean;
}

export const appStore = createStore<AppState>(() => ({
  screen: 'start',
  reportLink: null,
  theme: 'auto',
  recipeDrawerOpen: false,
  paletteOpen: false,
  paletteQuery: '',
  paletteConfirmed: false,
  helpOpen: false,
  bundleOpen: false,
  notices: [],
  announcement: '',
  question: null,
  rerun: null,
  online: true,
  storage: null,
  storageDismissed: false,
  recentWork: [],
  restoring: false,
  crashedWork: null,
  singleKeyShortcuts: true,
}));

let noticeNumber = 0;

export function setTheme(theme: Theme): void {
  appStore.setState({ theme });
}

export function setRecipeDrawer(recipeDrawerOpen: boolean): void {
  appStore.setState({ recipeDrawerOpen });
}

export function setPaletteOpen(paletteOpen: boolean): void {
  if (appStore.getState().paletteOpen === paletteOpen) return;
  appStore.setState({ paletteOpen, paletteQuery: '', paletteConfirmed: false });
}

export function setPaletteQuery(paletteQuery: string): void {
  appStore.setState({ paletteQuery });
}

export function confirmPaletteQuery(): void {
  appStore.setState(({ paletteQuery }) => ({ paletteConfirmed: paletteQuery !== '' }));
}

export function setHelpOpen(helpOpen: boolean): void {
  appStore.setState({ helpOpen });
}

export function setBundleOpen(bundleOpen: boolean): void {
  appStore.setState({ bundleOpen });
}

export function setOnline(online: boolean): void {
  appStore.setState({ online });
}

export function setSingleKeyShortcuts(singleKeyShortcuts: boolean): void {
  appStore.setState({ singleKeyShortcuts });
}

/** Says something through the live region only. */
export function announce(announcement: string): void {
  appStore.setState({ announcement });
}

export function notify(text: string, { kind = 'info', ...offers }: Partial<Omit<Notice, 'id' | 'text'>> = {}): void {
  noticeNumber += 1;
  const notice: Notice = { id: noticeNumber, kind, text, ...offers };
  // Three sentences are as many as anyone reads; the oldest gives way, and so does the same one said before.
  appStore.setState((state) => ({
    notices: [...state.notices.filter((earlier) => earlier.text !== text), notice].slice(-3),
    announcement: text,
  }));
}

export function dismissNotice(id: number): void {
  appStore.setState((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) }));
}

export function setRerun(rerun: Rerun | null): void {
  appStore.setState({ rerun });
}

export function ask(question: Question): void {
  appStore.setState({ question });
}

/** `true` confirms, `other` chooses the other way, and `false` only closes the question. */
export function answerQuestion(choice: boolean | 'other'): void {
  const { question } = appStore.getState();
  appStore.setState({ question: null });
  if (choice === 'other') question?.other?.onChoose();
  else if (choice) question?.onConfirm();
}
