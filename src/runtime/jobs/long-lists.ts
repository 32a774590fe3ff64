/**
 * Long lists of files on their way to a worker. The browser copies the files of one message in one task, which takes
 * half a second for 10,000. A long list is therefore sent in parts ahead of the call, once to each worker, and the call
 * names it.
 */
import type { CallRequest, ListPart, ListPlace } from './call';

/** Copied in a few milliseconds. */
const mostInMessage = 50;

interface SentAhead extends Pick<CallRequest, 'given' | 'lists'> {
  readonly arrive: Promise<unknown> | null;
}

/** The long lists that one worker has, or is being sent. */
export class LongLists {
  readonly #worker: Pick<Worker, 'postMessage'>;
  readonly #sent = new WeakMap<readonly unknown[], { readonly list: number; readonly arrives: Promise<void> }>();
  /** Nobody can name a list any more that is gone here. */
  readonly #gone = new FinalizationRegistry<number>((list) => this.#tell({ list, part: null }));
  #last = 0;

  constructor(worker: Pick<Worker, 'postMessage'>) {
    this.#worker = worker;
  }

  /** The arguments of a call without their long lists, which are on their way; `arrive`: until then the call must wait, `null`: no need to. */
  sendAhead(given: readonly unknown[]): SentAhead {
    const lists: ListPlace[] = [];
    const arrivals: Promise<void>[] = [];
    const rest = given.map((argument, at) =>
      withoutLongLists(argument, [at], (entries, path) => {
        const { list, arrives } = this.#sent.get(entries) ?? this.#send(entries);
        lists.push({ path, list });
        arrivals.push(arrives);
      }),
    );
    return { given: rest, lists, arrive: arrivals.length === 0 ? null : Promise.all(arrivals) };
  }

  #send(entries: readonly unknown[]) {
    const list = ++this.#last;
    const sent = { list, arrives: this.#sendParts(entries, list) };
    this.#sent.set(entries, sent);
    this.#gone.register(entries, list);
    return sent;
  }

  async #sendParts(entries: readonly unknown[], list: number): Promise<void> {
    const turns = new MessageChannel();
    for (let at = 0; at < entries.length; at += mostInMessage) {
      this.#tell({ list, part: entries.slice(at, at + mostInMessage) });
      // A timer would wait for seconds in a tab that nobody sees.
      await new Promise((resolve) => {
        turns.port1.onmessage = resolve;
        turns.port2.postMessage(null);
      });
    }
    turns.port1.close();
  }

  #tell(message: ListPart): void {
    this.#worker.postMessage(message);
  }
}

type Path = ListPlace['path'];

function withoutLongLists(value: unknown, path: Path, take: (list: readonly unknown[], path: Path) => void): unknown {
  if (Array.isArray(value) && isLong(value)) {
    take(value, path);
    return null;
  }
  if (!isPlain(value)) return value;
  const rest = ([name, each]: [string, unknown]) => [name, withoutLongLists(each, [...path, name], take)] as const;
  return Object.fromEntries(Object.entries(value).map(rest));
}

function isLong(list: readonly unknown[]): boolean {
  const [first] = list;
  const holdsFile =
    first instanceof Blob || (isPlain(first) && Object.values(first).some((each) => each instanceof Blob));
  return list.length > mostInMessage && holdsFile;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
