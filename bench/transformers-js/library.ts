/** A few texts through a model as transformers.js loads it. Runs in Node and in a page, so it imports nothing. */

/** A tensor as plain data, to be passed out of a page. Integers are texts. */
export interface LibraryTensor {
  readonly dims: readonly number[];
  readonly data: readonly (number | string)[];
}

export interface LibraryRun {
  readonly inputs: Readonly<Record<string, LibraryTensor>>;
  readonly outputs: Readonly<Record<string, LibraryTensor>>;
}

export interface LibraryRequest {
  readonly dtype: string;
  readonly device: string;
  readonly texts: readonly string[];
}

interface Tensor {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

type Tensors = Readonly<Record<string, Tensor>>;

/** The part of the library that is used. */
export interface Library {
  readonly env: Record<string, unknown>;
  readonly AutoTokenizer: { from_pretrained(name: string): Promise<(text: string) => Promise<Tensors>> };
  readonly AutoModel: {
    from_pretrained(
      name: string,
      options: object,
    ): Promise<((inputs: Tensors) => Promise<Tensors>) & { dispose(): Promise<void> }>;
  };
}

/** @param place the folder or address above the repository, with a slash at its end, and the name of the repository */
export async function runLibrary(
  { env, AutoTokenizer, AutoModel }: Library,
  place: { readonly folder: string; readonly name: string },
  { dtype, device, texts }: LibraryRequest,
): Promise<readonly LibraryRun[]> {
  Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: place.folder });
  const tokenizer = await AutoTokenizer.from_pretrained(place.name);
  const model = await AutoModel.from_pretrained(place.name, { dtype, device });
  const plain = (tensors: Tensors): Readonly<Record<string, LibraryTensor>> =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, { dims, data }]) => [
        name,
        { dims: [...dims], data: Array.from(data, (value) => (typeof value === 'bigint' ? String(value) : value)) },
      ]),
    );
  const runs: LibraryRun[] = [];
  for (const text of texts) {
    const inputs = await tokenizer(text);
    runs.push({ inputs: plain(inputs), outputs: plain(await model(inputs)) });
  }
  await model.dispose();
  return runs;
}
