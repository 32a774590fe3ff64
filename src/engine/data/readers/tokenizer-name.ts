/** Files that usually lie beside a tokenizer and hold no samples. */
const besideTokenizer = /(^|[/\\])(vocab|merges|labels|classes|readme|license)[^/\\]*$/i;

/** True for a tokenizer of the Hugging Face libraries by its name. */
export function isTokenizerName(path: string): boolean {
  return /(^|[/_.-])tokenizer\.json$/i.test(path);
}

/** True for a file of one text per line by its name, if a tokenizer was given with it. */
export function isTextName(path: string): boolean {
  return /\.txt$/i.test(path) && !besideTokenizer.test(path);
}
