/** Undo and redo over the document parts of the workspace. Documents share structure, so an entry is a few pointers. */
import { documentOf, workspaceStore, type WorkDocument } from './workspace-store';

const maximumEntries = 200;

/**
 * The only way to change a part of the document. `label` names the change for the undo button; changes in a row with
 * the same `tag` become one step.
 */
export function changeDocument(
  label: string,
  change: (document: WorkDocument) => Partial<WorkDocument>,
  tag: string | null = null,
): void {
  workspaceStore.setState((state) => {
    const before = documentOf(state);
    const after = change(before);
    const changed = (Object.keys(after) as (keyof WorkDocument)[]).some((key) => after[key] !== before[key]);
    if (!changed) return state;
    const joins = tag !== null && tag === state.lastTag && state.past.length > 0;
    const past = joins ? state.past : [...state.past, { document: before, label }].slice(-maximumEntries);
    return { ...after, past, future: [], lastTag: tag };
  });
}

/** Everything that `change` does to the document is one step to undo. */
export function asOneStep(label: string, change: () => void): void {
  const { past, ...before } = workspaceStore.getState();
  change();
  workspaceStore.setState((state) => {
    if (state.past === past) return state;
    return { past: [...past, { document: documentOf(before), label }].slice(-maximumEntries), lastTag: null };
  });
}

export function undo(): void {
  workspaceStore.setState((state) => {
    const entry = state.past.at(-1);
    if (entry === undefined) return state;
    return {
      ...entry.document,
      past: state.past.slice(0, -1),
      future: [...state.future, { document: documentOf(state), label: entry.label }],
      lastTag: null,
    };
  });
}

export function redo(): void {
  workspaceStore.setState((state) => {
    const entry = state.future.at(-1);
    if (entry === undefined) return state;
    return {
      ...entry.document,
      past: [...state.past, { document: documentOf(state), label: entry.label }],
      future: state.future.slice(0, -1),
      lastTag: null,
    };
  });
}
