/** IndexedDB, one record per model. */
import { readSavedWork, type ReadWork, type SavedWork } from './saved-work';

const databaseName = 'pareto';
const storeName = 'works';

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result), { once: true });
    request.addEventListener('error', () => reject(request.error), { once: true });
  });
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(storeName, { keyPath: 'id' }));
  return settled(request);
}

async function inStore<Value>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  const database = await openDatabase();
  try {
    const transaction = database.transaction(storeName, mode);
    const result = await settled(work(transaction.objectStore(storeName)));
    if (mode === 'readwrite') await completed(transaction);
    return result;
  } finally {
    database.close();
  }
}

/** A write counts once its transaction is complete: a full disk shows only then. */
function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve(), { once: true });
    transaction.addEventListener('abort', () => reject(transaction.error), { once: true });
  });
}

export async function readWork(id: string): Promise<ReadWork | null> {
  const value: unknown = await inStore('readonly', (store) => store.get(id));
  return readSavedWork(value);
}

export async function readAllWorks(): Promise<readonly SavedWork[]> {
  const values: readonly unknown[] = await inStore('readonly', (store) => store.getAll());
  return values.flatMap((value) => readSavedWork(value)?.work ?? []);
}

export async function writeWork(work: SavedWork): Promise<void> {
  await inStore('readwrite', (store) => store.put(work));
}

export async function deleteWork(id: string): Promise<void> {
  await inStore('readwrite', (store) => store.delete(id));
}
