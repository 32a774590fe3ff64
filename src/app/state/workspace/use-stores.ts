/** React's way into the stores. A selector must return a value that is equal while nothing changed. */
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { appStore, type AppState } from '../window/app-store';
import { jobStore, type JobState } from '../jobs/job-store';
import { workspaceStore, type WorkspaceState } from './workspace-store';

export function useApp<Value>(selector: (state: AppState) => Value): Value {
  return useStore(appStore, useShallow(selector));
}

export function useWorkspace<Value>(selector: (state: WorkspaceState) => Value): Value {
  return useStore(workspaceStore, useShallow(selector));
}

export function useJob<Value>(selector: (state: JobState) => Value): Value {
  return useStore(jobStore, useShallow(selector));
}
